"""How fast each stage is against plain decode + encode of the same plate, how much memory a long
shot takes, and how many frames a kill costs.

    just bench                       the demo's middle plate, engine g4g, ProRes; then memory at 10
    s and 60 s
    just bench --engine copy         how fast the house is around an engine that does nothing
    just bench --no-memory --no-kill speed only

Figures are frames per second, the median of `--repeat` runs; each ratio is to plain PyAV decode +
encode to the same codec, timed just before. Stages are timed one at a time; end to end is as users
run it, with stages overlapping.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from g4g_plugin.core.crop import Crop, Crops
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.settings import resources
from g4g_plugin.core.shot import Shot

if TYPE_CHECKING:
    from g4g_plugin.engine.base import Engine

LENGTHS = (10, 60)  # seconds of shot whose memory is compared
ALLOWED = 1.1  # peak of the longer over the shorter
PLAIN = {
    "prores": ("prores_aw", "yuv422p10le"),
    "ffv1": ("ffv1", "yuv420p"),
    "h264": ("libx264", "yuv420p"),
}


class Held:
    """Crops decoded beforehand, so that the engine is timed alone."""

    def __init__(self, crops: Crops) -> None:
        self._crops = crops
        self._held = list(crops)

    @property
    def rate(self) -> Fraction:
        """Frames per second of the plate."""
        return self._crops.rate

    @property
    def start(self) -> int:
        """File frame index at which the take's first sample is heard."""
        return self._crops.start

    @property
    def track(self) -> FaceTrack:
        """The face over the delivered frames."""
        return self._crops.track

    @property
    def pool(self) -> FaceTrack:
        """The same face over all that was looked at."""
        return self._crops.pool

    @property
    def direction(self) -> Direction:
        """What is asked of each frame."""
        return self._crops.direction

    def __iter__(self) -> Iterator[Crop]:
        return iter(self._held)

    def fetch(self, frames: np.ndarray) -> list[Crop]:
        """Decode these frames; that is part of the engine's work."""
        return self._crops.fetch(frames)


def materials(folder: Path, count: int) -> Shot:
    """Write a plate of `count` frames and a line as long; return the shot that puts one on the
    other.
    """
    from g4g_plugin.media.probe import probe
    from g4g_plugin.media.take import read_take
    from g4g_plugin.project import demo

    plate, line = folder / f"plate-{count}.mov", folder / f"line-{count}.wav"
    if not plate.exists():
        demo.write_plate(plate, 1, count)
        once = read_take(Take(resources() / "demo" / "line.flac"), 16_000)
        with wave.open(str(line), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            samples = np.resize(once, round(count / demo.DEMO_RATE * 16_000))
            file.writeframes((samples * 32767).astype("<i2").tobytes())
    span = probe(plate).available
    return Shot(plate.stem, "V1/1", span, plate, span, span, (Line(Take(line)),), fit="pad")


def timed(work: Callable[[], object], count: int) -> float:
    """Return the frames per second of `work` on `count` frames."""
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def plain(plate: Path, out: Path, codec: str) -> None:
    """Decode and encode with nothing of ours between: what the ratios stand on."""
    name, pixels = PLAIN[codec]
    with av.open(str(plate)) as source, av.open(str(out), "w") as sink:
        pictures = source.streams.video[0]
        stream = sink.add_stream(
            name,
            rate=pictures.average_rate,
            options={"profile": "3"} if name == "prores_ks" else {},
        )
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, pixels
        for frame in source.decode(pictures):
            sink.mux(stream.encode(frame.reformat(format=pixels)))
        sink.mux(stream.encode(None))


def stages(
    shot: Shot, engine: Engine, folder: Path, codec: str
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each stage's name and its work on all frames of the shot, with what it needs made
    beforehand.
    """
    from g4g_plugin.composite.merge import merge
    from g4g_plugin.deliver import encode
    from g4g_plugin.faces import crop, follow
    from g4g_plugin.media.plate import open_plate
    from g4g_plugin.render.dub import dub_shot
    from g4g_plugin.render.lines import fitted_take

    count = shot.source.count
    plate = open_plate(shot.plate)
    yield "decode", lambda: sum(1 for _ in plate.read(0, count))

    def look() -> FaceTrack:
        return follow.follow(plate, 0, count, None, SILENT, None, 0)

    yield "faces", look
    track, take = look(), fitted_take(shot, engine.spec.sample_rate)
    crops = Held(crop.crops(plate, track, track, 0))
    yield "engine", lambda: sum(1 for _ in engine.dub(crops, take))
    pictures, patches = list(plate.read(0, count)), list(engine.dub(crops, take))
    yield "composite", lambda: sum(1 for _ in merge(pictures, track, patches))
    comp = list(merge(pictures, track, patches))

    def write() -> None:
        name = encode.next_name(folder, "bench", codec)
        encode.encode(iter(comp), shot, plate.facts, name, codec, SILENT)

    yield "encode", write
    yield "end to end", lambda: dub_shot(shot, engine, folder, codec)
    plate.close()


def show_speeds(options: argparse.Namespace, folder: Path) -> None:
    """Print one line a stage; each run of it stands beside a plain run just before, so that a busy
    machine cancels.
    """
    engine = start(options)
    shot = materials(folder, options.frames)
    print(
        f"{options.frames} frames of 1280 x 720, engine {options.engine}, {options.deliver}, {os.cpu_count()} cores"
    )
    print(f"{'stage':<24}{'frames/s':>10}{'x plain':>10}")
    bases = []
    for stage, work in stages(shot, engine, folder, options.deliver):
        found = []
        for _ in range(options.repeat):
            bases.append(
                timed(
                    lambda: plain(shot.plate, folder / "plain.mov", options.deliver), options.frames
                )
            )
            found.append((timed(work, options.frames), bases[-1]))
        ratio = statistics.median(speed / base for speed, base in found)
        print(
            f"{stage:<24}{statistics.median(speed for speed, _ in found):>10.1f}{ratio:>10.3f}",
            flush=True,
        )
    print(f"{'plain decode + encode':<24}{statistics.median(bases):>10.1f}{1:>10.3f}")
    engine.close()


def start(options: argparse.Namespace) -> Engine:
    """Open the engine that was asked for."""
    from g4g_plugin.engine.base import EngineOptions
    from g4g_plugin.engine.registry import open_engine

    return open_engine(
        options.engine, EngineOptions(device=options.device, renderer=options.renderer)
    )


def dub_once(options: argparse.Namespace, folder: Path) -> None:
    """Dub the plate that lies ready, in a process of its own; print its peak memory in MB."""
    from g4g_plugin.render.dub import dub_shot

    engine = start(options)
    dub_shot(materials(folder, options.peak_of), engine, folder, options.deliver)
    engine.close()
    status = Path("/proc/self/status").read_text(
        "utf-8"
    )  # not ru_maxrss: that begins with the starting process' own
    print(
        int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
        // 1024
    )


def show_memory(options: argparse.Namespace, folder: Path) -> bool:
    """Print the peak of a short and a long shot; say whether the long one stays within the
    allowance.
    """
    peaks = []
    for seconds in LENGTHS:
        count = seconds * 25
        materials(folder, count)
        command = [
            sys.executable,
            __file__,
            "--peak-of",
            str(count),
            "--folder",
            str(folder),
            "--engine",
            options.engine,
        ]
        command += [
            "--deliver",
            options.deliver,
            "--renderer",
            options.renderer,
            "--device",
            options.device,
        ]
        peaks.append(
            int(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[
                    -1
                ]
            )
        )
        print(f"peak memory, {seconds:>3} s shot  {peaks[-1]:>8} MB", flush=True)
    ratio = peaks[-1] / peaks[0]
    print(f"long over short          {ratio:>8.3f}   (at most {ALLOWED})")
    return ratio <= ALLOWED


def show_redone(options: argparse.Namespace) -> bool:
    """Print how many frames are made twice where a run is killed in the middle of three shots and
    started again; return whether all is as in an undisturbed run.
    """
    import kills

    redone, *wrong = kills.kill_once(options.engine)
    allowed = kills.ALLOWED_SECONDS * kills.RATE
    print(f"frames redone, killed {redone:>11}   (at most {allowed}; {'; '.join(wrong) or 'well'})")
    return not wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 where memory grows with the shot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", default="g4g")
    parser.add_argument("--renderer", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--deliver", default="prores", choices=sorted(PLAIN))
    parser.add_argument("--frames", type=int, default=125)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--peak-of", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.peak_of:
        dub_once(options, options.folder)
        return 0
    with tempfile.TemporaryDirectory(prefix="g4g-bench-") as name:
        if not options.no_speed:
            show_speeds(options, Path(name))
        flat = options.no_memory or show_memory(options, Path(name))
    return 0 if (options.no_kill or show_redone(options)) and flat else 1


if __name__ == "__main__":
    sys.exit(main())
