"""Mouth and jaw as numbers: the face mesh turned frontal, 59 points of it, and twelve components of
their motion.

Canonical space: the STABLE points (eyes, nose bridge, forehead) lie on one template, so that
position, size, yaw, pitch and roll are undone; unit = the distance of the outer eye corners (33,
263); x right, y down, z away from the viewer. A code is a displacement from the person's *closed*
mouth: code 0 is that person with the mouth shut.

How a renderer uses it (all numpy):
    basis = ShapeBasis.from_state(state)                    # out of the mouth net's weights
    pose = basis.pose(mesh)                                 # (N, 478, 3) plate pixels -> Pose
    rest = basis.neutral(pool_mesh)                         # (59, 3) closed mouth of this person,
    over the pool
    own, _ = basis.encode(mesh, rest)                       # (N, 12) what the plate shows
    wanted = rest + basis.decode(codes)                     # (N, 59, 3) canonical, what the take
    asks for
    pixels = pose.to_plate(wanted)                          # (N, 59, 3) plate pixels of the points
    SHAPE_POINTS
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import INNER_LIPS, JAW, MESH_POINTS, OUTER_LIPS, STABLE

Floats = NDArray[np.float32]

# 20 + 20 + 19 mesh indices, the order of every (59, 3)
SHAPE_POINTS: tuple[int, ...] = OUTER_LIPS + INNER_LIPS + JAW
COMPONENTS = 12  # carry 98 % of the variance over the training people
LIP_WEIGHT = 2.0  # lips count twice against the jaw when components are chosen
DEPTH_WEIGHT = 0.5  # the mesh's z is a guess of its maker's net, noisier than x and y
# Of the first component's: a motion that hardly occurs is not blown up to unit variance
LEAST_SPREAD = 0.02
CLOSED_GAP = 0.03  # eye distances: more than this between the inner lips is no closed mouth
_LOWER = tuple(SHAPE_POINTS.index(p) for p in (14, 87, 317))
_UPPER = tuple(SHAPE_POINTS.index(p) for p in (13, 82, 312))


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where N faces are: plate = scale * canonical @ rotation^T + shift.

    scale (N,) plate pixels per eye distance; rotation (N, 3, 3); shift (N, 3) plate pixels. All
    float32.
    """

    scale: Floats
    rotation: Floats
    shift: Floats

    def to_canonical(self, points: Floats) -> Floats:
        """Take plate points (N, P, 3) to canonical space."""
        return (
            ((points - self.shift[:, None]) / self.scale[:, None, None]) @ self.rotation
        ).astype(np.float32)

    def to_plate(self, points: Floats) -> Floats:
        """Take canonical points (N, P, 3) to plate pixels."""
        turned = self.scale[:, None, None] * points @ self.rotation.transpose(0, 2, 1)
        return (turned + self.shift[:, None]).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ShapeBasis:
    """The linear model of mouth and jaw.

    stable (16, 3) template of the STABLE points; opening (59, 3) mean displacement for one unit of
    aperture; components (12, 59, 3) displacement for one unit of code; analysis (59, 3, 12) takes a
    displacement to its code. Codes have unit variance over the corpus.
    """

    stable: Floats
    opening: Floats
    components: Floats
    analysis: Floats

    def pose(self, mesh: Floats) -> Pose:
        """Fit the similarity that takes the template to each mesh, (N, 478, 3) plate pixels."""
        return fit_pose(self.stable, mesh[:, STABLE])

    def points(self, mesh: Floats) -> Floats:
        """Return the 59 points of each mesh in canonical space, (N, 59, 3) float32."""
        if mesh.ndim != 3 or mesh.shape[1:] != (MESH_POINTS, 3):
            raise ValueError(f"meshes are (N, {MESH_POINTS}, 3), not {mesh.shape}")
        return self.pose(mesh).to_canonical(mesh[:, SHAPE_POINTS])

    def neutral(self, mesh: Floats) -> Floats:
        """Return the person's closed mouth (59, 3), canonical, from any run of that person's
        meshes.
        """
        return self.closed(self.points(mesh))

    def closed(self, points: Floats) -> Floats:
        """Return the closed mouth (59, 3) of canonical points (N, 59, 3): their median, shut along
        `opening`.

        How far a closed mouth's inner lips lie apart differs a little between people: it is the 5th
        percentile of what is seen, and at most CLOSED_GAP where the mouth never closes.
        """
        gap = gaps(points)
        shut = min(float(np.percentile(gap, 5)), CLOSED_GAP)
        return (np.median(points, axis=0) - (np.median(gap) - shut) * self.opening).astype(
            np.float32
        )

    def encode(self, mesh: Floats, neutral: Floats | None = None) -> tuple[Floats, Floats]:
        """Return (codes (N, 12), neutral (59, 3)); without a neutral it is taken from these meshes."""
        points = self.points(mesh)
        rest = self.closed(points) if neutral is None else neutral
        return self.encode_points(points, rest), rest

    def encode_points(self, points: Floats, neutral: Floats) -> Floats:
        """Return the codes (N, 12) of canonical points (N, 59, 3)."""
        return np.einsum("npd,pdk->nk", points - neutral, self.analysis).astype(np.float32)

    def decode(self, codes: Floats) -> Floats:
        """Return the displacement (N, 59, 3) from the closed mouth, canonical units (eye
        distances).
        """
        return np.einsum("nk,kpd->npd", codes, self.components).astype(np.float32)

    def aperture(self, codes: Floats) -> Floats:
        """Return how far codes (N, 12) open the inner lips, (N,) eye distances; 0 = the person's
        closed mouth.
        """
        return gaps(self.decode(codes))

    def to_state(self) -> dict[str, Floats]:
        """Return the arrays by name, to be stored with weights under the prefix `shape.`."""
        return {
            "shape." + name: getattr(self, name)
            for name in ("stable", "opening", "components", "analysis")
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> ShapeBasis:
        """Read what `to_state` gave (arrays or tensors); other names are left alone."""
        names = ("stable", "opening", "components", "analysis")
        return cls(*(np.asarray(state["shape." + name], np.float32) for name in names))


def gaps(points: Floats) -> Floats:
    """Return the vertical distance of the inner lips over their middle third, (N,), of (N, 59, 3)
    points.
    """
    return (points[:, _LOWER, 1] - points[:, _UPPER, 1]).mean(axis=1)


def fit_pose(template: Floats, points: Floats) -> Pose:
    """Fit plate = scale * template @ rotation^T + shift to each of (N, P, 3) points (Umeyama 1991)."""
    centre = points.mean(axis=1)
    source = (template - template.mean(axis=0)).astype(np.float64)
    target = (points - centre[:, None]).astype(np.float64)
    u, s, vt = np.linalg.svd(np.einsum("npi,pj->nij", target, source))
    flip = np.ones_like(s)
    flip[:, 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))  # a rotation, never a mirror
    rotation = np.einsum("nij,nj,njk->nik", u, flip, vt)
    scale = (s * flip).sum(axis=1) / (source**2).sum()
    shift = centre - scale[:, None] * (rotation @ template.mean(axis=0).astype(np.float64))
    return Pose(scale.astype(np.float32), rotation.astype(np.float32), shift.astype(np.float32))


def fit_template(meshes: Floats, rounds: int = 10) -> Floats:
    """Return the mean STABLE points (16, 3) of meshes (N, 478, 3), size and pose removed, upright
    and frontal.

    Generalised Procrustes; then the eye line is turned to x, the outer eye corners to one depth,
    unit eye distance.
    """
    stable = meshes[:, STABLE]
    template = stable[0]
    for _ in range(rounds):
        pose = fit_pose(template, stable)
        template = pose.to_canonical(stable).mean(axis=0)
        template = template / np.linalg.norm(template[0] - template[3])
    upright = _upright(template)
    return ((template - template.mean(axis=0)) @ upright.T).astype(np.float32)


def _upright(template: Floats) -> Floats:
    """Return the rotation that brings the eye line to x, and forehead over nose bridge to y."""
    names = {point: i for i, point in enumerate(STABLE)}
    x = template[names[263]] - template[names[33]]
    x = x / np.linalg.norm(x)
    down = template[names[197]] - template[names[151]]
    y = down - (down @ x) * x
    y = y / np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)])


def fit_basis(
    template: Floats, clips: Sequence[Floats], weights: Sequence[float], count: int = COMPONENTS
) -> ShapeBasis:
    """Fit the basis to clips of meshes; a clip's frames share its weight.

    Args:
        template: (478, 3) the mean face.
        clips: (N_i, 478, 3) each.
        weights: one a clip.
        count: of components.
    """
    blank = np.zeros((len(SHAPE_POINTS), 3), np.float32)
    first = ShapeBasis(
        template, blank, blank[None], blank[..., None]
    )  # enough to turn meshes frontal
    points = [first.points(mesh) for mesh in clips]
    share = np.concatenate(
        [np.full(len(p), w / len(p)) for p, w in zip(points, weights, strict=True)]
    )
    share = share / share.sum()
    opening = _opening(points, share)
    shut = ShapeBasis(template, opening, first.components, first.analysis)
    moved = np.concatenate([p - shut.closed(p) for p in points]).astype(np.float64)
    emphasis = np.ones(blank.shape)
    emphasis[: len(OUTER_LIPS) + len(INNER_LIPS)] = LIP_WEIGHT
    emphasis[:, 2] *= DEPTH_WEIGHT
    flat = (moved * emphasis).reshape(len(moved), -1)
    values, vectors = np.linalg.eigh(
        flat.T @ (flat * share[:, None])
    )  # about the closed mouth, not about the mean
    order = np.argsort(values)[::-1][:count]
    spread = np.sqrt(np.maximum(values[order], LEAST_SPREAD**2 * values[order[0]]))
    axes = vectors[:, order].T.reshape(count, *blank.shape)
    axes = (
        axes
        * np.where(np.einsum("kpd,pd->k", axes, emphasis * opening) < 0, -1.0, 1.0)[:, None, None]
    )
    components = (axes * spread[:, None, None] / emphasis).astype(np.float32)
    analysis = ((axes * emphasis) / spread[:, None, None]).transpose(1, 2, 0).astype(np.float32)
    return ShapeBasis(template, opening, components, analysis)


def _opening(points: Sequence[Floats], share: NDArray[np.float64]) -> Floats:
    """Regress the shape on the aperture within clips: (59, 3) displacement for one unit of
    aperture.
    """
    shape = np.concatenate([p - p.mean(axis=0) for p in points])
    gap = np.concatenate([gaps(p) - gaps(p).mean() for p in points])
    slope = np.einsum("n,n,npd->pd", share, gap, shape) / max(float(share @ gap**2), 1e-12)
    return slope.astype(np.float32)
