from __future__ import annotations

import json
import re

import numpy as np
import pytest

from g4g_plugin.core.errors import MediaError
from g4g_plugin.evaluation.study import (
    interval,
    list_entries,
    make_study,
    opinions_text,
    read_study,
)


@pytest.fixture
def methods(tmp_path):
    for name in ("ours", "secret rival"):
        (tmp_path / name).mkdir()
        for clip in ("anna", "ben"):
            (tmp_path / name / f"{clip}.mp4").write_bytes(f"{name} {clip}".encode())
    return {name: tmp_path / name for name in ("ours", "secret rival")}


def answers(path, key, said):
    """Write one person's votes: said(method, clip) -> (quality, sync, realness)."""
    known = json.loads(key.read_text())
    votes = {
        name: dict(
            zip(("quality", "sync", "realness"), said(row["method"], row["clip"]), strict=True)
        )
        for name, row in known["clips"].items()
    }
    path.write_text(json.dumps({"study": known["study"], "order": list(votes), "votes": votes}))
    return path


def test_the_page_is_one_blind_file(methods, tmp_path):
    page = make_study(methods, tmp_path / "out", seed=3)
    text = page.read_text("utf-8")
    assert "rival" not in text
    assert "ours" not in text.replace("hours", "")
    assert "anna" not in text
    assert text.count("data:video/mp4;base64,") == 4
    assert not re.search(r"https?://", text)  # nothing is fetched, nothing is sent
    for title in ("Visual quality", "Lip synchronisation", "Realness"):
        assert title in text
    key = json.loads((tmp_path / "out" / "study-key.json").read_text())
    assert sorted((row["method"], row["clip"]) for row in key["clips"].values()) == [
        ("ours", "anna"),
        ("ours", "ben"),
        ("secret rival", "anna"),
        ("secret rival", "ben"),
    ]


def test_the_blind_names_follow_the_seed(methods, tmp_path):
    keys = [
        json.loads(
            (make_study(methods, tmp_path / str(s), s).parent / "study-key.json").read_text()
        )
        for s in (1, 1, 2)
    ]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_answers_become_means_and_intervals(methods, tmp_path):
    key = make_study(methods, tmp_path / "out").with_name("study-key.json")
    people = [
        answers(
            tmp_path / "a.json",
            key,
            lambda method, clip: (5, 4, 3) if method == "ours" else (2, 2, 2),
        ),
        answers(
            tmp_path / "b.json",
            key,
            lambda method, clip: (3, 4, 5) if method == "ours" else (2, 2, 2),
        ),
    ]
    found = {(o.method, o.question): o for o in read_study(key, people)}
    assert found["ours", "quality"].mean == 4
    assert found["ours", "sync"].mean == 4
    assert (found["ours", "sync"].low, found["ours", "sync"].high) == (4, 4)  # both agree
    assert (found["ours", "quality"].low, found["ours", "quality"].high) == (
        1,
        5,
    )  # two people, wide apart
    assert found["secret rival", "realness"].mean == 2
    assert (found["ours", "quality"].votes, found["ours", "quality"].people) == (4, 2)
    assert "4.00 [4.00, 4.00]" in opinions_text(list(found.values()))


def test_the_interval_is_students():
    means = np.array([3.0, 4.0, 3.5, 4.5, 4.0])
    half = 2.776 * means.std(ddof=1) / np.sqrt(5)
    assert interval(means) == pytest.approx((3.8 - half, 3.8 + half), abs=1e-3)
    assert interval(means[:1]) == (1.0, 5.0)


def test_votes_left_open_do_not_count_and_wrong_ones_are_refused(methods, tmp_path):
    key = make_study(methods, tmp_path / "out").with_name("study-key.json")
    some = answers(
        tmp_path / "a.json", key, lambda m, clip: (5, None, 3) if clip == "anna" else (1, 1, 1)
    )
    found = {(o.method, o.question): o for o in read_study(key, [some])}
    assert found["ours", "sync"].votes == 1
    wrong = answers(tmp_path / "w.json", key, lambda m, clip: (6, 1, 1))
    with pytest.raises(MediaError, match="vote 6"):
        read_study(key, [wrong])


def test_answers_of_another_study_are_refused(methods, tmp_path):
    key = make_study(methods, tmp_path / "out").with_name("study-key.json")
    other = make_study(methods, tmp_path / "other", seed=9).with_name("study-key.json")
    mixed = answers(tmp_path / "a.json", other, lambda m, c: (1, 1, 1))
    with pytest.raises(MediaError, match="another study"):
        read_study(key, [mixed])
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(MediaError, match="no answers"):
        read_study(key, [tmp_path / "bad.json"])


def test_methods_must_show_the_same_clips(methods, tmp_path):
    (methods["ours"] / "ben.mp4").unlink()
    with pytest.raises(MediaError, match="ben"):
        list_entries(methods)
    with pytest.raises(MediaError, match="two methods"):
        list_entries({"ours": methods["ours"]})
