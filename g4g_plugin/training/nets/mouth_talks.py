"""The clips a mouth net is taught with and measured on, and its calibration.

Codes are those of a person of typical liveliness: each person's are divided by how far that
person's mouth moves, which no sound tells. In use the actor's own footage gives that back
(engine/performance.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import INNER_LIPS, MOUTH_CORNERS, OUTER_LIPS
from g4g_plugin.network import mel as hear
from g4g_plugin.network.mouth import Moments, MouthConfig, MouthNet, Said, closed
from g4g_plugin.network.shape import SHAPE_POINTS, ShapeBasis, fit_basis, fit_template, gaps
from g4g_plugin.network.speech import on_grid
from g4g_plugin.training.corpus.held_back import NO_PERSON
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Clip, Corpus, Heard

Floats = NDArray[np.float32]

SHUT_OPENING = 0.02  # eye distances of opening, below which lips touch as far as the mesh can tell
# Eye distances: 90th percentile of the opening of a typical person who speaks
TYPICAL_OPENING = 0.12
PRIOR_SECONDS = 2.0  # seconds of footage that weigh as much as knowing nothing of a person
LIVELINESS_LIMITS = (0.5, 2.0)  # times the typical; beyond, it is the mesh that errs


@dataclass(frozen=True, slots=True, eq=False)
class Talk:
    """One clip: levelled mel (T, 80), codes (N, 12), aperture (N,), start: seconds of frame 0 in
    the mel.

    Codes are divided by the person's `liveliness`, apertures are as seen. silent (N,): nothing is
    said. heard: its speech features, as recorded and disturbed, where the net hears any.
    """

    clip: Clip
    mel: Floats
    codes: Floats
    aperture: Floats
    start: float
    silent: NDArray[np.bool_]
    liveliness: float = 1.0
    heard: tuple[Heard, ...] = ()


def widths_of_codes(basis: ShapeBasis) -> Floats:
    """Return the (12,) numbers whose product with a code is how much wider the mouth is."""
    left, right = (SHAPE_POINTS.index(corner) for corner in MOUTH_CORNERS)
    return basis.components[:, right, 0] - basis.components[:, left, 0]


def gaps_of_codes(basis: ShapeBasis) -> Floats:
    """Return the (12,) numbers whose product with a code is its aperture."""
    return gaps(basis.components)


def identity_weights(clips: Sequence[Clip], balance: float) -> NDArray[np.float64]:
    """Return how often each clip is drawn: its identity by frames ** balance, within it by frames."""
    total: dict[str, float] = {}
    for clip in clips:
        total[clip.identity] = total.get(clip.identity, 0.0) + clip.frames
    share = np.array([total[c.identity] ** (balance - 1) * c.frames for c in clips], np.float64)
    return share / share.sum()


def mirror_of(basis: ShapeBasis) -> Floats:
    """Return (12, 12): codes @ it are the codes of the mirrored face."""
    pairs = {left: right for ring in (OUTER_LIPS, INNER_LIPS) for left, right in _ring_pairs(ring)}
    jaw = SHAPE_POINTS[len(OUTER_LIPS) + len(INNER_LIPS) :]
    pairs |= dict(zip(jaw, jaw[::-1], strict=True))
    order = [SHAPE_POINTS.index(pairs[point]) for point in SHAPE_POINTS]
    mirrored = basis.components[:, order] * np.array([-1, 1, 1], np.float32)
    return np.einsum("kpd,pdj->kj", mirrored, basis.analysis).astype(np.float32)


def _ring_pairs(ring: Sequence[int]) -> list[tuple[int, int]]:
    """A lip ring runs from the image-left corner (row 0) below to the image-right one (row 10) and
    back above.
    """
    return [(ring[i], ring[(10 - i) % 20]) for i in range(20)]


def fit_corpus_basis(
    corpus: Corpus, clips: Sequence[Clip], seed: int = 0, most: int = 400
) -> ShapeBasis:
    """Fit the shape basis to training clips, identities balanced.

    Args:
        corpus: the training pack.
        clips: of training people.
        seed: of the draw.
        most: clips drawn.
    """
    rng = np.random.default_rng(seed)
    weights = identity_weights(clips, 0.5)
    chosen = rng.choice(len(clips), min(most, len(clips)), replace=False, p=weights)
    meshes = [corpus.mesh(clips[i]) for i in sorted(chosen)]
    template = fit_template(np.concatenate([mesh[:: max(1, len(mesh) // 8)] for mesh in meshes]))
    return fit_basis(template, meshes, [1.0] * len(meshes))


def read_talks(
    corpus: Corpus, clips: Sequence[Clip], basis: ShapeBasis, symmetric: bool, versions: int = 0
) -> list[Talk]:
    """Read clips for the mouth net.

    Args:
        corpus: the training pack.
        clips: which of it.
        basis: of the codes.
        symmetric: whether codes are averaged with their mirror image: which side of a mouth
            opens more is a person's habit that no sound tells.
        versions: how many versions of the speech features are read.
    """
    even = (np.eye(len(basis.components), dtype=np.float32) + mirror_of(basis)) / 2
    talks = []
    for clip in clips:
        points = basis.points(corpus.mesh(clip))
        codes = basis.encode_points(points, basis.closed(points))
        codes = (codes @ even if symmetric else codes).astype(np.float32)
        heard = tuple(corpus.speech(clip, version) for version in range(versions))
        start, silent = float(corpus.times(clip)[0]), corpus.silent(clip)
        talks.append(Talk(clip, corpus.mel(clip), codes, gaps(points), start, silent, heard=heard))
    return typical(talks, basis)


def typical(talks: Sequence[Talk], basis: ShapeBasis) -> list[Talk]:
    """Divide each person's codes by how far that person opens the mouth, beside `TYPICAL_OPENING`.

    Drawn towards 1 where there is little footage; labels that hold several people go clip by clip.
    """
    people: dict[str, list[Talk]] = {}
    for talk in talks:
        several = any(word in talk.clip.identity for word in NO_PERSON)
        people.setdefault(talk.clip.key if several else talk.clip.identity, []).append(talk)
    lively: dict[str, float] = {}
    for own in people.values():
        opening = np.concatenate([basis.aperture(talk.codes)[~talk.silent] for talk in own])
        if not len(opening):
            opening = np.array([TYPICAL_OPENING])
        sure = len(opening) / (len(opening) + PRIOR_SECONDS * CORPUS_RATE)
        ratio = max(float(np.percentile(opening, 90)), 1e-3) / TYPICAL_OPENING
        lively |= {talk.clip.key: float(np.clip(ratio**sure, *LIVELINESS_LIMITS)) for talk in own}
    return [
        replace(t, codes=t.codes / lively[t.clip.key], liveliness=lively[t.clip.key]) for t in talks
    ]


def talk_rows(talk: Talk, net: MouthNet) -> Floats:
    """Return a clip's rows as recorded, (T, 80 or 368): what `MouthNet.hear` makes of its sound."""
    if not net.config.speech:
        return talk.mel
    times = np.arange(len(talk.mel)) / hear.MEL_RATE
    return np.concatenate(
        [talk.mel, on_grid(talk.heard[0].features, times, net.encoder.silence)], axis=1
    )


def said_of(net: MouthNet, talk: Talk) -> Said:
    """Return what a net says of a clip's frames, of a person of typical liveliness."""
    return net.say(talk_rows(talk, net), talk.start + np.arange(len(talk.codes)) / CORPUS_RATE)


def said_codes(net: MouthNet, talk: Talk) -> Floats:
    """Return the codes (N, 12) that a net gives a clip's frames, as lively as the person is."""
    said = said_of(net, talk)
    return closed(talk.liveliness * said.codes, said.shut, net.basis)


def measure_talks(net: MouthNet, talks: Sequence[Talk]) -> list[dict[str, Any]]:
    """Return one row per clip: correlation of the aperture, travel (said spread / spread), means."""
    rows = []
    for talk in talks:
        said, true = net.basis.aperture(said_codes(net, talk)), talk.aperture
        spread = float(said.std() / max(float(true.std()), 1e-6))
        alike = (
            float(np.corrcoef(said, true)[0, 1]) if said.std() > 1e-6 and true.std() > 1e-6 else 0.0
        )
        rows.append(
            {
                "clip": talk.clip.key,
                "identity": talk.clip.identity,
                "frames": talk.clip.frames,
                "correlation": alike,
                "travel": spread,
                "said": float(said.mean()),
                "true": float(true.mean()),
                "said spread": float(said.std()),
                "spread": float(true.std()),
            }
        )
    return rows


def by_person(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return the means of the figures, over clips within a person and then over people.

    travel: the ratio of the mean deviations, so that one who hardly moves does not count for all.
    """
    people: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        people.setdefault(row["identity"], []).append(row)
    names = ("correlation", "said", "true", "said spread", "spread")
    means = {
        name: float(np.mean([np.mean([r[name] for r in group]) for group in people.values()]))
        for name in names
    }
    return means | {"travel": means["said spread"] / max(means["spread"], 1e-6)}


def held_people(clips: Sequence[Clip], count: int, seed: int = 0) -> set[str]:
    """Choose training identities for validation, the same each time for the same corpus, from all
    groups alike.

    Args:
        clips: of training people.
        count: how many people.
        seed: of the draw.
    """
    names = sorted({c.identity for c in clips})
    order = np.random.default_rng(seed).permutation(len(names))
    return {names[i] for i in order[: min(count, len(names) // 3)]}


def fit_calibration(net: MouthNet, talks: Sequence[Talk]) -> MouthConfig:
    """Return the net's config with the moments of each code: as it says them of these people, who
    were not taught, and as they were.

    Frames in which something is said, deviations within people; each person counts once.
    """
    plain = MouthNet(replace(net.config, said=(), meant=()), net.basis)
    plain.load_state_dict(net.state_dict())
    said: dict[str, list[Floats]] = {}
    true: dict[str, list[Floats]] = {}
    for talk in talks:
        spoken = ~talk.silent
        said.setdefault(talk.clip.identity, []).append(said_of(plain, talk).codes[spoken])
        true.setdefault(talk.clip.identity, []).append(talk.codes[spoken])
    return replace(net.config, said=moments(said), meant=moments(true))


def moments(people: dict[str, list[Floats]]) -> Moments:
    """Return (mean, deviation) of each code, the mean over people of each one's own.

    Deviations within clips: between clips it is the closed mouth's estimate that varies.
    """
    kept = [[p for p in parts if len(p) > 1] for parts in people.values()]
    kept = [parts for parts in kept if parts]
    if not kept:
        return ()
    mean = np.mean([np.concatenate(parts).mean(axis=0) for parts in kept], axis=0)
    within = [[p - p.mean(axis=0) for p in parts] for parts in kept]
    spread = np.mean([np.concatenate(parts).std(axis=0) for parts in within], axis=0)
    return tuple(
        (round(float(m), 5), round(float(d), 5)) for m, d in zip(mean, spread, strict=True)
    )
