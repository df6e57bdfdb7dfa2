"""What tells roofs from crowns of trees, pixel by pixel.

A deviation from the mean or from a plane around a pixel is as large on a small house, with its eaves and its ridge, as
in a crown. Two things are not: the share of broken pixels in a window, as edges and ridges are lines and leaves are
everywhere (`SurfaceTexture`); and the best plane that a pixel is part of, as each side of a roof is one and a crown has
none (`planarity`), which is so on coarse grids and smooth surfaces too, where no leaf is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

#: Where `ReliefEncoding` keeps its fine and its broad local relief, which is ``asinh(z / scale) / RELIEF_RANGE`` there.
FINE_RELIEF, FINE_SCALE = 2, 0.05
BROAD_RELIEF, BROAD_SCALE = 3, 0.1
RELIEF_RANGE = math.asinh(60.0)

#: Metres of curvature from which a pixel is wholly broken: leaves differ by more, ridges count as one pixel each.
BROKEN = 1.0

#: Side in pixels of the windows in which a plane is looked for: the side of a dormer at 0.5 m, of a shed at 0.75 m.
PLANE_WINDOW = 5

#: Metres from a plane below which the scale is linear, and from which a pixel is wholly uneven.
UNEVEN, WHOLLY_UNEVEN = 0.05, 0.35


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
        z = functional.pad(_metres(channels, FINE_RELIEF, FINE_SCALE), (1, 1, 1, 1), mode="replicate")
        laplacian = (
            z[..., 1:-1, :-2] + z[..., 1:-1, 2:] + z[..., :-2, 1:-1] + z[..., 2:, 1:-1] - 4.0 * z[..., 1:-1, 1:-1]
        )
        broken = (laplacian.abs() / BROKEN).clamp(max=1.0)
        around = functional.avg_pool2d(broken, self.window, 1, self.window // 2, count_include_pad=False)
        return torch.cat([broken, around], dim=1)


def planarity(channels: torch.Tensor) -> torch.Tensor:
    """How much a pixel is part of a plane: 1 on planes, 0 where a surface is uneven whichever way one looks at it.

    The root mean square of what a window's least-squares plane leaves unexplained, the least over all windows of
    `PLANE_WINDOW` that hold the pixel (taking the best of shifted windows is Kuwahara's way to leave edges alone, 1976,
    doi:10.1007/978-1-4684-0769-3_13), on a logarithmic scale from 0 to `WHOLLY_UNEVEN` metres.

    Args:
        channels: ``(B, C, H, W) float`` of the relief encoding with logarithmic scaling.

    Returns:
        ``(B, 1, H, W) float32, 0..1``.
    """
    deviation = _deviation_from_plane(_metres(channels, BROAD_RELIEF, BROAD_SCALE), PLANE_WINDOW)
    least = -_along_both(-deviation, PLANE_WINDOW, functional.max_pool2d, PLANE_WINDOW // 2)
    return 1.0 - (torch.log1p(least / UNEVEN) / math.log1p(WHOLLY_UNEVEN / UNEVEN)).clamp(max=1.0)


def _metres(channels: torch.Tensor, index: int, scale: float) -> torch.Tensor:
    """Local relief as it was before it was scaled: ``(B, 1, H, W) float32``."""
    # Differences of metres, in full precision also where the rest of the head is not.
    return scale * torch.sinh(channels[:, index : index + 1].float() * RELIEF_RANGE)


def _deviation_from_plane(z: torch.Tensor, side: int) -> torch.Tensor:
    """As `elevation.encoding.deviation_from_plane`: ``(B, 1, H, W) float32, metres`` in and out."""
    half = side // 2
    offsets = torch.arange(-half, half + 1, dtype=z.dtype, device=z.device)
    padded = functional.pad(z, (half, half, half, half), mode="replicate")
    left = (
        _along_both(padded * padded, side, functional.avg_pool2d)
        - _along_both(padded, side, functional.avg_pool2d) ** 2
    )
    ramp = offsets / side
    for along, across in (((1, side), (side, 1)), ((side, 1), (1, side))):
        covariance = functional.avg_pool2d(functional.conv2d(padded, ramp.view(1, 1, *along)), across, 1)
        left = left - covariance**2 / (offsets**2).mean()
    return left.clamp(min=0.0).sqrt()


def _along_both(x: torch.Tensor, side: int, pool: Callable[..., torch.Tensor], padding: int = 0) -> torch.Tensor:
    """A square window's maximum or mean, along rows and then along columns, which is several times faster."""
    return pool(pool(x, (1, side), 1, (0, padding)), (side, 1), 1, (padding, 0))
