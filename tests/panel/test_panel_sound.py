"""Sound in the viewer: what goes with which picture, and the sound card as the clock of the frames."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false,
# reportAttributeAccessIssue=false, reportOptionalSubscript=false
from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from conftest import RATE, until, write_line, write_plate
from test_panel_viewer import hang_dub, select

from g4g_plugin.core.time import FrameRange
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.viewer.audio_player import AudioPlayer
from g4g_plugin.panel.viewer.transport import Transport


class FakeSink:
    """A sound card whose clock the test winds."""

    def __init__(self, buffer: int = 9600) -> None:
        self.heard = 0  # microseconds
        self.written = b""
        self.buffer = buffer  # samples

    def start(self) -> FakeSink:
        return self

    def write(self, piece: bytes) -> None:
        self.written += piece

    def bytesFree(self) -> int:
        return 2 * (self.buffer + self.heard * 48_000 // 1_000_000) - len(self.written)

    def processedUSecs(self) -> int:
        return self.heard

    def stop(self) -> None:
        pass

    def deleteLater(self) -> None:
        pass


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> list[FakeSink]:
    made: list[FakeSink] = []

    def opened(self: AudioPlayer) -> bool:
        made.append(FakeSink())
        self._sink = made[-1]
        return True

    monkeypatch.setattr(AudioPlayer, "_open", opened)
    return made


def test_frames_follow_what_the_sound_card_has_played_and_not_the_wall_clock(
    sinks: list[FakeSink],
) -> None:
    move = Transport()
    move._timer.setInterval(10**6)  # ticks come from the test alone
    move.load(FrameRange(100, 75, RATE), False)
    move.samples = (np.arange(3 * 48_000) / 200_000).astype(np.float32)
    move.go(110)
    shown: list[int] = []
    move.moved.connect(shown.append)
    move.play(1)
    move._timer.stop()
    move.audio._since -= 30  # the wall clock ran far ahead
    for heard in (0, 39_999, 40_000, 40_000, 1_000_000):
        sinks[0].heard = heard
        move._tick()
    assert shown == [111, 135]
    first = np.frombuffer(sinks[0].written[:4], np.int16)
    assert (
        first.tolist() == (move.samples[19_200:19_202] * 32767).astype(np.int16).tolist()
    )  # 10 frames on
    move.go(150)  # a seek while it plays: the sound begins there anew
    sinks[1].heard = 120_000
    move._tick()
    assert move.frame == 153
    assert len(sinks[1].written) == 2 * (9600 + 5760)
    sinks[1].heard = 60_000_000
    move._tick()
    assert (move.frame, move.speed) == (174, 0)
    move.stop()


def test_faster_and_backwards_are_silent_and_go_by_the_steady_clock(sinks: list[FakeSink]) -> None:
    move = Transport()
    move.load(FrameRange(0, 100, RATE), False)
    move.samples = np.zeros(48_000, np.float32)
    move.play(2)
    assert sinks == []
    move.audio._since -= 1
    move._tick()
    assert move.frame == 50
    move.stop()


def test_sound_switches_with_the_picture(window: Window, tmp_path: Path) -> None:
    take, other = write_line(tmp_path / "take.wav", 0.96), write_line(tmp_path / "other.wav", 0.5)
    select(window, "V1/1")
    window.take_commands.assign_dropped([("V1/1", take)])
    until(lambda: window.viewer.transport.samples is not None)
    assert len(window.viewer.transport.samples) == 46_080
    window.actions_by_name["original"].trigger()
    assert window.viewer.audible[0].take.audio == window.viewer.slot.media
    assert window.viewer.audible[0].take.start == Fraction(8, 25)
    until(
        lambda: window.viewer.transport.samples is None
    )  # the plate is silent: the take is not heard with it
    for mode in ("dubbed", "wipe", "side", "difference"):
        window.actions_by_name["original"].trigger()
        window.actions_by_name[mode].trigger()
        assert window.viewer.audible[0].take.audio == take
    hang_dub(window, "V1/1", write_plate(tmp_path / "d.mkv", 24, 9), 90_008, 24)
    assert window.viewer.audible[0].take.audio == Path(
        "line.wav"
    )  # what the dub that is seen says, not what is assigned since
    window.document.choose_version("V1/1", -1)
    window.take_commands.assign_dropped([("V1/1", other)])
    until(
        lambda: (
            window.viewer.transport.samples is not None
            and window.viewer.transport.samples[:24_000].any()
            and not window.viewer.transport.samples[24_000:].any()
        )
    )


def test_switching_while_it_plays_goes_on_from_the_same_frame(
    window: Window, line: Path, sinks: list[FakeSink]
) -> None:
    select(window, "V1/1")
    window.take_commands.assign_dropped([("V1/1", line)])
    until(lambda: window.viewer.transport.samples is not None)
    move = window.viewer.transport
    move.play(1)
    move._timer.stop()
    sinks[-1].heard = 200_000
    move._tick()
    window.actions_by_name["original"].trigger()
    until(lambda: move.samples is None)
    assert (move.frame, move.speed) == (90_013, 1)
    window.actions_by_name["wipe"].trigger()
    until(lambda: move.samples is not None)
    assert move.frame in (90_013, 90_014)
    at = move.frame - 90_008
    wanted = (np.clip(move.samples[at * 1920 : at * 1920 + 2], -1, 1) * 32767).astype(np.int16)
    assert np.frombuffer(sinks[-1].written[:4], np.int16).tolist() == wanted.tolist()
    move.stop()


def test_the_same_take_on_the_next_shot_is_heard_too(window: Window, line: Path) -> None:
    select(window, "V1/1")
    window.take_commands.assign_dropped([("V1/1", line), ("V1/2", line)])
    until(lambda: window.viewer.transport.samples is not None)
    select(window, "V1/2")
    until(lambda: window.viewer.transport.samples is not None)


def test_a_line_is_heard_where_it_was_placed(window: Window, line: Path) -> None:
    select(window, "V1/1")
    window.take_commands.assign_dropped([("V1/1", line)])
    move = window.viewer.transport
    until(lambda: move.samples is not None and move.samples[:1920].any())
    window.document.place_line(0, 10)
    until(lambda: not move.samples[:1920].any())
    assert len(move.samples) == 24 * 1920
    assert not move.samples[: 10 * 1920 - 100].any()
    assert np.abs(move.samples[10 * 1920 : 12 * 1920]).max() > 0.2
    window.document.place_line(0, -20)
    until(lambda: move.samples[:1920].any())
    assert np.abs(move.samples[: 4 * 1920]).max() > 0.2
    assert not move.samples[4 * 1920 + 100 :].any()
