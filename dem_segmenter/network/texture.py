"""How broken a surface is, pixel by pixel: crowns of trees are, roofs are not.

A deviation from the mean or from a plane is as large on a small house, with its eaves and its ridge, as in a crown. The
share of broken pixels in a window is not: edges and ridges are lines, leaves are everywhere.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

#: Where `ReliefEncoding` keeps its fine local relief, which is ``asinh(z / FINE_SCALE) / FINE_RANGE`` there.
FINE_RELIEF = 2
FINE_SCALE = 0.05
FINE_RANGE = math.asinh(60.0)

#: Metres of curvature from which a pixel is wholly broken: leaves differ by more, ridges count as one pixel each.
BROKEN = 1.0


class SurfaceTexture(nn.Module):
    """Two channels from the relief encoding: how broken each pixel is, and the mean of that in a window.

    Broken is the magnitude of the discrete Laplacian (five points) of fine local relief over `BROKEN`, at most 1. Fine
    relief is elevation less its smoothed self, whose own curvature is small beside that.
    """

    CHANNELS = 2

    def __init__(self, window: int) -> None:
        """Side of the window in pixels, odd."""
        super().__init__()
        if window < 1 or window % 2 == 0:
            raise ValueError(f"the window of texture is an odd number of pixels, not {window}")
        self.window = window

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """``(B, C, H, W) float`` of the relief encoding with logarithmic scaling to ``(B, 2, H, W) float32, 0..1``."""
        # Differences of metres, in full precision also where the rest of the head is not.
        z = FINE_SCALE * torch.sinh(channels[:, FINE_RELIEF : FINE_RELIEF + 1].float() * FINE_RANGE)
        z = functional.pad(z, (1, 1, 1, 1), mode="replicate")
        laplacian = (
            z[..., 1:-1, :-2] + z[..., 1:-1, 2:] + z[..., :-2, 1:-1] + z[..., 2:, 1:-1] - 4.0 * z[..., 1:-1, 1:-1]
        )
        broken = (laplacian.abs() / BROKEN).clamp(max=1.0)
        around = functional.avg_pool2d(broken, self.window, 1, self.window // 2, count_include_pad=False)
        return torch.cat([broken, around], dim=1)
