"""G4G assembled: alignment, deformation, decoder (paper section 3, figure 1).

Cost as counted by the tests (a multiply-add is two operations): PAPER 23.5 million parameters, 277
GFLOP a frame and 101 GFLOP once a shot for the references; SMALL 4.8 million, 1.7 and 0.84 (at 156
x 120: 3.7 and 1.9).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network.deform import Deformation, deform, deform_pictures
from g4g_plugin.network.encoders import (
    LEAK_SLOPE,
    ImageEncoder,
    LandmarkEncoder,
    MelEncoder,
    ResidualBlock,
    ShapeEncoder,
    mask_source,
)
from g4g_plugin.network.inter import InterAlignment
from g4g_plugin.network.intra import IntraAlignment
from g4g_plugin.network.sketch import crop_size

SHAPE_PLANES = 3  # the wanted mouth as drawn: outer lips, inner lips, jaw line


@dataclass(frozen=True, slots=True)
class G4GConfig:
    """What a G4G network is made of; the defaults are the paper's, where it gives a figure."""

    mouth: int = (
        256  # M: 64, 96, 128, 256 -> crops of 104x80, 156x120, 208x160, 416x320 (section 4.4)
    )
    width: int = 64  # w; features have c = 4 w channels: the paper's 256
    dim: int = 256  # d of eq. 1-4
    audio: Literal["shape", "direct"] = (
        "shape"  # E_a hears the mouth-shape code, or the mel window as the paper does
    )
    codes: int = 12  # numbers of a mouth-shape code
    references: int = 5  # section 3.1.1
    stem: int = 7  # size of the first convolutions
    reference_blocks: int = 4
    align_blocks: int = 4
    align_pool: int = 1  # 2: align at an eighth of the size, a quarter of the cost
    decoder_blocks: int = 4
    # the references' own pixels are deformed too and shown to the decoder beside their features
    pixels: bool = False
    aligned: bool = (
        False  # those pixels are first warped to each frame's pose and wanted mouth by the mesh
    )
    planes: bool = True  # the wanted mouth drawn for the decoder; needs audio="shape"
    whole: bool = (
        True  # decode the whole crop; False: the mouth box alone, all that the matte lets through
    )
    # RGB heads at half and quarter size ("multi-scale mask"; the paper's ablation is against)
    supervision: bool = False

    def __post_init__(self) -> None:
        if self.mouth % 32 or self.mouth < 64:
            raise ValueError(
                f"a mouth box is a multiple of 32 and at least 64 pixels, not {self.mouth}"
            )
        if self.planes and self.audio != "shape":
            raise ValueError("a wanted mouth can be drawn from a shape code only")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the crop."""
        return crop_size(self.mouth)

    @property
    def region(self) -> tuple[int, int, int, int]:
        """(top, left, bottom, right) of what is decoded, crop pixels."""
        return (0, 0, *self.size) if self.whole else mouth_box(self.mouth)

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> G4GConfig:
        """Read what `to_json` wrote.

        Raises:
            EngineError: the config names another network.
        """
        names = {field.name for field in fields(cls)}
        try:
            return cls(**{k: v for k, v in value.items() if k in names})
        except (TypeError, ValueError) as err:
            raise EngineError(
                "These weights do not belong to a G4G network: {err}.",
                tr("Choose other weights."),
                err=err,
            ) from err


PAPER_CONFIG = G4GConfig()
SMALL_CONFIG = G4GConfig(
    mouth=64,
    width=32,
    dim=192,
    stem=3,
    reference_blocks=2,
    align_blocks=2,
    align_pool=2,
    decoder_blocks=3,
    pixels=True,
    aligned=True,
    whole=False,
)


class References(NamedTuple):
    """A shot's five references, encoded once: features i_r (S, c, H/4, W/4) and the pictures (S,
    15, H, W).
    """

    features: Tensor
    pictures: Tensor

    def each(self, frames: int) -> References:
        """Repeat every set for the frames it serves, one set after the other."""
        return References(*(part.repeat_interleave(frames, 0) for part in self))


class Result(NamedTuple):
    """What the generator gives: image (B, 3, h, w) of the region, 0..1, and the features the losses
    compare.
    """

    image: Tensor
    visual: Tensor  # (B, d) aligned visual feature
    audio: Tensor  # (B, d)
    landmarks: Tensor  # (B, d) l_r
    attributes: Tensor  # (B, d) the head of eq. 12 on the aligned feature
    deformed: Tensor  # (B, c) F_d, pooled
    coarse: tuple[Tensor, ...]  # RGB at half and quarter size, with `supervision`


class Decoder(nn.Module):
    """F_s and F_d to RGB: residual blocks told by [visual, audio], two pixel-shuffle steps, thin
    full-size layers.

    With `pixels`, each pixel is a mixture of what is painted and of the five deformed references:
    existing pixels are moved into place rather than made from scratch, as the paper puts it.
    """

    def __init__(self, config: G4GConfig) -> None:
        super().__init__()
        w, c = config.width, 4 * config.width
        drawn = SHAPE_PLANES if config.planes else 0
        lent = 3 * config.references if config.pixels else 0
        self.mix = nn.Conv2d(2 * c + drawn, c, 3, padding=1)
        self.blocks = nn.ModuleList(
            ResidualBlock(c, 2 * config.dim) for _ in range(config.decoder_blocks)
        )
        self.up_half = nn.Conv2d(c, 8 * w, 3, padding=1)
        self.at_half = nn.Conv2d(2 * w + drawn + 3 + lent, 2 * w, 3, padding=1)
        self.half_block = ResidualBlock(2 * w, 2 * config.dim)
        self.up_full = nn.Conv2d(2 * w, 4 * w, 3, padding=1)
        self.at_full = nn.Conv2d(w + drawn + 4 + lent, w, 3, padding=1)
        self.out = nn.Conv2d(w, 3, 3, padding=1)
        self.share = nn.Conv2d(w, config.references + 1, 3, padding=1) if config.pixels else None
        channels = (2 * w, c) if config.supervision else ()
        self.coarse = nn.ModuleList(nn.Conv2d(n, 3, 3, padding=1) for n in channels)

    def forward(
        self, maps: Tensor, code: Tensor, masked: Tensor, planes: Tensor | None, lent: Tensor | None
    ) -> tuple[Tensor, list[Tensor]]:
        """Return RGB (B, 3, h, w) 0..1 and the coarse ones.

        Args:
            maps: (B, 2c, h/4, w/4).
            code: (B, 2d).
            masked: (B, 4, h, w) source and mask.
            planes: (B, 3, h, w) of the wanted mouth.
            lent: (B, 15, h, w) the deformed references.
        """
        drawn = [] if planes is None else [planes]
        seen = [] if lent is None else [lent]
        at_half = [F.avg_pool2d(x, 2) for x in (masked[:, :3], *drawn, *seen)]
        x = self.mix(torch.cat([maps, *(F.avg_pool2d(p, 4) for p in drawn)], dim=1))
        for block in self.blocks:
            x = block(x, code)
        quarter = x
        x = F.pixel_shuffle(F.leaky_relu(self.up_half(x), LEAK_SLOPE), 2)
        x = self.half_block(self.at_half(torch.cat([x, *at_half], dim=1)), code)
        coarse = [head(y).sigmoid() for head, y in zip(self.coarse, (x, quarter), strict=False)]
        x = F.pixel_shuffle(F.leaky_relu(self.up_full(F.leaky_relu(x, LEAK_SLOPE)), LEAK_SLOPE), 2)
        x = F.leaky_relu(self.at_full(torch.cat([x, masked, *drawn, *seen], dim=1)), LEAK_SLOPE)
        painted = self.out(x).float().sigmoid()
        return (painted if lent is None else self._mixed(painted, x, lent)), coarse

    def _mixed(self, painted: Tensor, x: Tensor, lent: Tensor) -> Tensor:
        """Mix the painted picture with the deformed references, by shares found at every pixel."""
        if self.share is None:
            return painted
        shares = self.share(x).float().softmax(dim=1)
        pictures = torch.cat([painted, lent.float()], dim=1).unflatten(1, (-1, 3))
        return (shares[:, :, None] * pictures).sum(dim=1)


class G4G(nn.Module):
    """The generator of figure 1. No batch statistics anywhere: a frame's result never depends on
    its neighbours.
    """

    def __init__(self, config: G4GConfig) -> None:
        super().__init__()
        self.config = config
        c, d = 4 * config.width, config.dim
        self.source = ImageEncoder(3 + 2, config.width, config.stem)  # masked source, mask, sketch
        self.reference = ImageEncoder(
            3 * config.references, config.width, config.stem, config.reference_blocks
        )
        self.landmarks = LandmarkEncoder(config.width, d)
        shape = config.audio == "shape"
        self.audio: nn.Module = (
            ShapeEncoder(config.codes, d) if shape else MelEncoder(config.width, d)
        )
        self.intra = IntraAlignment(c, d, config.align_blocks, config.align_pool)
        self.inter = InterAlignment(d, 128)
        self.attributes = nn.Linear(d, d)
        self.deformation = Deformation(d, c + (config.references if config.pixels else 0))
        self.decoder = Decoder(config)

    def encode_references(self, references: Tensor) -> References:
        """Eq. 3, once per shot: five pictures (S, 15, H, W) 0..1."""
        return References(self.reference(references), references)

    def forward(
        self,
        source: Tensor,
        mask: Tensor,
        sketch: Tensor,
        audio: Tensor,
        reference: References,
        planes: Tensor | None = None,
    ) -> Result:
        """Make the mouths that `audio` says.

        Args:
            source: (B, 3, H, W).
            mask: (B, 1, H, W) 1 where hidden.
            sketch: (B, 1, H, W).
            audio: (B, 12) codes or (B, 16, 80) mel rows.
            reference: from `encode_references`, a set for each frame.
            planes: (B, 3, H, W) of the wanted mouth.
        """
        masked = torch.cat([mask_source(source, mask), mask], dim=1)
        i_s = self.source(torch.cat([masked, sketch], dim=1))
        landmarks = self.landmarks(sketch)
        visual = self.intra(i_s, reference.features, landmarks)
        heard = self.audio(audio)
        top, left, bottom, right = self.config.region
        quarter = (
            slice(None),
            slice(None),
            slice(top // 4, bottom // 4),
            slice(left // 4, right // 4),
        )
        full = (slice(None), slice(None), slice(top, bottom), slice(left, right))
        deformed, lent = self._deform(reference, visual, heard)
        deformed = deformed[quarter]
        drawn = None if planes is None else planes[full]
        maps = torch.cat([i_s[quarter], deformed], dim=1)
        image, coarse = self.decoder(
            maps, torch.cat([visual, heard], dim=1), masked[full], drawn, lent
        )
        pooled = deformed.mean(dim=(2, 3))
        return Result(
            image, visual, heard, landmarks, self.attributes(visual), pooled, tuple(coarse)
        )

    def _deform(
        self, reference: References, visual: Tensor, heard: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Eq. 11 on the features, channel by channel, and, with `pixels`, on the pictures, one map
        each.
        """
        scale, angle, shift = self.deformation.coefficients(visual, heard)
        c, region = reference.features.shape[1], self.config.region
        deformed = deform(reference.features, scale[:, :c], angle[:, :c], shift[:, :c])
        if not self.config.pixels:
            return deformed, None
        return deformed, deform_pictures(
            reference.pictures, scale[:, c:], angle[:, c:], shift[:, c:], region
        )

    def paste(self, image: Tensor, source: Tensor) -> Tensor:
        """Put the decoded region (B, 3, h, w) into its crop (B, 3, H, W)."""
        top, left, bottom, right = self.config.region
        return F.pad(
            image, (left, source.shape[3] - right, top, source.shape[2] - bottom)
        ) + source * (
            1
            - F.pad(
                torch.ones_like(image[:, :1]),
                (left, source.shape[3] - right, top, source.shape[2] - bottom),
            )
        )
