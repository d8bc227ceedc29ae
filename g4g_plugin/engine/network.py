"""The network renderer: the paper's generator on the shot's crops, its patches taken back to the
plate.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from g4g_plugin.core.crop import Crop, Crops, Patch, mouth_box, mouth_pixels
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.face import NOSE_BASE
from g4g_plugin.core.weight_files import BLEND_WEIGHTS
from g4g_plugin.core.words import tr
from g4g_plugin.engine import pool
from g4g_plugin.engine.adapted_weights import Adaptation
from g4g_plugin.engine.draw import Light, polygon
from g4g_plugin.engine.light import LEAST_WORTH, EvenCrops, place
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.network.encoders import reference_slots
from g4g_plugin.network.fusion import BlendNet, composite, soft_matte
from g4g_plugin.network.generator import G4G, G4GConfig, References
from g4g_plugin.network.mesh import OUTER_PLACES, ramp
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.sketch import (
    align_references,
    apply_matrix,
    crop_size,
    draw_hidden,
    draw_mouth,
    draw_sketch,
    scale_matrix,
)
from g4g_plugin.network.weights import fill, load_weights, read_card

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

# frames at a time; a short last batch is filled up, so that no frame's result knows how many there
# were
BATCH_FRAMES = 8
# share of the pool, nearest to the shot's own turn of the head, that references are taken from
POSE_SHARE = 0.5
POOL_FRAMES_LEAST = 60  # frames of the pool kept at least, so that open mouths are among them
# a region larger than the crop by more than 1 / this is first reduced by area, or it aliases
REDUCTION_LEAST = 0.6
# Pixels of the network: what it paints is good down to this size (standard deviation)
DETAIL_PIXELS = 1.8
# Shares of the mouth box: over which light may differ, over which pictures are compared
LIGHT_REACH, COMPARISON_REACH = (0.1, 0.012)
# Shares of the mouth box: skin around the lips that the network paints, softness of its end
LIP_MARGIN, LIP_SOFTNESS = (0.3, 0.1)
# Difference at which the agreement of network and native picture begins to fail, and has failed
DISAGREEMENTS = (0.03, 0.09)


class Lent(NamedTuple):
    """A shot's references: pictures (5, H, W, 3) and meshes (5, 478, 2) in network crop pixels, and
    encoded.
    """

    pictures: Floats
    meshes: Floats
    encoded: References


class NetworkRenderer:
    """Generates mouths with the paper's network; references are encoded once a shot."""

    def __init__(
        self,
        net: G4G,
        own: ShapeBasis,
        basis: ShapeBasis,
        device: torch.device,
        blend: BlendNet | None = None,
        alone: bool = False,
        keep_expression: float = 0.0,
    ) -> None:
        """Take the generator and the basis it was taught with (`own`), the basis codes come in, and
        a blend net.

        alone: the network's picture as it is, raised to the plate, without the native picture: for
        measuring the net. keep_expression: how much of the plate's own stays, 0..1.
        """
        self.net = net.to(device, memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
        self.blend = None if blend is None else blend.to(device).eval()
        self.own, self.basis, self.device, self.alone = own, basis, device, alone
        self.mouth, self.batch = net.config.mouth, BATCH_FRAMES
        self.keep_expression = keep_expression

    def render(self, crops: Crops, codes: Floats) -> Iterator[Patch]:
        """Yield a patch for each frame of `crops.track`; codes (N, 12) of `basis`, one for each of
        those frames.

        Raises:
            EngineError: the device has no room for even one frame.
        """
        if len(crops.track):
            even = EvenCrops(crops)
            yield from even.relit(self._painted(even, codes))

    def _painted(self, crops: EvenCrops, codes: Floats) -> Iterator[Patch]:
        native = NativeRenderer(self.basis, keep_expression=self.keep_expression)
        script = native.script(crops, codes)
        wanted, said = self.wanted(crops, codes, script.wanted)
        reference = self.encode(crops)
        frames, light = iter(crops), Light(script.dark)
        while some := list(islice(frames, self.batch)):
            done = int(np.searchsorted(crops.track.frames, some[0].frame))
            rows = slice(done, done + len(some))
            pixels, inputs = self.pictures(some, wanted[rows], said[rows], reference)
            for i, crop in enumerate(some):
                patch = raised(crop, pixels[i], inputs[i]["matte"][0], self.mouth)
                if self.alone:
                    yield patch
                    continue
                moved = overlaid(crop, native.frame(script, done + i, crop, light))
                yield refined(patch, moved, wanted[done + i][OUTER_PLACES], self.mouth)

    def wanted(
        self, crops: Crops, codes: Floats, shapes: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Return the mouths to be drawn, (N, 59, 2) plate pixels, and their codes (N, 12) in the
        net's own basis.

        Args:
            crops: the shot.
            codes: (N, 12) what the mouth says.
            shapes: canonical, where the native renderer has settled them already.
        """
        if shapes is None:
            native = NativeRenderer(self.basis, keep_expression=self.keep_expression)
            kept = crops.direction.own
            shapes = native.shapes(crops.track, crops.pool, codes, crops.rate, kept)
        points = self.basis.pose(crops.track.mesh).to_plate(shapes)
        rest = self.own.neutral(crops.pool.mesh)
        said = self.own.encode_points(self.own.pose(crops.track.mesh).to_canonical(points), rest)
        return points[..., :2].astype(np.float32), said

    def encode(self, crops: Crops) -> Lent:
        """Encode five of the person's own frames: the shot's reference work, done once."""
        lent = fetch_references(crops, self.own, self.net.config.references)
        warped = [to_network(crop, self.mouth) for crop in lent]
        pictures = np.stack([pixels for pixels, _ in warped])
        meshes = np.stack(
            [
                apply_matrix(matrix, crop.mesh)
                for crop, (_, matrix) in zip(lent, warped, strict=True)
            ]
        )
        stack = self._tensor(np.concatenate(list(pictures.transpose(0, 3, 1, 2)))[None])
        with torch.inference_mode(), autocast(self.device):
            return Lent(pictures, meshes, self.net.encode_references(stack))

    def pictures(
        self, crops: list[Crop], wanted: Floats, said: Floats, reference: Lent
    ) -> tuple[list[Floats], list[dict[str, Floats]]]:
        """Return what is made of up to `batch` frames, (H, W, 3) 0..1 each, and what the network
        was shown of them.

        Out of GPU memory, the batch is halved.

        Args:
            crops: the frames.
            wanted: (n, 59, 2) plate pixels.
            said: (n, 12) codes.
            reference: what is lent.
        """
        aligned = reference if self.net.config.aligned else None
        inputs = [
            network_inputs(c, w, self.mouth, aligned) for c, w in zip(crops, wanted, strict=True)
        ]
        pixels: list[Floats] = []
        while len(pixels) < len(crops):
            rows = range(len(pixels), min(len(pixels) + self.batch, len(crops)))
            try:
                pixels += list(
                    self._run(
                        [inputs[i] for i in rows], said[rows.start : rows.stop], reference.encoded
                    )
                )
            except torch.cuda.OutOfMemoryError as err:
                if self.batch == 1:
                    hint = tr("Close other programs that use the GPU, or {@choose_device_cpu}.")
                    raise EngineError(
                        "The GPU does not have enough memory for one frame.", hint
                    ) from err
                self.batch //= 2
                torch.cuda.empty_cache()
                log.warning("out of GPU memory; going on with %d frames at a time", self.batch)
        return pixels, inputs

    def _run(self, inputs: list[dict[str, Floats]], said: Floats, reference: References) -> Floats:
        """Run the nets on up to `batch` frames; (n, H, W, 3) 0..1."""
        full = [*range(len(inputs)), *[len(inputs) - 1] * (self.batch - len(inputs))]
        stacked = {
            name: self._tensor(np.stack([inputs[i][name] for i in full])) for name in inputs[0]
        }
        audio = torch.from_numpy(said[full]).to(self.device)
        source, matte = stacked["source"], stacked["matte"]
        planes = stacked["planes"] if self.net.config.planes else None
        with torch.inference_mode():
            with autocast(self.device):
                shared = reference.each(len(full))
                shared = shared._replace(pictures=stacked.get("lent", shared.pictures))
                image = self.net(
                    source, stacked["mask"], stacked["sketch"], audio, shared, planes
                ).image
            picture = self.net.paste(image.float(), source)
            if self.blend is not None:
                picture = self.blend.paint(composite(picture, source, matte), matte, source)
        return picture[: len(inputs)].permute(0, 2, 3, 1).float().cpu().numpy()

    def _tensor(self, planes: Floats) -> Tensor:
        return torch.from_numpy(planes).to(self.device, memory_format=torch.channels_last)


def open_renderer(
    generator: Path, basis: ShapeBasis, device: torch.device, adapted: Adaptation | None = None
) -> tuple[NetworkRenderer, str]:
    """Load generator, and the blend net beside it where its card says it helps; return (renderer,
    generator's SHA-256).

    adapted: what was learned of the person, added to the generator.

    Args:
        generator: its weights.
        basis: of the codes.
        device: where it runs.
        adapted: what was learned of the person, added to the generator.

    Raises:
        EngineError: missing or damaged weights, weights of another kind, or an adaptation of other
            weights.
    """
    state, config, digest = load_weights(generator)
    if config.get("kind") != "generator" or config.get("audio", "shape") != "shape":
        raise EngineError(
            "{generator} holds no generator that is driven by mouth shapes.",
            tr("Choose other weights."),
            generator=generator.name,
        )
    net = G4G(G4GConfig.from_json(config))
    state = state if adapted is None else adapted.changed(state, digest)
    fill(net, {k: v for k, v in state.items() if not k.startswith("shape.")}, generator.name)
    own = ShapeBasis.from_state({k: v.numpy() for k, v in state.items() if k.startswith("shape.")})
    blend = generator.with_name(BLEND_WEIGHTS)
    finishes = blend.is_file() and "network" in read_card(blend).get("finishes", ())
    return NetworkRenderer(net, own, basis, device, open_blend(blend) if finishes else None), digest


def open_blend(path: Path) -> BlendNet | None:
    """Load a blend net; None where there is no such file.

    Raises:
        EngineError: damaged weights, or weights of another kind.
    """
    if not path.is_file():
        return None
    state, config, _ = load_weights(path)
    if config.get("kind") != "blend":
        raise EngineError(
            "{path} holds no blend net.", tr("Install the weights again."), path=path.name
        )
    net = BlendNet(int(config["width"]))
    fill(net, state, path.name)
    return net


def fetch_references(crops: Crops, basis: ShapeBasis, count: int) -> list[Crop]:
    """Choose and decode references; those that turn out badly lit are replaced, a few times.

    Args:
        crops: the shot.
        basis: of the codes.
        count: how many.
    """
    for last in (False, False, True):
        frames = crops.pool.frames[pick_references(crops, basis, count)]
        decoded = {crop.frame: crop for crop in crops.fetch(np.unique(frames))}
        if last or not isinstance(crops, EvenCrops) or (crops.worth(frames) >= LEAST_WORTH).all():
            break
    return [decoded[int(frame)] for frame in frames]


def pick_references(crops: Crops, basis: ShapeBasis, count: int) -> NDArray[np.int64]:
    """Choose references: places in `crops.pool`, shut to open, of heads turned like the shot's, not
    badly lit.

    A place stands twice where the pool has fewer frames than there are slots.

    Args:
        crops: the shot.
        basis: of the codes.
        count: how many.
    """
    seen = crops.pool
    index = pool.thinned(seen)
    if isinstance(crops, EvenCrops):
        lit = crops.worth(seen.frames[index]) >= LEAST_WORTH
        index = index[lit] if lit.any() else index
    turned = pool.turns(basis.pose(seen.mesh[index]))
    middle = np.median(pool.turns(basis.pose(crops.track.mesh)), axis=0)
    keep = max(POOL_FRAMES_LEAST, int(POSE_SHARE * len(index)))
    near = index[np.sort(np.argsort(np.linalg.norm(turned - middle, axis=1), kind="stable")[:keep])]
    codes, _ = basis.encode(seen.mesh[near], basis.neutral(seen.mesh))
    return near[reference_slots(basis.aperture(codes), count)]


def to_network(crop: Crop, mouth: int) -> tuple[Floats, Floats]:
    """Warp a crop into the network's: ((H, W, 3) float32, (2, 3) matrix plate -> network crop)."""
    matrix = scale_matrix(crop.to_crop, mouth)
    height, width = crop_size(mouth)
    pixels, inside = np.ascontiguousarray(crop.pixels, np.float32), matrix.astype(np.float64)
    inside[:, 2] += inside[:, :2] @ np.asarray(crop.origin, np.float64)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < REDUCTION_LEAST:
        small = cv2.resize(
            pixels, None, fx=1.2 * scale, fy=1.2 * scale, interpolation=cv2.INTER_AREA
        )
        fx, fy = small.shape[1] / pixels.shape[1], small.shape[0] / pixels.shape[0]
        back = np.array([[1 / fx, 0, 0.5 / fx - 0.5], [0, 1 / fy, 0.5 / fy - 0.5], [0, 0, 1]])
        pixels, inside = np.asarray(small, np.float32), inside @ back
    warped = cv2.warpAffine(
        pixels, inside, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.clip(np.asarray(warped, np.float32), 0, 1), matrix


def network_inputs(
    crop: Crop, wanted: Floats, mouth: int, lent: Lent | None = None
) -> dict[str, Floats]:
    """Return source (3, H, W), mask, sketch, matte (1, H, W) and planes (3, H, W), float32.

    With `lent` also the references (15, H, W) warped to this frame and its wanted mouth.

    Args:
        crop: the frame.
        wanted: (59, 2) plate pixels.
        mouth: side of the mouth box in the network's picture, pixels.
        lent: the references.
    """
    pixels, matrix = to_network(crop, mouth)
    mesh, points = apply_matrix(matrix, crop.mesh), apply_matrix(matrix, wanted)
    moved = (
        {}
        if lent is None
        else {"lent": align_references(lent.pictures, lent.meshes, mesh, points, mouth)}
    )
    return moved | {
        "source": np.ascontiguousarray(pixels.transpose(2, 0, 1)),
        "mask": draw_hidden(float(mesh[NOSE_BASE, 1]), mouth)[None].astype(np.float32),
        "sketch": draw_sketch(mesh, mouth)[None].astype(np.float32) / np.float32(255),
        "planes": draw_mouth(points, mouth).astype(np.float32) / np.float32(255),
        "matte": soft_matte(mesh, points, mouth)[None],
    }


def overlaid(crop: Crop, patch: Patch) -> Crop:
    """Return a crop with a patch laid on it."""
    pixels, area = crop.pixels.astype(np.float32), place(patch, crop)
    pixels[area] += patch.matte[..., None] * (patch.pixels - pixels[area])
    return replace(crop, pixels=pixels)


def raised(crop: Crop, made: Floats, matte: Floats, mouth: int) -> Patch:
    """Raise a made picture and its matte to the plate's own pixels, over the mouth box.

    Args:
        crop: the frame.
        made: (H, W, 3).
        matte: (H, W).
        mouth: side of the mouth box in them, pixels.
    """
    box = plate_box(crop, mouth)
    left, top, right, bottom = box
    matrix = scale_matrix(crop.to_crop, mouth).astype(np.float64)
    matrix[:, 2] += matrix[:, :2] @ (left, top)

    def taken(picture: Floats, how: int) -> Floats:
        size, flags = (right - left, bottom - top), how | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.clip(np.asarray(warped, np.float32), 0, 1)

    soft = taken(matte, cv2.INTER_LINEAR)
    soft[[0, -1]] = soft[:, [0, -1]] = 0  # a patch ends where its matte does
    pixels = taken(np.ascontiguousarray(made), cv2.INTER_CUBIC)
    return Patch(crop.frame, pixels, soft, np.array([[1, 0, left], [0, 1, top]], np.float32))


def refined(patch: Patch, moved: Crop, lips: Floats, mouth: int) -> Patch:
    """Give a raised patch what the network cannot hold.

    Lips and what they show are the patch's in light, colour and form; what is finer than
    `DETAIL_PIXELS` of the network's pixels is the native picture's, as far as both show the same
    there (`agreement`). Skin is the native picture's wholly: the person's own, moved.

    Args:
        patch: raised.
        moved: the crop as the native renderer made it.
        lips: (n, 2) their outline as wanted, plate pixels.
        mouth: side of the mouth box in the network's picture, pixels.
    """
    native = np.asarray(moved.pixels[place(patch, moved)], np.float32)
    size = mouth_pixels(moved.to_crop)
    coarse, seen = (
        _soft(picture, DETAIL_PIXELS * size / mouth) for picture in (patch.pixels, native)
    )
    share = agreement(seen, coarse, size)[..., None]
    inside = np.clip(coarse + share * (native - seen) + (1 - share) * (patch.pixels - coarse), 0, 1)
    area = lip_area(lips - patch.to_plate[:, 2], native.shape[:2], size)[..., None]
    return replace(patch, pixels=(native + area * (inside - native)).astype(np.float32))


def lip_area(lips: Floats, shape: tuple[int, ...], size: float) -> Floats:
    """Return where lips and a little skin around them are, (h, w) 0..1.

    Args:
        lips: (n, 2) their outline.
        shape: (h, w) of the answer.
        size: side of the mouth box.
    """
    reach = 2 * round(LIP_MARGIN * size) + 1
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    drawn = cv2.dilate(polygon(lips, (0, 0, shape[1], shape[0])), ball)
    return _soft(drawn.astype(np.float32) / np.float32(255), LIP_SOFTNESS * size)


def agreement(one: Floats, other: Floats, size: float) -> Floats:
    """Return how far two pictures show the same at each place, (h, w) 0..1.

    An even difference in light or colour does not count.

    Args:
        one: (h, w, 3).
        other: (h, w, 3).
        size: side of the mouth box, plate pixels.
    """
    apart = one - other
    apart = _soft(np.abs(apart - _soft(apart, LIGHT_REACH * size)), COMPARISON_REACH * size)
    return 1 - np.asarray(ramp(apart.mean(axis=2), *DISAGREEMENTS), np.float32)


def _soft(picture: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.3, sigma)), np.float32)


def plate_box(crop: Crop, mouth: int) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom), plate pixels, of the mouth box as far as the crop shows
    it.
    """
    top, left, bottom, right = mouth_box(mouth)
    back = cv2.invertAffineTransform(scale_matrix(crop.to_crop, mouth).astype(np.float64))
    corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]], np.float32)
    at = apply_matrix(np.asarray(back, np.float32), corners)
    (x, y), (height, width) = crop.origin, crop.pixels.shape[:2]
    low, high = np.floor(at.min(axis=0)).astype(int), np.ceil(at.max(axis=0)).astype(int) + 1
    return max(low[0], x), max(low[1], y), min(high[0], x + width), min(high[1], y + height)


def autocast(device: torch.device) -> torch.autocast | nullcontext[None]:
    """Half precision where it is quick: CUDA always, the CPU where it knows bfloat16."""
    if device.type == "cuda":
        return torch.autocast(
            "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        )
    if device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return torch.autocast("cpu", torch.bfloat16)
    return nullcontext()
