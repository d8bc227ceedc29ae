"""Draw the people a pack keeps back: whoever has chosen something before is never measured again.

Test people wear out: settings end up chosen by them. This draws new ones from the training labels,
by a seed and a rule that look at labels and nothing else, and hands the old ones over to teaching.
The draw lies beside the pack in `split.json`, which every reader follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.words import tr
from g4g_plugin.training.corpus.pack import Clip, Corpus, write_json

SPLIT_SEED = 20261128
HELD_BACK_SHARE = 1 / 3  # of the labels of one group of footage
# Labels of a group, below which none is drawn: a kind of footage is not lost to teaching
GROUP_LABELS_LEAST = 3
NO_PERSON = ("mixed", "unk")  # in labels that hold several people, or somebody unknown


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: its seed, the labels held back from now on, the labels that may be taught again."""

    seed: int
    held_back: tuple[str, ...]
    retired: tuple[str, ...]


def draw_people(clips: Sequence[Clip], seed: int = SPLIT_SEED) -> Draw:
    """Draw a third of the training labels of each group of footage (its folder).

    Only labels that stand for one person, and only groups of three such labels or more. What the
    draw gives depends on the labels and the seed alone.

    Raises:
        MediaError: no group has people enough.
    """
    groups: dict[str, set[str]] = {}
    for clip in clips:
        if clip.split == "train" and not any(word in clip.identity for word in NO_PERSON):
            groups.setdefault(clip.group, set()).add(clip.identity)
    rng = np.random.default_rng(seed)
    held: list[str] = []
    for _, labels in sorted(groups.items()):
        if len(labels) >= GROUP_LABELS_LEAST:
            order = rng.permutation(sorted(labels))
            held += [str(label) for label in order[: round(HELD_BACK_SHARE * len(labels))]]
    if not held:
        raise MediaError(
            "The pack has too few people to keep some back.",
            tr("A folder of footage needs {fewest} training people or more."),
            fewest=GROUP_LABELS_LEAST,
        )
    retired = sorted({clip.identity for clip in clips if clip.split == "test"})
    return Draw(seed, tuple(sorted(held)), tuple(retired))


def split_corpus(pack: Path, seed: int = SPLIT_SEED) -> Draw:
    """Draw the people of a pack and write `split.json` beside it; a pack drawn before stays as it
    is.

    Raises:
        MediaError: no pack, too few people, or a draw of another seed lies there already.
    """
    corpus = Corpus(pack)
    if corpus.draw:
        if corpus.draw["seed"] != seed:
            raise MediaError(
                "The people of {pack} were drawn with the seed {draw}.",
                tr("A second draw would measure on people who were taught: build the pack again."),
                pack=pack.name,
                draw=corpus.draw["seed"],
            )
        return Draw(seed, tuple(corpus.draw["held_back"]), tuple(corpus.draw["retired"]))
    drawn = draw_people(corpus.clips, seed)
    write_json(pack / "split.json", asdict(drawn))
    return drawn
