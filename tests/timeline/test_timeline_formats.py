from __future__ import annotations

import importlib.util
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from dialects import fake_dub

from g4g_plugin.core import formats
from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.formats import FORMATS, format_of
from g4g_plugin.timeline.formats import run_adapter
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import write_dubs

EDL = """TITLE: reel
FCM: NON-DROP FRAME
001  A001     V     C        01:00:10:00 01:00:12:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: one
002  A002     V     C        02:00:00:{frame} 02:00:01:{frame} 01:00:02:00 01:00:03:00
* FROM CLIP NAME: two
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<xmeml version="4"><sequence id="s"><name>cut</name><duration>50</duration>
<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>
<media><video><track><clipitem id="c"><name>one</name><duration>200</duration>
<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate><start>0</start><end>50</end><in>10</in><out>60</out>
<file id="f"><name>one.mov</name><pathurl>file://localhost/mnt/a%20b/one.mov</pathurl>
<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate><duration>200</duration>
<media><video/></media></file></clipitem></track></video></media></sequence></xmeml>
"""


def needs(module: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"{module} is not installed (the interchange extra)")


def test_formats_are_known_by_name() -> None:
    found = format_of(Path("a.FCPXML"))
    assert found is not None
    assert "effects" in found.loses
    assert format_of(Path("a.mov")) is None
    assert all(entry.loses for entry in FORMATS.own.values() if entry.adapter)
    assert FORMATS.own["otio"].ready


def test_a_missing_adapter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise formats.PackageNotFoundError(name)

    monkeypatch.setattr(formats, "distribution", absent)
    path = tmp_path / "cut.xml"
    path.write_text(XML)
    with pytest.raises(TimelineError, match="otio-fcp-adapter") as error:
        open_timeline(path)
    assert "interchange" in error.value.hint


@needs("otio_fcp_adapter")
def test_final_cut_7_xml_is_read_and_dubbed_into_otio(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text(XML)
    edit = open_timeline(path)
    slot = edit.slot("V1/1")
    assert slot.media == Path("/mnt/a b/one.mov")
    assert (slot.source.first, slot.source.count, slot.source.rate) == (10, 50, 25)
    written = write_dubs(edit, [fake_dub(edit, "V1/1", Path("/out/x y.mov"))], tmp_path / "out")
    assert written.dubbed.name == "cut.dubbed.otio"
    assert "file://localhost/out/x%20y.mov" in written.dubbed.read_text()
    assert path.read_text() == XML


@needs("otio_cmx3600_adapter")
@pytest.mark.parametrize(("frame", "rate"), [("00", 24), ("24", 25), ("29", 30)])
def test_an_edl_is_read_at_the_first_rate_that_can_be(
    tmp_path: Path, frame: str, rate: int
) -> None:
    path = tmp_path / "cut.edl"
    path.write_text(EDL.format(frame=frame))
    edit = open_timeline(path)
    assert (edit.rate, edit.start) == (Fraction(rate), 3600 * rate)
    assert [slot.name for slot in edit.slots] == ["one", "two"]
    assert edit.slots[1].record.first == 3602 * rate
    assert edit.slots[0].problems[0].code == "no-media"


@needs("otio_fcp_adapter")
def test_an_adapter_that_crashes_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text(XML.replace("<timebase>25", "<timebase>fast"))
    with pytest.raises(TimelineError, match="could not be read as Final Cut Pro 7 XML") as error:
        open_timeline(path)
    assert "OpenTimelineIO" in error.value.hint


def test_why_an_adapter_failed_is_its_last_line_or_that_it_hangs(tmp_path: Path) -> None:
    out = tmp_path / "made"
    assert run_adapter([sys.executable, "-c", f"open({str(out)!r}, 'w')"], out, 60) == ""
    assert (
        run_adapter([sys.executable, "-c", "raise KeyError('reel')"], out, 60) == "KeyError: 'reel'"
    )
    assert (
        run_adapter([sys.executable, "-c", "raise SystemExit(3)"], out, 60)
        == "it ended with status 3"
    )
    assert (
        run_adapter([sys.executable, "-c", "pass"], tmp_path / "other", 60)
        == "it ended with status 0"
    )
    assert (
        run_adapter([sys.executable, "-c", "import time; time.sleep(60)"], out, 1)
        == "it took longer than 1 seconds"
    )
    missing = run_adapter([str(tmp_path / "no program")], out, 60)
    assert missing == "no such file or directory"
