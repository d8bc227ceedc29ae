"""Squares of faces with something pasted before them: what the visibility net is taught on.

What must not count as a cover is varied as widely as the covers: light that fades, flashes, moves
or is coloured, shadows with hard edges, noise, compression, blur, beards, other skin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.faces.mouth_square import SQUARE_PIXELS, lip_planes, planes
from g4g_plugin.training.nets.pasted_occluders import Palette, occluder

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Rng = np.random.Generator

STORED_PIXELS = 96  # side of the stored squares: the net's square has room to move in them
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Squares of one clip: pixels (N, 96, 96, 3) uint8; in them lips (N, 40, 2) and the face's
    contour from ear over chin to ear, contour (N, 17, 2).
    """

    pixels: Pixels
    lips: Floats
    contour: Floats


@dataclass(frozen=True, slots=True)
class SampleConfig:
    """Shares of samples with each trait; all chosen by us."""

    covered: float = 0.6
    in_look_too: float = 0.35  # of covered ones: it stands there all the shot
    in_look_only: float = 0.1  # of free ones: it stood there in the frames the look is taken from
    no_look: float = 0.2
    holes: float = 0.2
    beard: float = 0.25
    tone: float = 0.5
    dark: float = 0.12
    shadow: float = 0.3
    behind: float = 0.5  # another background, other clothes: up to the face's own edge
    like_skin: float = 0.25  # of occluders: brought to the face's own colour
    unlike: float = 0.25  # of looks: of other lip shapes, the head turned another way
    teeth: float = 0.25  # bright teeth in the opening of the frame alone
    thin: float = 2.0  # times a cover counts: what is half a pixel wide covers that pixel
    stock: int = 3000  # occluders drawn beforehand; each is turned, moved and coloured when used


class Samples:
    """Draws samples from clips."""

    def __init__(
        self,
        clips: Sequence[Clip],
        textures: Sequence[Pixels],
        config: SampleConfig,
        seed: int = 0,
    ) -> None:
        """Take the clips of people taught on, and photographs for surfaces; draws a stock of
        occluders.
        """
        self.clips, self.textures, self.config = clips, textures, config
        rng = np.random.default_rng(seed)
        self.stock = [occluder(self._palette(textures, rng), rng) for _ in range(config.stock)]

    def draw(self, rng: Rng) -> tuple[Floats, Floats]:
        """Return (planes (9, 64, 64), cover (64, 64)), float32."""
        config = self.config
        clip = self.clips[int(rng.integers(len(self.clips)))]
        frame, look, lips, contour = self._faces(clip, rng)
        frame, look = self._identity(frame, look, lips, rng)
        if rng.random() < config.behind:
            frame, look = self._dressed(frame, look, contour, rng)
        cover = np.zeros((SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
        light = _light(rng, config)
        if rng.random() < config.covered:
            paint, cover = self._occluder(frame, rng)
            if rng.random() < 0.5:
                frame = _laid(frame, paint, cover) * light
            else:
                frame = _laid(frame * light, paint, cover)
            if rng.random() < config.in_look_too:
                look = _laid(look, *_moved(paint, cover, rng))
        else:
            frame = frame * light
            if rng.random() < config.in_look_only:
                look = _laid(look, *self._occluder(look, rng))
        known = np.ones((SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
        if rng.random() < config.no_look:
            known[:] = 0
        elif rng.random() < config.holes:
            known *= self._occluder(look, rng)[1] < 0.3
        frame = _sensed(frame, rng, 1.0)
        look = _sensed(look * _gain(rng, 0.3), rng, 0.4)
        if cover.max() > 0.5:
            lips = lips + rng.normal(0, 2.5, 2).astype(np.float32)
        cover = np.minimum(cover * np.float32(config.thin), 1)
        return planes(frame, look, known, lip_planes(lips)), cover

    def _palette(self, textures: Sequence[Pixels], rng: Rng) -> Palette:
        some = [self.clips[int(rng.integers(len(self.clips)))].pixels for _ in range(2)]
        face = some[0][rng.integers(len(some[0]))].astype(np.float32) / 255
        skin = face[[26, 28, 46, 46], [36, 60, 26, 70]]
        return Palette(skin, textures, [some[1][rng.integers(len(some[1]))]])

    def _occluder(self, frame: Floats, rng: Rng) -> tuple[Floats, Floats]:
        """Take one from the stock: turned, moved, coloured; sometimes like the face's skin."""
        paint, cover = self.stock[int(rng.integers(len(self.stock)))]
        turn = cv2.getRotationMatrix2D(
            (31.5, 31.5), float(rng.normal(0, 8)), float(rng.uniform(0.8, 1.2))
        )
        turn[:, 2] += rng.normal(0, 4, 2)
        if rng.random() < 0.5:
            turn = turn @ np.array([[-1, 0, SQUARE_PIXELS - 1], [0, 1, 0], [0, 0, 1]])
        cover = np.asarray(cv2.warpAffine(cover, turn, (SQUARE_PIXELS, SQUARE_PIXELS)), np.float32)
        paint = cv2.warpAffine(
            paint, turn, (SQUARE_PIXELS, SQUARE_PIXELS), borderMode=cv2.BORDER_REPLICATE
        )
        if rng.random() < self.config.like_skin and cover.any():
            skin = frame[[10, 12, 30, 30], [20, 44, 8, 56]].mean(0) * rng.uniform(0.8, 1.2)
            mean = (paint * cover[..., None]).sum((0, 1)) / cover.sum()
            paint = paint * (skin / np.maximum(mean, 0.02))
        return np.clip(paint, 0, 1.2).astype(np.float32), cover

    def _dressed(
        self, frame: Floats, look: Floats, contour: Floats, rng: Rng
    ) -> tuple[Floats, Floats]:
        """Put other things behind the face: walls beside it, collars, scarves and ties below."""
        face = np.zeros((SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
        drawn = [np.rint(contour * 16).astype(np.int32)]
        cv2.fillPoly(face, drawn, 1.0, cv2.LINE_AA, 4)
        top = int(np.clip(min(contour[0, 1], contour[-1, 1]), 0, SQUARE_PIXELS - 1))
        left, right = np.sort(np.clip(contour[[0, -1], 0], 0, SQUARE_PIXELS - 1).astype(int))
        face[: top + 6, left : right + 1] = 1
        y, x = np.mgrid[0:SQUARE_PIXELS, 0:SQUARE_PIXELS].astype(np.float32)
        chin = contour[8]
        open_ = rng.uniform(-0.3, 1.2) * np.abs(x - chin[0] - rng.normal(0, 4))
        collar = y > chin[1] + rng.uniform(-1, 12) - open_ * rng.choice([-1, 0.5])
        beside = np.ones_like(face) * (rng.random() < 0.5) * (y < chin[1])
        cover = np.maximum(collar * (rng.random() < 0.8), beside) * (1 - face)
        cover = cv2.GaussianBlur(cover.astype(np.float32), (0, 0), rng.uniform(0.4, 1.0))
        paint = np.zeros_like(frame)
        for part in (collar, ~collar):
            source = self.textures[int(rng.integers(len(self.textures)))]
            side = int(rng.integers(24, min(source.shape[:2]) + 1))
            at = rng.integers(0, min(source.shape[:2]) - side + 1, 2)
            piece = source[at[0] : at[0] + side, at[1] : at[1] + side]
            cloth = cv2.resize(piece, (SQUARE_PIXELS, SQUARE_PIXELS)).astype(np.float32) / 255
            flat = rng.uniform(0.02, 1, 3) * rng.uniform(0.9, 1.1, (SQUARE_PIXELS, 1, 1))
            share = rng.choice([0.0, 0.3, 1.0])
            paint[part] = (cloth * share + flat * (1 - share))[part]
        paint = np.clip(paint * rng.uniform(0.3, 1.2), 0, 1).astype(np.float32)
        moved = _moved(paint, cover, rng)
        return _laid(frame, paint, cover), _laid(look, *moved)

    def _faces(self, clip: Clip, rng: Rng) -> tuple[Floats, Floats, Floats, Floats]:
        """Return a frame (64, 64, 3) 0..1, the look of three others like it, its lips (40, 2) and
        contour (17, 2).
        """
        i = int(rng.integers(len(clip.pixels)))
        some = rng.choice(len(clip.pixels), min(14, len(clip.pixels)), replace=False)
        some = some[some != i] if len(some) > 1 else some
        near = np.abs(clip.lips[some] - clip.lips[i]).mean((1, 2)).argsort()
        unlike = rng.random() < self.config.unlike
        near = rng.permutation(near)[:3] if unlike else near[:3]
        flip = rng.random() < 0.5
        stretch = rng.uniform(0.85, 1.15, 2) * rng.uniform(0.9, 1.15)
        turn = rng.normal(0, 4)
        common = (flip, stretch, turn)
        own = _warp(rng, common, 3.0)
        frame = _cut(clip.pixels[i], own)
        lips = clip.lips[i] @ own[:, :2].T + own[:, 2]
        lips = lips + rng.normal(0, 0.4, lips.shape)
        steady = own.copy()
        steady[:, 2] += rng.normal(0, 0.8, 2)
        if unlike:  # as much as a turned head is narrower, its middle further aside
            squeeze = rng.uniform(0.8, 1.2)
            steady[0] *= squeeze
            steady[0, 2] += (1 - squeeze) * (SQUARE_PIXELS - 1) / 2 + rng.normal(0, 3)
        a, b, c = (_cut(clip.pixels[k], steady) for k in some[np.resize(near, 3)])
        look = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))  # the median
        contour = clip.contour[i] @ own[:, :2].T + own[:, 2]
        return frame, look, lips.astype(np.float32), contour.astype(np.float32)

    def _identity(
        self, frame: Floats, look: Floats, lips: Floats, rng: Rng
    ) -> tuple[Floats, Floats]:
        """Give both pictures another skin, lips or beard."""
        if rng.random() < self.config.tone:
            tone = rng.uniform(0.25, 1.15) * rng.uniform(0.85, 1.15, 3)
            power = rng.uniform(0.8, 1.4)
            frame = np.asarray(np.clip(frame, 0, 1) ** power * tone, np.float32)
            look = np.asarray(np.clip(look, 0, 1) ** power * tone, np.float32)
        if rng.random() < 0.3:
            tint = rng.uniform(0.6, 1.3, 3)
            mask = cv2.GaussianBlur(lip_planes(lips)[0] - lip_planes(lips)[1], (0, 0), 0.7)
            frame, look = (p * (1 + mask.clip(0, 1)[..., None] * (tint - 1)) for p in (frame, look))
        if rng.random() < self.config.teeth:
            inside = cv2.GaussianBlur(lip_planes(lips)[1], (0, 0), rng.uniform(0.4, 0.9))
            bright = rng.uniform(0.4, 0.95) * rng.uniform(0.88, 1, 3) * np.ones_like(frame)
            frame = _laid(frame, bright.astype(np.float32), inside)
        if rng.random() < self.config.beard:
            paint, mask = _beard(lips, rng)
            frame, look = (_laid(p, paint, mask) for p in (frame, look))
        return frame.astype(np.float32), look.astype(np.float32)


def _warp(rng: Rng, common: tuple[bool, NDArray[np.float64], float], shift: float) -> Floats:
    """Return (2, 3): stored square -> the net's square, turned, stretched and shifted by chance."""
    flip, stretch, turn = common
    angle = np.radians(turn + rng.normal(0, 3))
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = spin @ np.diag(stretch * np.array([-1.0 if flip else 1.0, 1.0]))
    middle = np.full(2, (STORED_PIXELS - 1) / 2)
    at = np.full(2, (SQUARE_PIXELS - 1) / 2) + rng.normal(0, shift / 2, 2)
    return np.column_stack([linear, at - linear @ middle]).astype(np.float32)


def _cut(pixels: Pixels, matrix: Floats) -> Floats:
    seen = cv2.warpAffine(
        pixels, matrix, (SQUARE_PIXELS, SQUARE_PIXELS), borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(seen, np.float32) / np.float32(255)


def _laid(under: Floats, paint: Floats, cover: Floats) -> Floats:
    mixed = under * (1 - cover[..., None]) + paint * cover[..., None]
    return np.asarray(mixed, np.float32)


def _moved(paint: Floats, cover: Floats, rng: Rng) -> tuple[Floats, Floats]:
    matrix = np.array([[1, 0, rng.normal(0, 1.0)], [0, 1, rng.normal(0, 1.0)]])
    size = (SQUARE_PIXELS, SQUARE_PIXELS)
    moved = cv2.warpAffine(paint, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32), np.asarray(
        cv2.warpAffine(cover, matrix, size), np.float32
    )


def _gain(rng: Rng, most: float) -> Floats:
    gain = np.exp(rng.uniform(-most, most)) * np.exp(rng.uniform(-most, most, 3) / 3)
    return gain.astype(np.float32)


def _light(rng: Rng, config: SampleConfig) -> Floats:
    """Return what the light multiplies a frame by, (64, 64, 3): level, colour, slope, a shadow."""
    light = np.ones((SQUARE_PIXELS, SQUARE_PIXELS, 3), np.float32) * _gain(rng, 0.5)
    if rng.random() < config.dark:
        light *= rng.uniform(0.03, 0.35)
    if rng.random() < 0.1:
        light *= rng.uniform(1.3, 2.5)
    y, x = np.mgrid[-1 : 1 : SQUARE_PIXELS * 1j, -1 : 1 : SQUARE_PIXELS * 1j]
    if rng.random() < 0.5:
        slope = (
            rng.uniform(-0.4, 0.4, (2, 3)) if rng.random() < 0.3 else rng.uniform(-0.5, 0.5, (2, 1))
        )
        light *= np.exp(slope[0] * x[..., None] + slope[1] * y[..., None]).astype(np.float32)
    if rng.random() < config.shadow:
        light *= _shadow(rng, x, y)
    return light


def _shadow(rng: Rng, x: NDArray[np.float64], y: NDArray[np.float64]) -> Floats:
    """Return a shadow's edge, bar, spot or leaves: 1 in the light, less in the dark."""
    turn, at = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.5)
    away = x * np.cos(turn) + y * np.sin(turn) - at
    if rng.random() < 0.3:
        away = np.hypot(x - rng.normal(0, 0.4), y - rng.normal(0, 0.4)) - rng.uniform(0.2, 0.9)
    elif rng.random() < 0.4:
        away = np.abs(away) - rng.uniform(0.1, 0.5)
    edge = np.exp(rng.uniform(np.log(0.02), np.log(0.6)))
    share = 1 / (1 + np.exp(-np.clip(away / edge * 4, -30, 30)))
    deep = rng.uniform(0.2, 0.85) * rng.uniform(0.85, 1.1, 3)
    return (1 - share[..., None] * (1 - deep)).astype(np.float32)


def _beard(lips: Floats, rng: Rng) -> tuple[Floats, Floats]:
    """Return (paint, cover) of a beard or moustache around the lips, which it leaves free."""
    middle = lips[:20].mean(0)
    wide = float(np.ptp(lips[:20, 0])) / 2
    grown = np.array([rng.uniform(1.1, 1.9), rng.uniform(0.9, 1.7)]) * wide
    at = middle + np.array([0, rng.uniform(-0.1, 0.4) * wide])
    y, x = np.mgrid[0:SQUARE_PIXELS, 0:SQUARE_PIXELS].astype(np.float32)
    away = np.hypot((x - at[0]) / grown[0], (y - at[1]) / grown[1])
    cover = np.clip((1 - away) * rng.uniform(2, 8), 0, 1)
    if rng.random() < 0.3:  # a moustache alone
        cover = cover * (y < middle[1])
    thread = rng.normal(0, 1, (SQUARE_PIXELS, SQUARE_PIXELS)).astype(np.float32)
    thread = cv2.GaussianBlur(thread, (0, 0), 0.6, sigmaY=rng.uniform(0.6, 2.5))
    thread = thread / max(float(thread.std()), 1e-6)
    cover = np.clip(cover * (rng.uniform(0.4, 1.0) + rng.uniform(0.05, 0.3) * thread), 0, 1)
    free = cv2.GaussianBlur(lip_planes(lips)[0], (0, 0), rng.uniform(0.5, 1.2))
    cover = (cover * (1 - np.clip(free * 1.2, 0, 1))).astype(np.float32)
    shade = np.array([0.1, 0.08, 0.07]) if rng.random() < 0.6 else rng.uniform(0.05, 0.7, 3) ** 1.5
    paint = shade * (1 + 0.35 * thread[..., None])
    return np.clip(paint, 0, 1).astype(np.float32), cover


def _sensed(frame: Floats, rng: Rng, much: float) -> Floats:
    """Send a picture 0..1 through lens, sensor and codec: blur, noise, JPEG, eight bits."""
    shown: NDArray[Any] = np.clip(frame, 0, 1)
    if rng.random() < 0.4 * much + 0.1:
        shown = cv2.GaussianBlur(shown, (0, 0), rng.uniform(0.3, 1.8))
    if rng.random() < 0.15:
        shown = cv2.GaussianBlur(shown, (0, 0), rng.uniform(0.4, 3), sigmaY=0.3)
    if rng.random() < 0.5:
        shown = shown + rng.normal(0, rng.uniform(0, 0.05) * much, shown.shape)
    codes = np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.5 * much:
        codes = compressed_jpeg(codes, int(rng.integers(15, 90)))
    return codes.astype(np.float32) / np.float32(255)


def compressed_jpeg(codes: Pixels, quality: int) -> Pixels:
    """Send one picture (h, w, 3) through JPEG at a quality of 1..100."""
    file = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)
