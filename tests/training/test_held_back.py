"""New people are held back by a draw that sees labels and a seed, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drawn_people import draw_pack

from g4g_plugin.core.errors import MediaError
from g4g_plugin.training.corpus.held_back import draw_people, split_corpus
from g4g_plugin.training.corpus.pack import Clip, Corpus


def clip(group: str, label: str, split: str = "train", number: int = 0) -> Clip:
    return Clip(f"{group}/{label}/{number}", label, split, 40, 0, 0, 0, 0)


CLIPS = [
    *(clip("news", f"news-{i}") for i in range(6)),
    *(clip("news", f"news-mixed-{i}") for i in range(6)),
    clip("news", "news-unk"),
    *(clip("talks", f"talk-{i}") for i in range(4)),
    clip("talks", "old", "test"),
    *(clip("alone", "actor", number=i) for i in range(9)),
]


def test_a_third_of_each_group_is_drawn_and_the_old_test_people_are_retired() -> None:
    drawn = draw_people(CLIPS, seed=3)
    assert len([name for name in drawn.held_back if name.startswith("news")]) == 2
    assert len([name for name in drawn.held_back if name.startswith("talk")]) == 1
    assert drawn.retired == ("old",)


def test_nobody_is_drawn_of_mixed_labels_of_test_people_or_of_a_group_with_one_person() -> None:
    every = {name for seed in range(40) for name in draw_people(CLIPS, seed).held_back}
    assert every == {f"news-{i}" for i in range(6)} | {f"talk-{i}" for i in range(4)}


def test_the_draw_depends_on_labels_and_seed_alone() -> None:
    drawn = draw_people(CLIPS, seed=5)
    doubled = [c for c in CLIPS for _ in range(3)]
    assert draw_people(doubled[::-1], seed=5) == drawn
    assert draw_people(CLIPS, seed=6).held_back != drawn.held_back


def test_too_few_people_are_refused() -> None:
    with pytest.raises(MediaError, match="too few people"):
        draw_people([clip("news", "a"), clip("news", "b")])


def test_a_drawn_pack_is_read_with_its_new_people_and_never_drawn_again(tmp_path: Path) -> None:
    pack = draw_pack(tmp_path)
    before = Corpus(pack)
    held = before.select("train")[0].identity
    old = {c.identity for c in before.select("test")}
    (pack / "split.json").write_text(
        json.dumps({"seed": 7, "held_back": [held], "retired": sorted(old)})
    )
    after = Corpus(pack)
    assert {c.identity for c in after.select("test")} == {held}
    assert old <= {c.identity for c in after.select("train")}
    assert split_corpus(pack, 7).held_back == (held,)
    with pytest.raises(MediaError, match="seed 7"):
        split_corpus(pack, 8)
