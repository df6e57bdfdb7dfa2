"""The encoder: a plain vision transformer (timm's), tapped at four blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from ..runtime import import_timm


@dataclass(frozen=True)
class EncoderOptions:
    """What it takes to build an encoder.

    Attributes:
        model: timm model name of a plain ViT.
        channels: Channels of the elevation encoding.
        tile: Chip side in pixels the position embedding is made for; others are interpolated.
        blocks: Transformer blocks tapped, counted from 0 (the paper's 3, 5, 7 and 11).
    """

    model: str = "vit_tiny_patch16_224"
    channels: int = 6
    tile: int = 224
    blocks: tuple[int, ...] = (3, 5, 7, 11)

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""
        return {**asdict(self), "blocks": list(self.blocks)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> EncoderOptions:
        """Rebuild from a card's architecture; other keys are ignored."""
        return cls(
            model=str(values["model"]),
            channels=int(values["channels"]),
            tile=int(values["tile"]),
            blocks=tuple(int(b) for b in values["blocks"]),
        )


class Encoder(nn.Module):
    """A ViT whose tapped blocks are the features.

    Attributes:
        options: What it was built from.
        vit: The timm model, without classifier.
    """

    # timm is untyped.
    vit: Any

    def __init__(self, options: EncoderOptions) -> None:
        super().__init__()
        import_timm()
        import timm
        from timm.layers import build_sincos2d_pos_embed

        self.options = options
        self.vit = timm.create_model(
            options.model,
            pretrained=False,
            in_chans=options.channels,
            img_size=options.tile,
            dynamic_img_size=True,
            num_classes=0,
        )
        # Fixed sine-cosine positions, as the masked autoencoder has them (He et al. 2022, section A.1): with few
        # steps of pre-training, learned ones stay noise.
        grid = list(self.vit.patch_embed.grid_size)
        prefix = self.vit.num_prefix_tokens
        with torch.no_grad():
            self.vit.pos_embed.zero_()
            self.vit.pos_embed[0, prefix:] = build_sincos2d_pos_embed(grid, self.vit.embed_dim, interleave_sin_cos=True)
        self.vit.pos_embed.requires_grad_(False)

    @property
    def width(self) -> int:
        """Channels of each feature map."""
        return int(self.vit.embed_dim)

    @property
    def patch(self) -> int:
        """Patch side, which is the features' stride, in pixels."""
        return int(self.vit.patch_embed.patch_size[0])

    def forward(self, channels: torch.Tensor) -> list[torch.Tensor]:
        """Features of the tapped blocks.

        Args:
            channels: ``(B, C, H, W) float``; H and W multiples of the patch side.

        Returns:
            One ``(B, width, H / patch, W / patch)`` tensor a tapped block. Each token is normalised to zero mean and
            unit variance over its channels: the residual stream grows from block to block, and the head begins with
            plain convolutions.
        """
        maps = self.vit.forward_intermediates(
            channels, indices=list(self.options.blocks), norm=False, output_fmt="NCHW", intermediates_only=True
        )
        return [
            functional.layer_norm(m.permute(0, 2, 3, 1), (m.shape[1],)).permute(0, 3, 1, 2).contiguous() for m in maps
        ]

    def freeze(self) -> Encoder:
        """Put in evaluation mode and stop gradients."""
        self.eval()
        self.requires_grad_(False)
        return self
