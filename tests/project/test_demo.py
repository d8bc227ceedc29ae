"""The demo's materials: plates whose camera moves, a timeline that fits them, a strip that shows
the change.
"""

import json
from fractions import Fraction
from math import ceil
from pathlib import Path

import cv2
import numpy as np
import pytest

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.media.plate import open_plate
from g4g_plugin.project import demo
from g4g_plugin.timeline.read import open_timeline


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> demo.Demo:
    return demo.make_demo(tmp_path_factory.mktemp("demo"))


def test_the_plates_are_what_the_timeline_says(made: demo.Demo) -> None:
    edit = open_timeline(made.timeline, {})
    pictures = [slot for slot in edit.slots if slot.clip.startswith("V1/")]
    assert [slot.clip for slot in pictures] == ["V1/1", "V1/2", "V1/3"]
    assert [slot.start_timecode for slot in pictures] == [
        "01:00:00:00",
        "02:00:00:00",
        "03:00:00:00",
    ]
    for slot in pictures:
        assert not slot.problems
        assert slot.media
        assert slot.source
        with open_plate(slot.media) as plate:
            assert plate.facts.available == slot.available
            assert (plate.facts.width, plate.facts.height) == demo.DEMO_SIZE
            assert (
                plate.facts.colour.primaries
                == plate.facts.colour.transfer
                == plate.facts.colour.matrix
                == 1
            )
            assert plate.facts.audio_streams == 1


def test_the_line_fits_the_clip_within_a_frame(made: demo.Demo) -> None:
    seconds = demo._seconds(made.take)
    assert Fraction(3) < seconds < Fraction(5)
    clip = json.loads(made.timeline.read_text())["tracks"]["children"][0]["children"][1]
    assert clip["source_range"]["duration"]["value"] == ceil(seconds * 25)


@pytest.mark.parametrize("camera", demo.CAMERAS)
def test_the_camera_moves_slowly_and_never_looks_past_the_photo(camera: demo.Camera) -> None:
    corners = np.array([[0, 0, 1], [1279, 0, 1], [0, 719, 1], [1279, 719, 1]]).T
    for progress in np.linspace(0, 1, 21):
        matrix = np.vstack([camera.matrix(progress), [0, 0, 1]])
        seen = (np.linalg.inv(matrix) @ corners)[:2]
        assert seen.min() >= 0
        assert seen.max() <= 512 * demo.ENLARGEMENT - 1
        step = camera.matrix(progress) @ [1024, 600, 1] - camera.matrix(progress + 1 / 117) @ [
            1024,
            600,
            1,
        ]
        assert np.linalg.norm(step) < 3  # pixels a frame
    assert np.linalg.norm((camera.matrix(0) - camera.matrix(1)) @ [1024, 600, 1]) > 5


def test_made_once(made: demo.Demo) -> None:
    plates = sorted((made.timeline.parent / "plates").iterdir())
    before = [(p.name, p.stat().st_mtime_ns) for p in plates]
    assert demo.make_demo(made.timeline.parent) == made
    assert [(p.name, p.stat().st_mtime_ns) for p in plates] == before


def test_the_strip_shows_what_changed(draw_plate, tmp_path: Path) -> None:
    def grey(n: int) -> np.ndarray:
        return np.full((144, 192, 3), 90, np.uint8)

    def mouth(n: int) -> np.ndarray:
        picture = grey(n)
        picture[80:100, 60:100] = 200
        return picture

    plate, comp = draw_plate("plate.mov", 8, picture=grey), draw_plate("comp.mov", 4, picture=mouth)
    strip = cv2.imread(str(demo.draw_strip(plate, comp, [0, 2], tmp_path / "strip.png", offset=3)))
    assert strip is not None
    height, width = strip.shape[:2]
    assert (height, width) == (2 * 322, 2 * 322)
    assert np.abs(strip[20:300, 20:300].astype(int) - 90).max() < 12  # above: the plate
    assert strip[322 + 161, 161].min() > 180  # below, in the middle: what changed
    assert np.abs(strip[322 + 20, 20].astype(int) - 90).max() < 12  # and around it what did not
    assert demo.changed_box(
        [np.zeros((9, 16, 3), np.float32)], [np.zeros((9, 16, 3), np.float32)]
    ) == (0, 0, 16, 9)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeliverError, match="cannot be written"):
        demo.make_demo(tmp_path / "file" / "demo")
