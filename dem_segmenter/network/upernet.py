"""The UperNet head on a plain ViT (Xiao et al. 2018, arXiv 1807.10221).

Follows the reference recipe for a masked autoencoder (MMSegmentation's Feature2Pyramid, UPerHead and FCNHead), with the
width as a parameter, and adds an optional thin detail path: the features have one vector per patch, a house is not much
larger than one, and the outline is what a footprint is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .texture import SurfaceTexture


@dataclass(frozen=True)
class HeadOptions:
    """What it takes to build a head.

    Attributes:
        features: Channels of each encoder feature map.
        width: Channels inside the head (512 in the reference recipe).
        classes: Classes, background included.
        levels: Feature maps read; the reference recipe's pyramid has four.
        pool_scales: Grid sizes of the pyramid pooling module.
        dropout: Before the classifier.
        detail: Channels of the detail path at half resolution; 0 leaves it out, as the reference recipe does.
        channels: Channels of the elevation encoding, which the detail path reads.
        texture: Side in pixels of the window that the detail path is told the surface's texture of (`SurfaceTexture`,
            which needs the relief encoding with logarithmic scaling); 0: it is not told.
    """

    features: int = 192
    width: int = 64
    classes: int = 2
    levels: int = 4
    pool_scales: tuple[int, ...] = (1, 2, 3, 6)
    dropout: float = 0.1
    detail: int = 32
    channels: int = 7
    texture: int = 0

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""
        return {**asdict(self), "pool_scales": list(self.pool_scales)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> HeadOptions:
        """Rebuild from a card's architecture; other keys are ignored."""
        known = {k: values[k] for k in cls.__dataclass_fields__ if k in values}
        known["pool_scales"] = tuple(known["pool_scales"])
        return cls(**known)


class ConvBlock(nn.Sequential):
    """Convolution without bias, batch normalisation, ReLU; "same" padding."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class FeaturePyramid(nn.Module):
    """Four maps of one stride to strides 1/4, 1/2, 1 and 2 of it (x4, x2, x1, x1/2)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.up4 = nn.Sequential(
            nn.ConvTranspose2d(features, features, 2, 2),
            nn.BatchNorm2d(features),
            nn.GELU(),
            nn.ConvTranspose2d(features, features, 2, 2),
        )
        self.up2 = nn.ConvTranspose2d(features, features, 2, 2)
        self.down2 = nn.MaxPool2d(2, 2)

    def forward(self, maps: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """``4 x (B, F, h, w)`` to ``(B, F, 4h, 4w), (B, F, 2h, 2w), (B, F, h, w), (B, F, h/2, w/2)``."""
        first, second, third, fourth = maps
        return [self.up4(first), self.up2(second), third, self.down2(fourth)]


def _pooled(x: torch.Tensor, cells: int) -> torch.Tensor:
    """``(B, F, h, w)`` to means over ``(B, F, cells, cells)``, as `adaptive_avg_pool2d`."""
    if x.device.type != "mps":
        return functional.adaptive_avg_pool2d(x, cells)
    return pooled_by_products(x, cells)  # Apple's refuses sizes that the cells do not divide, and ours are such


def pooled_by_products(x: torch.Tensor, cells: int) -> torch.Tensor:
    """The same by two products with matrices of averages."""

    def averages(size: int) -> torch.Tensor:
        weights = torch.zeros(cells, size)
        for cell in range(cells):
            first, last = cell * size // cells, -(-(cell + 1) * size // cells)
            weights[cell, first:last] = 1.0 / (last - first)
        return weights.to(x)

    return averages(x.shape[-2]) @ x @ averages(x.shape[-1]).T


class PyramidPooling(nn.Module):
    """Pyramid pooling module (Zhao et al. 2017, arXiv 1612.01105) with its bottleneck."""

    def __init__(self, features: int, width: int, scales: Sequence[int]) -> None:
        super().__init__()
        self.scales = tuple(scales)
        self.branches = nn.ModuleList(ConvBlock(features, width, 1) for _ in scales)
        self.bottleneck = ConvBlock(features + width * len(self.scales), width, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(B, F, h, w)`` to ``(B, width, h, w)``."""
        size = x.shape[-2:]
        pooled = [
            _resize(branch(_pooled(x, scale)), size) for scale, branch in zip(self.scales, self.branches, strict=True)
        ]
        return self.bottleneck(torch.cat([x, *pooled], dim=1))


class DetailPath(nn.Module):
    """A thin way around the patches, for outlines: channels at half and quarter resolution, merged with the head's map.

    Full resolution is packed into and out of half resolution (space to depth and back, Shi et al. 2016,
    arXiv 1609.05158): convolutions at full resolution would cost more than all the rest of the head.
    """

    def __init__(self, channels: int, width: int, detail: int, texture: int = 0) -> None:
        super().__init__()
        self.texture = SurfaceTexture(texture) if texture else None
        channels += SurfaceTexture.CHANNELS if texture else 0
        self.at_half = nn.Sequential(
            nn.PixelUnshuffle(2), ConvBlock(4 * channels, detail, 3), ConvBlock(detail, detail, 3)
        )
        self.at_quarter = nn.Sequential(
            ConvBlock(detail, 2 * detail, 3, stride=2), ConvBlock(2 * detail, 2 * detail, 3)
        )
        self.merge_quarter = ConvBlock(width + 2 * detail, 2 * detail, 3)
        self.merge_half = ConvBlock(3 * detail, detail, 3)

    def forward(self, channels: torch.Tensor, fused: torch.Tensor) -> torch.Tensor:
        """``(B, C, H, W)`` and the head's ``(B, width, h, w)`` to ``(B, detail, H / 2, W / 2)``."""
        if self.texture is not None:
            channels = torch.cat([channels, self.texture(channels).to(channels.dtype)], dim=1)
        half = self.at_half(channels)
        quarter = self.at_quarter(half)
        x = self.merge_quarter(torch.cat([_resize(fused, quarter.shape[-2:]), quarter], dim=1))
        return self.merge_half(torch.cat([_resize(x, half.shape[-2:]), half], dim=1))


class UperNetHead(nn.Module):
    """Feature maps (and the channels, for the detail path) to class logits."""

    def __init__(self, options: HeadOptions) -> None:
        super().__init__()
        if options.levels != 4:
            raise ValueError(f"the pyramid has four levels, not {options.levels}")
        self.options = options
        width = options.width
        self.pyramid = FeaturePyramid(options.features)
        self.pooling = PyramidPooling(options.features, width, options.pool_scales)
        self.laterals = nn.ModuleList(ConvBlock(options.features, width, 1) for _ in range(3))
        self.smooths = nn.ModuleList(ConvBlock(width, width, 3) for _ in range(3))
        self.fuse = ConvBlock(4 * width, width, 3)
        self.detail = DetailPath(options.channels, width, options.detail, options.texture) if options.detail else None
        self.dropout = nn.Dropout2d(options.dropout)
        # The detail path ends at half resolution: four classifiers a place, one for each pixel there.
        self.classify = (
            nn.Sequential(nn.Conv2d(options.detail, 4 * options.classes, 1), nn.PixelShuffle(2))
            if options.detail
            else nn.Conv2d(width, options.classes, 1)
        )

    def forward(self, features: Sequence[torch.Tensor], channels: torch.Tensor) -> torch.Tensor:
        """Class logits.

        Args:
            features: Four ``(B, F, h, w)`` maps of the encoder.
            channels: ``(B, C, H, W)``, what the encoder read.

        Returns:
            ``(B, classes, H, W)``, the precision of the last convolution.
        """
        levels = self.pyramid(features)
        tops = [lateral(level) for lateral, level in zip(self.laterals, levels[:3], strict=True)]
        tops.append(self.pooling(levels[3]))
        for i in (2, 1, 0):
            tops[i] = tops[i] + _resize(tops[i + 1], tops[i].shape[-2:])
        smoothed = [smooth(top) for smooth, top in zip(self.smooths, tops[:3], strict=True)] + [tops[3]]
        fused = self.fuse(torch.cat([_resize(s, smoothed[0].shape[-2:]) for s in smoothed], dim=1))
        if self.detail is not None:
            # Dropping whole maps of the thin path would drop the outline: drop the fused ones.
            return self.classify(self.detail(channels, self.dropout(fused)))
        return _resize(self.classify(self.dropout(fused)), channels.shape[-2:])


def start_from(head: UperNetHead, other: UperNetHead) -> None:
    """Copy another head's weights into a new head of the same shape; the classifier only if both tell as many classes.

    A head that is told the surface's texture may begin with one that is not: it says the same as that one at first.

    Args:
        head: To be filled.
        other: Trained on the same encoder.

    Raises:
        ValueError: The heads differ in more than their classes.
    """
    texture = other.options.texture or head.options.texture
    if replace(other.options, classes=head.options.classes, texture=texture) != head.options:
        raise ValueError(f"the heads differ: {other.options} and {head.options}")
    same = head.options.classes == other.options.classes
    weights = {k: v for k, v in other.state_dict().items() if same or not k.startswith("classify.")}
    if head.detail is not None and other.options.texture != texture:
        first = "detail.at_half.1.0.weight"  # reads the texture behind all other channels
        weight = torch.zeros_like(head.state_dict()[first])
        weight[:, : weights[first].shape[1]] = weights[first]
        weights[first] = weight
    head.load_state_dict(weights, strict=same)


class AuxiliaryHead(nn.Module):
    """The reference recipe's FCN head on the third feature map; helps training and is not kept."""

    def __init__(self, features: int, width: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(ConvBlock(features, width, 3), nn.Dropout2d(0.1), nn.Conv2d(width, classes, 1))

    def forward(self, features: Sequence[torch.Tensor], size: torch.Size) -> torch.Tensor:
        """Four ``(B, F, h, w)`` maps to ``(B, classes, *size)`` logits."""
        return _resize(self.body(features[2]), size)


def _resize(x: torch.Tensor, size: torch.Size) -> torch.Tensor:
    """Bilinear, pixel edges aligned."""
    if x.shape[-2:] == size:
        return x
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
