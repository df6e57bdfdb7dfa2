"""Masked-autoencoder pre-training of the encoder (He et al. 2022, arXiv 2111.06377)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from ..runtime import import_timm
from .encoder import Encoder


class Reconstruction(NamedTuple):
    """One pass.

    Attributes:
        loss: Scalar: mean squared error over masked patches.
        prediction: ``(B, patches, values)``, in the target's scale.
        mask: ``(B, patches) bool``, true where hidden.
    """

    loss: torch.Tensor
    prediction: torch.Tensor
    mask: torch.Tensor


class MaskedAutoencoder(nn.Module):
    """Encoder on the visible patches, a small decoder that draws the hidden ones.

    The target is each patch normalised per channel (He et al., "norm pix"), with a floor under the deviation so that
    flat ground does not become a picture of its noise, plus the patch's mean per channel, which the normalisation takes
    away and which tells a roof from a yard. Without the normalisation it is the patch as it is.
    """

    #: Floor under a patch's standard deviation, in the channels' unit.
    DEVIATION_FLOOR = 0.05
    #: Weight of a patch's mean, as if it were this many pixels.
    MEAN_WEIGHT = 16.0

    positions: torch.Tensor

    def __init__(
        self,
        encoder: Encoder,
        *,
        width: int = 128,
        depth: int = 2,
        heads: int = 4,
        mask_ratio: float = 0.75,
        normalise: bool = True,
    ) -> None:
        """Put a new decoder on an encoder.

        Args:
            encoder: To be trained.
            width: Channels of the decoder.
            depth: Its blocks.
            heads: Attention heads of each; a divisor of `width`.
            mask_ratio: Share of patches hidden.
            normalise: Whether the target is each patch normalised.
        """
        super().__init__()
        import_timm()
        from timm.layers import build_sincos2d_pos_embed
        from timm.models.vision_transformer import Block

        self.encoder = encoder
        self.mask_ratio, self.normalise = mask_ratio, normalise
        self.embed = nn.Linear(encoder.width, width)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, width))
        nn.init.normal_(self.mask_token, std=0.02)
        grid = list(encoder.vit.patch_embed.grid_size)
        self.register_buffer("positions", build_sincos2d_pos_embed(grid, width, interleave_sin_cos=True)[None])
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        channels = encoder.options.channels
        self.predict = nn.Linear(width, channels * (encoder.patch**2 + int(normalise)))

    @property
    def patch_count(self) -> int:
        """Patches of a chip."""
        return int(self.positions.shape[1])

    def patches(self, channels: torch.Tensor) -> torch.Tensor:
        """``(B, C, H, W)`` to ``(B, patches, C, patch * patch)``."""
        b, c, h, w = channels.shape
        p = self.encoder.patch
        x = channels.reshape(b, c, h // p, p, w // p, p)
        return x.permute(0, 2, 4, 1, 3, 5).reshape(b, (h // p) * (w // p), c, p * p)

    def target(self, channels: torch.Tensor) -> torch.Tensor:
        """What the decoder is to draw: ``(B, patches, values)``.

        Values are ``C * (patch * patch + 1)``, the mean last in each channel; ``C * patch * patch`` where nothing is
        normalised.
        """
        x = self.patches(channels)
        if not self.normalise:
            return x.flatten(2)
        mean, deviation = self._statistics(x)
        # The square root of the weight, because the loss squares it.
        return torch.cat([(x - mean) / deviation, mean * self.MEAN_WEIGHT**0.5], dim=-1).flatten(2)

    def rebuild(self, channels: torch.Tensor, seen: Reconstruction) -> torch.Tensor:
        """The chip with its hidden patches as they were drawn, for people to look at.

        A normalised target leaves the contrast of a patch open: it is taken from the original, as He et al. do.

        Args:
            channels: ``(B, C, tile, tile) float32``, the original.
            seen: What `forward` made of it.

        Returns:
            ``(B, C, tile, tile) float32``.
        """
        b, c, h, w = channels.shape
        p = self.encoder.patch
        x = self.patches(channels.float())
        drawn = seen.prediction.float().reshape(b, x.shape[1], c, -1)
        if self.normalise:
            _, deviation = self._statistics(x)
            drawn = drawn[..., :-1] * deviation + drawn[..., -1:] / self.MEAN_WEIGHT**0.5
        x = torch.where(seen.mask[..., None, None], drawn, x)
        return x.reshape(b, h // p, w // p, c, p, p).permute(0, 3, 1, 4, 2, 5).reshape(b, c, h, w)

    def _statistics(self, patches: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and deviation of each patch and channel."""
        deviation = (patches.var(-1, keepdim=True, unbiased=False) + self.DEVIATION_FLOOR**2).sqrt()
        return patches.mean(-1, keepdim=True), deviation

    def forward(
        self, channels: torch.Tensor, known: torch.Tensor | None = None, noise: torch.Tensor | None = None
    ) -> Reconstruction:
        """Hide patches, draw them, compare.

        Args:
            channels: ``(B, C, tile, tile) float32``.
            known: ``(B, tile, tile) bool``, where elevation is known; patches with gaps are not scored. None: all.
            noise: ``(B, patches) float``: the patches with the highest numbers are hidden. None: drawn here.
        """
        vit = self.encoder.vit
        # timm's own way to positions and to tokens in front, which differs from model to model.
        x = vit.norm_pre(vit._pos_embed(vit.patch_embed(channels)))
        prefix = vit.num_prefix_tokens
        front, x = x[:, :prefix], x[:, prefix:]
        batch, count, width = x.shape
        # Something is always hidden, and something seen, also of few patches.
        keep = max(1, min(round(count * (1.0 - self.mask_ratio)), count - 1))
        if noise is None:
            noise = torch.rand(batch, count, device=x.device)
        visible = noise.argsort(1)[:, :keep]
        mask = torch.ones(batch, count, dtype=torch.bool, device=x.device).scatter_(1, visible, False)
        x = torch.cat([front, torch.gather(x, 1, visible[..., None].expand(-1, -1, width))], dim=1)
        for block in vit.blocks:
            x = block(x)
        x = vit.norm(x)
        if isinstance(vit.norm, nn.Identity):  # of an imported encoder, which ends with its last block
            x = functional.layer_norm(x, (width,))
        x = self.embed(x)[:, prefix:]
        full = self.mask_token.to(x.dtype).expand(batch, count, -1)
        full = torch.scatter(full, 1, visible[..., None].expand(-1, -1, x.shape[-1]), x)
        full = full + self.positions
        for block in self.blocks:
            full = block(full)
        prediction = self.predict(self.norm(full)).float()
        error = ((prediction - self.target(channels.float())) ** 2).mean(-1)
        scored = mask.float()
        if known is not None:
            scored = scored * (self.patches(known[:, None].float()).amin((-1, -2)) > 0)
        return Reconstruction((error * scored).sum() / scored.sum().clamp(min=1.0), prediction, mask)
