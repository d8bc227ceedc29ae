"""Will this shot work? Looked at before anything is rendered: a few frames, the take, and a
sentence for each doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import EYE_CORNERS, LANDMARKS_68
from g4g_plugin.core.plate import Conform
from g4g_plugin.core.shot import FaceChoice, Fit, Take
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import Words, tr
from g4g_plugin.faces import drawn, mouth_square, visibility
from g4g_plugin.faces.detect import FaceDetector
from g4g_plugin.faces.landmarks import FaceMesh
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.take import has_turned_channel, read_take
from g4g_plugin.media.take_level import frames_off, level, silences, sound_of

Light = Literal["green", "amber", "red"]
Floats = NDArray[np.float32]
SAMPLED_FRAMES = 7  # frames of a shot looked at
# Pixels from brows to chin: below, the mouth has few pixels; below, too few
SMALL_FACE_PIXELS, TINY_FACE_PIXELS = (120.0, 60.0)
TURNED_DEGREES, PROFILE_DEGREES = 35.0, 60.0  # degrees of yaw
QUIET_DBFS = -35.0
SAMPLE_RATE = 16_000  # Hz
LONG_SILENCE = 1.0  # seconds worth telling


# What is said, by code. The panel says it in the user's language: core/words.py.
SENTENCES: dict[str, Words] = {
    "no-take": tr("There is no take yet: drop an audio file on the clip."),
    "no-face": tr("No face was found. Choose another shot, or click the face if you see one."),
    "face-gone": tr(
        "No face in {gone} of {looks} frames looked at: these keep the original picture."
    ),
    "several-faces": tr(
        "Up to {faces} faces: who speaks is told while dubbing, by old lips and old sound, then by size. Choose the face to be sure. The largest was looked at here."
    ),
    "take-silent": tr("The take is silent: the mouth will rest."),
    "take-steady": tr(
        "No speech is heard in the take, only steady sound: the mouth will hardly move."
    ),
    "take-turned": tr("One side of the take has its polarity turned: it is turned back."),
    "face-tiny": tr(
        "The face is {height:.0f} px high: too small for a convincing mouth. Use a closer shot.",
    ),
    "face-small": tr(
        "The face is {height:.0f} px high: the mouth will be soft. Judge it at full size."
    ),
    "covered": tr(
        "Something lies before the mouth in {covered} of {looks} frames looked at: where it hides the mouth, the original picture is kept.",
    ),
    "drawn-face": tr(
        "The face is drawn, not filmed: it is not dubbed. Choose another face or shot."
    ),
    "face-size": tr("The face is {height:.0f} px high."),
    "profile": tr("The head is turned {yaw:.0f}° to the side: profile views rarely dub well."),
    "turned": tr("The head is turned {yaw:.0f}° to the side: check the far corner of the mouth."),
    "turn": tr("The head is turned by {yaw:.0f}° at most."),
    "quiet": tr("The take is quiet ({level:.0f} dBFS): the mouth may move too little. Raise it."),
    "level": tr("The take speaks at {level:.0f} dBFS."),
    "silence": tr("{seconds:.1f} s of the take are silent: the mouth rests there."),
    "length": tr("The take is exactly as long as the shot."),
    "longer-cut": tr("The take is longer than the shot, by frames: {off}. Its end is cut."),
    "longer": tr(
        "The take is longer than the shot, by frames: {off}. Choose the fit “trim”, or set its out point.",
    ),
    "shorter-padded": tr(
        "The take is shorter than the shot, by frames: {off}. The rest is silent."
    ),
    "shorter": tr("The take is shorter than the shot, by frames: {off}. Choose the fit “pad”."),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding: how serious, about what, and what to do; `code` and `values` are what the
    sentence is made of.
    """

    light: Light
    about: str
    sentence: Words
    code: str = ""

    @property
    def values(self) -> dict[str, float]:
        """The figures in the sentence, by name."""
        return self.sentence.values


def _remark(light: Light, about: str, code: str, **values: float) -> Remark:
    return Remark(light, about, SENTENCES[code].filled(**values), code)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in one frame: box (left, top, right, bottom) and mesh (478, 3) float32, plate pixels;
    the square around its mouth, (64, 64, 3) uint8, where the picture itself was looked at.
    """

    box: tuple[float, float, float, float]
    mesh: Floats
    mouth: NDArray[np.uint8] | None = None

    @property
    def landmarks(self) -> Floats:
        """The paper's 68 points, (68, 2) float32, plate pixels."""
        return self.mesh[list(LANDMARKS_68), :2]

    @property
    def height(self) -> float:
        """Pixels from brows to chin."""
        return self.box[3] - self.box[1]

    @property
    def yaw(self) -> float:
        """Degrees the head is turned aside, 0..90, from the line through the eyes."""
        across, _, deep = self.mesh[EYE_CORNERS[1]] - self.mesh[EYE_CORNERS[0]]
        return float(np.degrees(np.arctan2(abs(deep), max(abs(across), 1e-6))))


@dataclass(frozen=True, slots=True)
class Seen:
    """The faces of one frame (file frame index), best first."""

    frame: int
    faces: tuple[Face, ...]


def look_at(plate: Path, frames: Sequence[int], conform: Conform | None = None) -> list[Seen]:
    """Find the faces in these frames of a file.

    Raises:
        MediaError: a frame cannot be decoded. FaceError: the face models are missing.
    """
    seen = []
    with open_plate(plate, conform) as reel, FaceDetector() as detect, FaceMesh() as find:
        for frame in frames:
            rgb = reel.fetch([frame])[0].rgb8()
            boxes = [found.box for found in detect(rgb)]
            meshes = [(box, find(rgb, box)) for box in boxes]
            faces = [
                Face(box, mesh[0], mouth_square.cut_square(rgb, mouth_square.square(mesh[0])))
                for box, mesh in meshes
                if mesh is not None
            ]
            seen.append(Seen(frame, tuple(faces)))
    return seen


def sample_frames(
    source: FrameRange, available: FrameRange, looks: int = SAMPLED_FRAMES
) -> list[int]:
    """Return file frame indices spread over a shot, its first and last among them.

    Args:
        source: the shot.
        available: what the plate holds.
        looks: how many.
    """
    first = source.first - available.first
    return sorted({int(i) for i in np.linspace(first, first + source.count - 1, looks).round()})


def triage(
    plate: Path,
    source: FrameRange,
    available: FrameRange,
    take: Take | None,
    fit: Fit,
    face: FaceChoice | None,
    conform: Conform | None = None,
) -> list[Remark]:
    """Look at a shot and its take.

    Raises:
        MediaError, FaceError, TakeError: it cannot be looked at at all.
    """
    remarks = look_over(plate, source, available, face, conform)
    if take is None:
        return [*remarks, _remark("amber", "take", "no-take")]
    samples = read_take(take, SAMPLE_RATE)
    if has_turned_channel(take):
        remarks = [*remarks, _remark("amber", "polarity", "take-turned")]
    return [*remarks, *take_remarks(samples, SAMPLE_RATE, source, fit)]


def face_remarks(seen: Sequence[Seen], choice: FaceChoice | None) -> list[Remark]:
    """Judge what was seen: presence, number, height and turn of faces."""
    chosen = [_chosen(one, choice) for one in seen]
    found = [face for face in chosen if face is not None]
    if not found:
        return [_remark("red", "face", "no-face")]
    remarks = []
    if len(found) < len(seen):
        remarks.append(
            _remark("amber", "face", "face-gone", gone=len(seen) - len(found), looks=len(seen))
        )
    faces = max(len(one.faces) for one in seen)
    if choice is None and faces > 1:
        remarks.append(_remark("amber", "speaker", "several-faces", faces=faces))
    return [
        *remarks,
        *_mouth_remarks(found),
        _height_remark(min(face.height for face in found)),
        _yaw_remark(max(face.yaw for face in found)),
    ]


def _mouth_remarks(found: Sequence[Face]) -> list[Remark]:
    """Judge whether the mouths can be dubbed at all: a drawing cannot, nor a covered one."""
    looked = [(face, face.mouth) for face in found if face.mouth is not None]
    if not looked:
        return []
    ways = [mouth_square.square(face.mesh) for face, _ in looked]
    flat = [
        drawn.flatness(mouth, face.mesh[:, :2], way)
        for (face, mouth), way in zip(looked, ways, strict=True)
    ]
    if np.median(flat) > drawn.DRAWN_FLATNESS:
        return [_remark("red", "face", "drawn-face")]
    mouths, meshes = np.array([mouth for _, mouth in looked]), [face.mesh for face, _ in looked]
    share = visibility.glance(mouths, np.array(meshes, np.float32), np.array(ways, np.float32))
    covered = int((share > visibility.LENDER_SHARE).sum())
    if not covered:
        return []
    light: Light = "red" if (share > visibility.COVERED_SHARE).all() else "amber"
    return [_remark(light, "mouth", "covered", covered=covered, looks=len(looked))]


def look_over(
    plate: Path,
    source: FrameRange,
    available: FrameRange,
    face: FaceChoice | None = None,
    conform: Conform | None = None,
) -> list[Remark]:
    """Look at a shot's picture alone.

    Raises:
        MediaError, FaceError: it cannot be looked at at all.
    """
    return face_remarks(look_at(plate, sample_frames(source, available), conform), face)


def _chosen(seen: Seen, choice: FaceChoice | None) -> Face | None:
    if not seen.faces:
        return None
    if choice is None:
        return max(seen.faces, key=lambda face: face.height)
    return min(
        seen.faces,
        key=lambda face: float(np.hypot(*(face.mesh[:, :2].mean(axis=0) - (choice.x, choice.y)))),
    )


def _height_remark(height: float) -> Remark:
    if height < TINY_FACE_PIXELS:
        return _remark("red", "size", "face-tiny", height=height)
    if height < SMALL_FACE_PIXELS:
        return _remark("amber", "size", "face-small", height=height)
    return _remark("green", "size", "face-size", height=height)


def _yaw_remark(yaw: float) -> Remark:
    if yaw > PROFILE_DEGREES:
        return _remark("red", "turn", "profile", yaw=yaw)
    if yaw > TURNED_DEGREES:
        return _remark("amber", "turn", "turned", yaw=yaw)
    return _remark("green", "turn", "turn", yaw=yaw)


def take_remarks(samples: Floats, sample_rate: int, source: FrameRange, fit: Fit) -> list[Remark]:
    """Judge a take against its shot: length, speech, level, silence."""
    remarks = [_length_remark(frames_off(Fraction(len(samples), sample_rate), source), fit)]
    sound = sound_of(samples, sample_rate)
    if sound != "speech":
        code = "take-silent" if sound == "silence" else "take-steady"
        return [*remarks, _remark("red", "level", code)]
    loud = level(samples)
    if loud <= QUIET_DBFS:
        remarks.append(_remark("amber", "level", "quiet", level=loud))
    else:
        remarks.append(_remark("green", "level", "level", level=loud))
    quiet = [span for span in silences(samples, sample_rate) if span[1] - span[0] >= LONG_SILENCE]
    if quiet:
        total = sum(end - begin for begin, end in quiet)
        remarks.append(_remark("amber", "silence", "silence", seconds=total))
    return remarks


def _length_remark(off: int, fit: Fit) -> Remark:
    if off == 0:
        return _remark("green", "length", "length")
    side, right = ("longer", "trim") if off > 0 else ("shorter", "pad")
    if fit != right:
        return _remark("red", "length", side, off=abs(off))
    return _remark("amber", "length", "longer-cut" if off > 0 else "shorter-padded", off=abs(off))


def worst(remarks: Sequence[Remark]) -> Light:
    """Return the most serious light."""
    lights = {remark.light for remark in remarks}
    return "red" if "red" in lights else "amber" if "amber" in lights else "green"
