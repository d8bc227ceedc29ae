"""Things that come before a mouth, drawn with an exact mask: hands, microphones, cups, pens, hair,
letters, cloth, other heads, smoke.

Each drawer returns (paint (S, S, 3) float32 0..1, cover (S, S) float32 0..1) on a square canvas
whose middle is the mouth. They are drawn at twice the net's size, thin ones at four times, and
averaged, so that what is less than a pixel wide is half transparent, as a lens shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rng = np.random.Generator
Drawn = tuple[Floats, Floats]

CANVAS_PIXELS = 128  # pixels drawn; the net's square is half of it
THIN_SCALE = 2  # times that size thin things are drawn
SUBPIXEL_BITS = 4  # fractional bits of OpenCV's drawing
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 .,!?-:"
SKIN_COLOURS = np.array(
    [[0.90, 0.72, 0.60], [0.80, 0.60, 0.48], [0.62, 0.43, 0.33], [0.38, 0.25, 0.19]]
)
HAIR_COLOURS = np.array(
    [[0.06, 0.05, 0.05], [0.22, 0.14, 0.09], [0.5, 0.36, 0.2], [0.75, 0.62, 0.42]]
)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """What occluders are made of: the face's own colours (K, 3), textures (h, w, 3) uint8, other
    people's squares (h, w, 3) uint8.
    """

    skin: Floats
    textures: Sequence[NDArray[np.uint8]]
    heads: Sequence[NDArray[np.uint8]]


def _colour(rng: Rng) -> NDArray[np.float64]:
    kind = rng.random()
    if kind < 0.25:
        return np.full(3, rng.uniform(0.02, 0.15)) + rng.uniform(0, 0.05, 3)
    if kind < 0.4:
        return np.full(3, rng.uniform(0.8, 1.0)) - rng.uniform(0, 0.08, 3)
    if kind < 0.55:
        return np.full(3, rng.uniform(0.2, 0.8)) + rng.uniform(-0.05, 0.05, 3)
    return rng.uniform(0.02, 0.98, 3)


def _skin(palette: Palette, rng: Rng) -> NDArray[np.float64]:
    if rng.random() < 0.7 and len(palette.skin):
        base = palette.skin[rng.integers(len(palette.skin))].astype(np.float64)
    else:
        base = SKIN_COLOURS[rng.integers(len(SKIN_COLOURS))]
    return np.clip(base * rng.uniform(0.75, 1.25) * rng.uniform(0.93, 1.07, 3), 0.02, 1)


def _noise(rng: Rng, blur: float) -> Floats:
    step = max(1, int(blur / 2))  # a coarse field is drawn small and raised
    field = rng.normal(0, 1, (CANVAS_PIXELS // step, CANVAS_PIXELS // step)).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), blur / step)
    field = np.asarray(cv2.resize(field, (CANVAS_PIXELS, CANVAS_PIXELS)), np.float32)
    return field / max(float(field.std()), 1e-6)


def _surface(rng: Rng, colour: NDArray[np.float64], grain: float | None = None) -> Floats:
    """Shade a colour: a slope of light, large and fine texture."""
    y, x = np.mgrid[-1 : 1 : CANVAS_PIXELS * 1j, -1 : 1 : CANVAS_PIXELS * 1j]
    shade = 1 + rng.uniform(-0.35, 0.35) * x + rng.uniform(-0.35, 0.35) * y
    grain = rng.uniform(0, 0.12) if grain is None else grain
    rough = shade + grain * _noise(rng, rng.uniform(0.7, 3.0)) + 0.05 * _noise(rng, 8)
    return np.clip(colour[None, None] * rough[..., None], 0, 1).astype(np.float32)


def _texture(palette: Palette, rng: Rng) -> Floats:
    """Cut a piece of a photograph, or a shaded colour where there is none."""
    if not len(palette.textures) or rng.random() < 0.4:
        return _surface(rng, _colour(rng))
    source = palette.textures[int(rng.integers(len(palette.textures)))]
    side = int(rng.integers(40, min(source.shape[:2]) + 1))
    top = rng.integers(source.shape[0] - side + 1)
    left = rng.integers(source.shape[1] - side + 1)
    piece = cv2.resize(source[top : top + side, left : left + side], (CANVAS_PIXELS, CANVAS_PIXELS))
    tint = rng.uniform(0.6, 1.2, 3) if rng.random() < 0.5 else np.ones(3)
    return np.clip(np.asarray(piece, np.float32) / 255 * tint, 0, 1).astype(np.float32)


def _point(at: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(at[0]) * 2**SUBPIXEL_BITS), round(float(at[1]) * 2**SUBPIXEL_BITS)


def _capsule(
    a: NDArray[np.float64], b: NDArray[np.float64], radius: float
) -> tuple[Floats, Floats]:
    """Return (cover, how far across from the axis -1..1) of a stick from a to b."""
    y, x = np.mgrid[0:CANVAS_PIXELS, 0:CANVAS_PIXELS].astype(np.float32)
    along = b - a
    length = max(float(along @ along), 1e-6)
    t = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / length, 0, 1)
    dx, dy = x - a[0] - t * along[0], y - a[1] - t * along[1]
    away = np.hypot(dx, dy)
    side = (dx * -along[1] + dy * along[0]) / np.sqrt(length) / max(radius, 1e-6)
    cover = np.clip(radius - away + 0.5, 0, 1)
    return cover.astype(np.float32), np.clip(side, -1, 1).astype(np.float32)


def _place(rng: Rng, spread: float) -> NDArray[np.float64]:
    return np.array([CANVAS_PIXELS / 2, CANVAS_PIXELS / 2 - 4]) + rng.normal(0, spread, 2)


def hand(palette: Palette, rng: Rng) -> Drawn:
    """Draw a hand: fingers side by side, with a palm; shaded round, or flat with outlines."""
    paint = _surface(rng, _skin(palette, rng), rng.uniform(0, 0.05))
    cover = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS), np.float32)
    flat = rng.random() < 0.3
    turn, thick = rng.uniform(0, 2 * np.pi), rng.uniform(7, 17)
    way = np.array([np.cos(turn), np.sin(turn)])
    side = np.array([-way[1], way[0]])
    tip = _place(rng, 28) + way * rng.uniform(0, 20)
    light, dark = rng.uniform(-1, 1), rng.uniform(0.35, 0.8)
    fingers = int(rng.integers(1, 5))
    for k in range(fingers):
        a = tip + side * (k - (fingers - 1) / 2) * thick * rng.uniform(1.7, 2.2)
        a = a - way * rng.uniform(0, 12)
        b = a - way * rng.uniform(50, 90) + side * rng.uniform(-8, 8)
        part, across = _capsule(a, b, thick * rng.uniform(0.85, 1.1))
        round_ = 1 - 0.35 * across**2 + 0.18 * light * across
        shade = np.where(np.abs(across) > 0.86, dark, 1.0 if flat else round_)
        paint = paint * (1 - part[..., None] * (1 - shade[..., None]))
        cover = np.maximum(cover, part)
    if rng.random() < 0.75:
        centre = tip - way * rng.uniform(60, 90)
        axes = (round(thick * rng.uniform(2, 4)), round(thick * rng.uniform(2, 3.4)))
        palm = np.zeros_like(cover)
        cv2.ellipse(
            palm,
            _point(centre)[:2],
            (axes[0] << SUBPIXEL_BITS, axes[1] << SUBPIXEL_BITS),
            float(np.degrees(turn)),
            0,
            360,
            1.0,
            -1,
            cv2.LINE_AA,
            SUBPIXEL_BITS,
        )
        cover = np.maximum(cover, palm)
    return paint.astype(np.float32), cover


def stick(palette: Palette, rng: Rng) -> Drawn:
    """Draw a pen, straw, cigarette, spoon handle: long, thin, of one or several colours."""
    paint = _surface(rng, _colour(rng))
    turn = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(turn), np.sin(turn)])
    a = _place(rng, 16)
    b = a + way * rng.uniform(60, 140)
    radius = rng.uniform(1.6, 9)
    cover, across = _capsule(a, b, radius)
    paint = paint * (
        1 - 0.5 * across[..., None] ** 2 + 0.3 * rng.uniform(-1, 1) * across[..., None]
    )
    if rng.random() < 0.5:
        split = a + (b - a) * rng.uniform(0.1, 0.5)
        part, _ = _capsule(a, split, radius * rng.uniform(0.8, 1.1))
        paint = np.where(part[..., None] > 0.5, _surface(rng, _colour(rng)), paint)
    return np.clip(paint, 0, 1).astype(np.float32), cover


def microphone(palette: Palette, rng: Rng) -> Drawn:
    """Draw a microphone: a textured ball or foam on a stick, mostly dark, from below or aside."""
    paint, cover = stick(palette, rng)
    at = _place(rng, 22) + np.array([0, rng.uniform(0, 25)])
    radius = rng.uniform(13, 36)
    way = np.array([rng.normal(0, 0.8), 1.0])
    way /= np.linalg.norm(way)
    cover, across = _capsule(at, at + way * 130, radius * rng.uniform(0.35, 0.8))
    dark = np.full(3, rng.uniform(0.02, 0.3)) if rng.random() < 0.7 else _colour(rng)
    paint = _surface(rng, dark) * (1 - 0.5 * across[..., None] ** 2)
    y, x = np.mgrid[0:CANVAS_PIXELS, 0:CANVAS_PIXELS].astype(np.float32)
    away = np.hypot(x - at[0], (y - at[1]) * rng.uniform(0.75, 1.1)) / radius
    ball = np.clip((1 - away) * radius + 0.5, 0, 1).astype(np.float32)
    mesh = 1 + 0.3 * np.sin(x * rng.uniform(0.8, 2.2)) * np.sin(y * rng.uniform(0.8, 2.2))
    rough = mesh if rng.random() < 0.6 else 1 + 0.2 * _noise(rng, 1)
    colour = np.full(3, rng.uniform(0.02, 0.65)) if rng.random() < 0.75 else _colour(rng)
    head = colour * (rough * (1.25 - 0.9 * away**2).clip(0.2, 1.4))[..., None]
    paint = paint * (1 - ball[..., None]) + head * ball[..., None]
    return np.clip(paint, 0, 1).astype(np.float32), np.maximum(cover, ball)


def cup(palette: Palette, rng: Rng) -> Drawn:
    """Draw a cup, glass, can or bottle: a rounded box with a rim, shaded across."""
    wide, tall = rng.uniform(24, 60), rng.uniform(40, 110)
    taper, top = rng.uniform(0.7, 1.1), _place(rng, 20)
    corners = np.array([[-wide, 0], [wide, 0], [wide * taper, tall], [-wide * taper, tall]])
    turn = np.radians(rng.normal(0, 15))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = corners @ spin.T + top
    cover = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS), np.float32)
    cv2.fillPoly(
        cover,
        [np.rint(points * 2**SUBPIXEL_BITS).astype(np.int32)],
        1.0,
        cv2.LINE_AA,
        SUBPIXEL_BITS,
    )
    x = np.mgrid[0:CANVAS_PIXELS, 0:CANVAS_PIXELS][1].astype(np.float32)
    across = np.clip((x - top[0]) / wide, -1, 1)[..., None]
    paint = _texture(palette, rng) if rng.random() < 0.3 else _surface(rng, _colour(rng), 0.01)
    paint = paint * (1 - 0.45 * across**2 + 0.3 * rng.uniform(-1, 1) * across)
    rim = np.zeros_like(cover)
    axes = (round(wide * 2**SUBPIXEL_BITS), round(wide * rng.uniform(0.1, 0.3) * 2**SUBPIXEL_BITS))
    cv2.ellipse(
        rim, _point(top), axes, float(np.degrees(turn)), 0, 360, 1.0, -1, cv2.LINE_AA, SUBPIXEL_BITS
    )
    inside = _surface(rng, _colour(rng) * rng.uniform(0.3, 1))
    paint = paint * (1 - rim[..., None]) + inside * rim[..., None]
    return np.clip(paint, 0, 1).astype(np.float32), np.maximum(cover, rim)


def hair(palette: Palette, rng: Rng) -> Drawn:
    """Draw strands of hair: thin curves in a bundle or alone."""
    colour = HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))] * rng.uniform(0.6, 1.3)
    if rng.random() < 0.15:
        colour = np.full(3, rng.uniform(0.5, 0.9))
    cover = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS), np.float32)
    bundle = int(rng.choice([1, 2, 4, 10, 25]))
    start, end = rng.uniform(0, CANVAS_PIXELS, 2), _place(rng, 40)
    start[rng.integers(2)] = rng.choice([-5, CANVAS_PIXELS + 5])
    end = end + (end - start) * rng.uniform(0, 1)
    bend = rng.normal(0, 25, 2)
    spread = rng.uniform(1, 10)
    for _ in range(bundle):
        a, b = start + rng.normal(0, spread, 2), end + rng.normal(0, spread, 2)
        t = np.linspace(0, 1, 24)[:, None]
        middle = (a + b) / 2 + bend + rng.normal(0, spread, 2)
        curve = (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b
        thick = int(rng.choice([1, 2, 2, 3, 4]))
        line = [np.rint(curve * 2**SUBPIXEL_BITS).astype(np.int32)]
        cv2.polylines(
            cover, line, False, float(rng.uniform(0.7, 1)), thick, cv2.LINE_AA, SUBPIXEL_BITS
        )
    return _surface(rng, np.clip(colour, 0, 1), rng.uniform(0, 0.25)), cover


def letters(palette: Palette, rng: Rng) -> Drawn:
    """Draw one to three lines of text, with outline, shadow or box: subtitles, captions, logos."""
    paint = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS, 3), np.float32)
    cover = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS), np.float32)
    font = int(rng.choice([0, 1, 2, 3, 4, 5, 6, 7]))
    size, thick = rng.uniform(0.35, 2.4), int(rng.integers(1, 5))
    fill = np.ones(3) * rng.uniform(0.85, 1) if rng.random() < 0.6 else _colour(rng)
    edge = np.zeros(3) if rng.random() < 0.8 else _colour(rng)
    outline = thick + int(rng.integers(2, 7)) if rng.random() < 0.7 else 0
    step = size * rng.uniform(28, 40)
    y, slant = rng.uniform(10, CANVAS_PIXELS), rng.normal(0, 5)
    for _ in range(int(rng.integers(1, 4))):
        text = "".join(rng.choice(list(LETTERS), int(rng.integers(3, 22))))
        at = (int(rng.integers(-60, 60)), int(y))
        if rng.random() < 0.12:
            cover[max(int(y - step), 0) : int(y + step * 0.3)] = rng.uniform(0.5, 1)
            paint[max(int(y - step), 0) : int(y + step * 0.3)] = edge
        for colour, wide in ((edge, outline), (fill, thick)):
            if wide:
                drawn = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS), np.uint8)
                cv2.putText(drawn, text, at, font, size, 255, wide, cv2.LINE_AA)
                mask = drawn.astype(np.float32) / 255
                paint = paint * (1 - mask[..., None]) + colour * mask[..., None]
                cover = np.maximum(cover, mask)
        y += step
    turn = cv2.getRotationMatrix2D((CANVAS_PIXELS / 2, CANVAS_PIXELS / 2), float(slant), 1.0)
    paint = cv2.warpAffine(paint.astype(np.float32), turn, (CANVAS_PIXELS, CANVAS_PIXELS))
    cover = cv2.warpAffine(cover, turn, (CANVAS_PIXELS, CANVAS_PIXELS))
    opaque = rng.uniform(0.5, 1) if rng.random() < 0.2 else 1.0
    return np.asarray(paint, np.float32), np.asarray(cover * opaque, np.float32)


def thing(palette: Palette, rng: Rng) -> Drawn:
    """Draw anything: a polygon, ellipse or half of the picture of any colour or texture."""
    cover = np.zeros((CANVAS_PIXELS, CANVAS_PIXELS), np.float32)
    kind = rng.random()
    if kind < 0.35:
        count = int(rng.integers(3, 9))
        angles = np.sort(rng.uniform(0, 2 * np.pi, count))
        radii = rng.uniform(15, 65, count)
        points = _place(rng, 40) + np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None]
        cv2.fillPoly(
            cover, [np.rint(points * 16).astype(np.int32)], 1.0, cv2.LINE_AA, SUBPIXEL_BITS
        )
    elif kind < 0.65:
        axes = tuple(int(v * 16) for v in rng.uniform(10, 60, 2))
        turn = float(rng.uniform(0, 180))
        at = _point(_place(rng, 40))
        cv2.ellipse(cover, at, axes, turn, 0, 360, 1.0, -1, cv2.LINE_AA, SUBPIXEL_BITS)
    else:
        y, x = np.mgrid[0:CANVAS_PIXELS, 0:CANVAS_PIXELS].astype(np.float32)
        turn, at = rng.uniform(0, 2 * np.pi), _place(rng, 35)
        away = (x - at[0]) * np.cos(turn) + (y - at[1]) * np.sin(turn)
        away = away + _noise(rng, 12) * rng.uniform(0, 8)
        wide = rng.uniform(12, 60) if rng.random() < 0.4 else 1e3
        cover = np.clip(np.minimum(away, wide - away) + 0.5, 0, 1).astype(np.float32)
    paint = _texture(palette, rng)
    if rng.random() < 0.3:
        paint = _surface(rng, _skin(palette, rng), rng.uniform(0, 0.06))
    return paint, cover


def head(palette: Palette, rng: Rng) -> Drawn:
    """Let another person's head or shoulder pass: their picture in an ellipse or half a plane."""
    paint, cover = thing(palette, rng)
    if not len(palette.heads):
        return paint, cover
    other = palette.heads[int(rng.integers(len(palette.heads)))]
    scale = CANVAS_PIXELS / other.shape[0] * rng.uniform(0.8, 2.0)
    turn = cv2.getRotationMatrix2D(
        (other.shape[1] / 2, other.shape[0] / 2), float(rng.normal(0, 20)), scale
    )
    turn[:, 2] += _place(rng, 30) - np.array([other.shape[1], other.shape[0]]) / 2
    paint = cv2.warpAffine(
        other, turn, (CANVAS_PIXELS, CANVAS_PIXELS), borderMode=cv2.BORDER_REFLECT
    )
    return (np.asarray(paint, np.float32) / 255 * rng.uniform(0.7, 1.2)).clip(0, 1), cover


def smoke(palette: Palette, rng: Rng) -> Drawn:
    """Blow smoke: pale, soft, half transparent."""
    field = _noise(rng, rng.uniform(8, 22)) + 0.4 * _noise(rng, rng.uniform(3, 8))
    cover = np.clip((field + rng.uniform(-0.6, 0.6)) * rng.uniform(0.2, 0.5), 0, 0.9)
    colour = np.full(3, rng.uniform(0.55, 0.95)) + rng.uniform(-0.04, 0.04, 3)
    return _surface(rng, colour, 0.01), cover.astype(np.float32)


def strands(palette: Palette, rng: Rng) -> Drawn:
    """Draw a few single hairs or a lock, each thinner than two pixels, swept over the mouth."""
    cover = np.zeros((CANVAS_PIXELS * THIN_SCALE, CANVAS_PIXELS * THIN_SCALE), np.float32)
    middle = (_place(rng, 14) + rng.normal(0, 6, 2)) * THIN_SCALE
    turn, bend = rng.uniform(0, np.pi), rng.normal(0, 0.5)
    way = np.array([np.cos(turn), np.sin(turn)])
    side = np.array([-way[1], way[0]])
    long, spread = rng.uniform(35, 130) * THIN_SCALE, rng.uniform(0.5, 7) * THIN_SCALE
    for _ in range(int(rng.choice([1, 2, 3, 5, 8, 14]))):
        t = np.linspace(-1, 1, 30)[:, None]
        off = rng.normal(0, spread) + rng.normal(0, spread / 2) * t + bend * long * 0.2 * t**2
        curve = middle + way * t * long * rng.uniform(0.7, 1.0) / 2 + side * off
        thick = int(rng.choice([1, 2, 2, 3, 4]))
        line = [np.rint(curve * 2**SUBPIXEL_BITS).astype(np.int32)]
        cv2.polylines(
            cover, line, False, float(rng.uniform(0.7, 1)), thick, cv2.LINE_AA, SUBPIXEL_BITS
        )
    colour = HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))] * rng.uniform(0.5, 1.4)
    return _surface(rng, np.clip(colour, 0, 1), rng.uniform(0, 0.25)), _averaged(cover)


def whiskers(palette: Palette, rng: Rng) -> Drawn:
    """Draw the tips of a moustache that hang over lips and opening."""
    cover = np.zeros((CANVAS_PIXELS * THIN_SCALE, CANVAS_PIXELS * THIN_SCALE), np.float32)
    middle = np.array([CANVAS_PIXELS / 2, CANVAS_PIXELS / 2 - 6]) + rng.normal(0, 2.5, 2)
    half, count = rng.uniform(8, 26), int(rng.integers(6, 42))
    rise, fall = rng.uniform(2, 9), rng.uniform(6, 16)
    lean = rng.normal(0, 0.15)
    for x in np.sort(rng.uniform(-half, half, count)):
        top = middle + np.array([x, -rise + 0.004 * x * x * rng.uniform(0, 2)])
        down = fall * rng.uniform(0.5, 1.2)
        end = top + np.array([x * 0.05 * rng.normal(1, 1) + lean * down, down])
        a, b = _point(top * THIN_SCALE), _point(end * THIN_SCALE)
        thick = int(rng.choice([1, 2, 2, 3, 4]))
        cv2.line(cover, a, b, float(rng.uniform(0.7, 1)), thick, cv2.LINE_AA, SUBPIXEL_BITS)
    colour = HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))] * rng.uniform(0.5, 1.4)
    return _surface(rng, np.clip(colour, 0, 1), rng.uniform(0, 0.25)), _averaged(cover)


def pen(palette: Palette, rng: Rng) -> Drawn:
    """Draw a pen, straw, cigarette or thread that ends at the mouth: of two or three colours."""
    size = CANVAS_PIXELS * THIN_SCALE
    turn = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(turn), np.sin(turn)])
    a = _place(rng, 12) * THIN_SCALE
    b = a + way * rng.uniform(40, 140) * THIN_SCALE
    radius = np.exp(rng.uniform(np.log(0.6), np.log(5))) * THIN_SCALE
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    along = (x - a[0]) * way[0] + (y - a[1]) * way[1]
    across = (x - a[0]) * -way[1] + (y - a[1]) * way[0]
    inside = (along > 0) & (along < float((b - a) @ way))
    cover = np.clip(radius - np.abs(across) + 0.5, 0, 1) * inside
    paint = np.asarray(cv2.resize(_surface(rng, _colour(rng), 0.01), (size, size)), np.float32)
    for at in np.sort(rng.uniform(0, 60 * THIN_SCALE, int(rng.integers(0, 3))))[::-1]:
        paint[along < at] = _colour(rng)
    round_ = 1 - rng.uniform(0, 0.6) * np.clip(across / radius, -1, 1) ** 2
    paint = np.clip(paint * round_[..., None], 0, 1).astype(np.float32)
    small = cv2.resize(paint, (CANVAS_PIXELS, CANVAS_PIXELS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), _averaged(cover.astype(np.float32))


def subtitle(palette: Palette, rng: Rng) -> Drawn:
    """Draw subtitles as they lie over a face of few pixels: thin white or yellow letters with a
    dark edge.
    """
    size = CANVAS_PIXELS * THIN_SCALE
    paint, cover = np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
    font, scale = int(rng.choice([0, 1, 2, 3, 4])), rng.uniform(0.5, 2.2)
    thick = max(1, round(scale * rng.uniform(0.8, 2.2)))
    outline = thick + round(scale * rng.uniform(0, 5))
    fill = np.array([1.0, 1.0, rng.choice([1.0, 0.95, 0.25])]) * rng.uniform(0.8, 1)
    y = rng.uniform(0.2, 0.8) * size
    for _ in range(int(rng.integers(1, 3))):
        text = "".join(rng.choice(list(LETTERS), int(rng.integers(8, 34))))
        at = (int(rng.integers(-60, 20)) * THIN_SCALE, int(y))
        for colour, wide in ((np.zeros(3), outline), (fill, thick)):
            drawn = np.zeros((size, size), np.uint8)
            cv2.putText(drawn, text, at, font, scale, 255, wide, cv2.LINE_AA)
            mask = drawn.astype(np.float32) / 255
            paint = paint * (1 - mask[..., None]) + colour * mask[..., None]
            cover = np.maximum(cover, mask)
        y += scale * rng.uniform(30, 42)
    whole = cover[..., None]
    small = cv2.resize(paint * whole, (CANVAS_PIXELS, CANVAS_PIXELS), interpolation=cv2.INTER_AREA)
    seen = _averaged(cover)
    return (small / np.maximum(seen, 1e-3)[..., None]).astype(np.float32), seen


def _averaged(cover: Floats) -> Floats:
    small = cv2.resize(cover, (CANVAS_PIXELS, CANVAS_PIXELS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


DRAWERS: tuple[tuple[Callable[[Palette, Rng], Drawn], float], ...] = (
    (hand, 0.16),
    (microphone, 0.08),
    (cup, 0.09),
    (stick, 0.06),
    (pen, 0.11),
    (hair, 0.06),
    (strands, 0.11),
    (whiskers, 0.05),
    (letters, 0.07),
    (subtitle, 0.10),
    (thing, 0.09),
    (head, 0.05),
    (smoke, 0.04),
)


def occluder(palette: Palette, rng: Rng) -> Drawn:
    """Draw one of them by chance: (paint (64, 64, 3), cover (64, 64)), float32."""
    shares = np.array([share for _, share in DRAWERS])
    drawer = DRAWERS[rng.choice(len(DRAWERS), p=shares / shares.sum())][0]
    paint, cover = drawer(palette, rng)
    if rng.random() < 0.25:  # out of focus, or moving
        blur = rng.uniform(0.5, 4) * min(1.0, float(cover.mean()) * 8)  # a thin thing would vanish
        if blur > 0.2:
            paint = np.asarray(cv2.GaussianBlur(paint * cover[..., None], (0, 0), blur), np.float32)
            cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), blur), np.float32)
            paint = paint / np.maximum(cover, 1e-3)[..., None]
    half = (CANVAS_PIXELS // 2, CANVAS_PIXELS // 2)
    paint = cv2.resize(paint * cover[..., None], half, interpolation=cv2.INTER_AREA)
    cover = np.asarray(cv2.resize(cover, half, interpolation=cv2.INTER_AREA), np.float32)
    return (paint / np.maximum(cover, 1e-3)[..., None]).astype(np.float32), cover
