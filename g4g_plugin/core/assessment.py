"""What is to be said of a dub: good, worth a look, or bad; why, and in which frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.kept import Kept
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import Words, tr

Rating = Literal["good", "look", "bad"]
FaceReason = Literal["asked", "alone", "fit", "moves", "size"]

RATINGS: tuple[Rating, ...] = ("good", "look", "bad")  # from good to bad
# Share of the speech to be dubbed before a dub is called done without a word
SPEECH_COVERAGE_LEAST = 0.95

RATING_WORDS: dict[Rating, Words] = {"good": tr("good"), "look": tr("look"), "bad": tr("bad")}

# why a face was dubbed
FACE_WORDS: dict[FaceReason, Words] = {
    "asked": tr("the face that was asked for"),
    "alone": tr("the only face"),
    "fit": tr("of {faces} faces the one whose old lips fit the old sound"),
    "moves": tr("of {faces} faces the only one whose mouth moves"),
    "size": tr("of {faces} faces the largest; whose lips fit the sound is not clear"),
}

# What is found, by code. Faces say it in the user's language (core/words.py).
SENTENCES: dict[str, Words] = {
    "speech-kept": tr(
        "{percent:.0f} % of the speech is dubbed: the other frames keep the old lips."
    ),
    "no-speech": tr("No speech is heard in the take: the mouth rests."),
    "sync-lost": tr("Lips and sound do not fit (confidence {after:.2f})."),
    "sync-weak": tr("Lips and sound fit loosely (confidence {after:.2f})."),
    "sync-off": tr("Lips and sound are apart by {ms:.0f} ms."),
    "sync-unjudged": tr("Whether lips and sound fit could not be judged."),
    "patches-refused": tr("The engine's picture was unusable here: the plate is kept."),
    "light": tr("The mouth is lit unlike its face."),
    "colour": tr("The mouth has another colour than its face had."),
    "seam": tr("The mouth does not meet the skin around it."),
    "blurred": tr("The mouth is softer than the picture around it."),
    "noisy": tr("The mouth is rougher than the picture around it."),
    "flicker": tr("The mouth jumps between the new and the old lips."),
    "displaced": tr("The mouth does not sit where the plate's did."),
    "part-covered": tr("Something lies before part of the mouth."),
    "unsure-person": tr("It is not certain whose face it is."),
    "speaker-by-size": tr(
        "Several people move their lips: the largest was taken. Choose the face if it is another."
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against a dub: what, how much it weighs, and the frames (plate's own
    time) in which it shows; none where it concerns the whole shot.
    """

    code: str
    rating: Rating
    frames: tuple[FrameRange, ...] = ()
    values: dict[str, float] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        """The finding as a sentence."""
        return SENTENCES.get(self.code, Words(self.code)).filled(**self.values)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the take's speech was dubbed: frames in which a mouth speaks, and the runs of
    them that kept the old lips, with the reason.
    """

    speech: int
    missed: tuple[Kept, ...] = ()

    @property
    def share(self) -> float:
        """Part of the speech that was dubbed, 0 to 1; 1 where nothing is said."""
        if not self.speech:
            return 1.0
        return 1 - sum(run.frames.count for run in self.missed) / self.speech


@dataclass(frozen=True, slots=True)
class Assessment:
    """The word about a dub: its findings, the worst of which rates it, and its coverage of speech."""

    coverage: Coverage
    findings: tuple[Finding, ...] = ()

    @property
    def rating(self) -> Rating:
        """Good where nothing was found, else as bad as the worst finding."""
        worst = max((RATINGS.index(one.rating) for one in self.findings), default=0)
        return RATINGS[worst]


@dataclass(frozen=True, slots=True)
class ChosenFace:
    """Whose mouth was moved: a point of the face, by what it was chosen, of how many people."""

    face: FaceChoice
    reason: FaceReason
    faces: int = 1

    @property
    def words(self) -> Words:
        """The choice in words."""
        return FACE_WORDS[self.reason].filled(faces=self.faces)
