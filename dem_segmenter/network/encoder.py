"""The encoder: a plain vision transformer (timm's), tapped at four blocks; ours, or one trained elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from ..runtime import import_timm

#: What timm's plain ViTs have after their last block; no tapped feature passes through any of it.
AFTER_THE_BLOCKS = ("norm", "fc_norm", "attn_pool", "head", "head_dist", "pre_logits")


@dataclass(frozen=True)
class EncoderOptions:
    """What it takes to build an encoder.

    Attributes:
        model: timm model name of a plain ViT.
        channels: Channels of the elevation encoding.
        tile: Chip side in pixels the position embedding is made for; others are interpolated.
        blocks: Transformer blocks tapped, counted from 0 (the paper's 3, 5, 7 and 11); one may be tapped more
            than once.
        imported: Whether the weights were trained elsewhere: positions are then the weights' own, and nothing is
            built that comes after the last block.
    """

    model: str = "vit_tiny_patch16_224"
    channels: int = 7
    tile: int = 224
    blocks: tuple[int, ...] = (3, 5, 7, 11)
    imported: bool = False

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
            imported=bool(values.get("imported", False)),
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
        self.options = options
        self.vit = create_vit(options.model, channels=options.channels, tile=options.tile)
        if options.imported:
            drop_what_follows_the_blocks(self.vit)
        else:
            self._fix_positions()

    def _fix_positions(self) -> None:
        """Sine-cosine positions, as the masked autoencoder has them (He et al. 2022, section A.1).

        With few steps of pre-training, learned ones stay noise.
        """
        from timm.layers import build_sincos2d_pos_embed

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
            channels: ``(B, C, H, W) float``; H and W multiples of the patch side, and those of the tile for a model
                whose positions are tied to it (BEiT).

        Returns:
            One ``(B, width, H / patch, W / patch)`` tensor a tapped block. Each token is normalised to zero mean and
            unit variance over its channels: the residual stream grows from block to block, and the head begins with
            plain convolutions.
        """
        tapped = sorted(set(self.options.blocks))  # timm gives each once, in the order of the blocks
        maps = self.vit.forward_intermediates(
            channels, indices=tapped, norm=False, output_fmt="NCHW", intermediates_only=True
        )
        features = {
            block: functional.layer_norm(m.permute(0, 2, 3, 1), (m.shape[1],)).permute(0, 3, 1, 2).contiguous()
            for block, m in zip(tapped, maps, strict=True)
        }
        return [features[block] for block in self.options.blocks]

    def freeze(self) -> Encoder:
        """Put in evaluation mode and stop gradients."""
        self.eval()
        self.requires_grad_(False)
        return self


def create_vit(model: str, *, channels: int, tile: int | None = None) -> Any:
    """A plain ViT of timm's without classifier and with random weights.

    Args:
        model: timm model name of a plain ViT.
        channels: Of the input.
        tile: Side of the input in pixels; the model's own by default.
    """
    import_timm()
    import timm
    from timm.models import model_entrypoint
    from timm.models.beit import Beit

    options: dict[str, Any] = {"in_chans": channels, "num_classes": 0, "pretrained": False}
    if tile is not None:
        options["img_size"] = tile
    # BEiT's relative positions are a table for one tile side.
    if model_entrypoint(model).__module__ != Beit.__module__:
        options["dynamic_img_size"] = True
    return timm.create_model(model, **options)


def drop_what_follows_the_blocks(vit: Any) -> Any:
    """Remove what is only there to classify whole images, in place; returns the model."""
    for name in AFTER_THE_BLOCKS:
        if isinstance(getattr(vit, name, None), nn.Module):
            setattr(vit, name, nn.Identity())
    return vit


def width_of(model: str) -> int:
    """Channels of a timm ViT's features, without building its weights."""
    with torch.device("meta"):
        return int(create_vit(model, channels=3).embed_dim)
