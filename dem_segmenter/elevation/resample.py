"""Resampling between the input grid and the model grid, window by window.

Both directions use one separable filter: linear interpolation when going to a finer grid, and the same triangle
stretched to the coarser pixel (area-like averaging, no aliasing) when going to a coarser one; this is the antialiased
bilinear filter of image libraries. Unknown pixels carry no weight (normalised convolution, Knutsson and Westin 1993,
doi:10.1109/CVPR.1993.341081). The weights of an output pixel depend on its position in the whole grid and never on the
window that is read, so neighbouring windows agree exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AxisWeights:
    """Weights that make output pixels ``[start, stop)`` of one axis.

    Attributes:
        first: First input pixel needed.
        last: One past the last input pixel needed.
        matrix: ``(stop - start, last - first) float32``; rows sum to 1.
    """

    first: int
    last: int
    matrix: np.ndarray


def axis_weights(start: int, stop: int, ratio: float, size: int) -> AxisWeights:
    """Weights for output pixels ``[start, stop)``.

    Args:
        start: First output pixel.
        stop: One past the last output pixel.
        ratio: Input pixels per output pixel (above 1: going coarser).
        size: Number of input pixels on the whole axis.

    Returns:
        The input range needed, clipped to ``[0, size)``, and the weights over it.
    """
    radius = max(ratio, 1.0)
    centre = (np.arange(start, stop, dtype=np.float64) + 0.5) * ratio - 0.5
    first = int(np.clip(np.floor(centre[0] - radius), 0, size - 1))
    last = int(np.clip(np.ceil(centre[-1] + radius) + 1, first + 1, size))
    # Beyond the last pixel centre there is nothing to interpolate to: hold the edge value.
    centre = np.clip(centre, 0.0, size - 1.0)
    positions = np.arange(first, last, dtype=np.float64)
    matrix = np.maximum(0.0, 1.0 - np.abs(positions[None, :] - centre[:, None]) / radius)
    matrix /= matrix.sum(axis=1, keepdims=True)
    return AxisWeights(first, last, matrix.astype(np.float32))


def apply_weights(
    values: np.ndarray, valid: np.ndarray | None, rows: AxisWeights, cols: AxisWeights
) -> tuple[np.ndarray, np.ndarray]:
    """Resample one window.

    Args:
        values: ``(..., rows.last - rows.first, cols.last - cols.first) float32``; any unit.
        valid: The last two axes' shape, bool: which pixels are known; None means all.
        rows: Weights of the row axis.
        cols: Weights of the column axis.

    Returns:
        Resampled values ``(..., h, w) float32`` (0 where unknown) and ``(h, w) bool``, true where known pixels carry
        at least half of the weight.
    """
    if valid is None or valid.all():
        out = rows.matrix @ values.astype(np.float32, copy=False) @ cols.matrix.T
        return out, np.ones(out.shape[-2:], dtype=bool)
    weight = rows.matrix @ valid.astype(np.float32) @ cols.matrix.T
    # A local offset keeps float32 precision where elevations are large and few pixels are known.
    known = values[..., valid]
    offset = np.float32(known.mean(dtype=np.float64)) if known.size else np.float32(0)
    filled = np.where(valid, values - offset, np.float32(0))
    out = rows.matrix @ filled @ cols.matrix.T
    known_out = weight >= 0.5
    out = np.where(known_out, out / np.maximum(weight, 1e-6) + offset, np.float32(0))
    return out.astype(np.float32, copy=False), known_out


def resample(values: np.ndarray, valid: np.ndarray | None, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Resample a whole array to another number of pixels over the same ground.

    Args:
        values: ``(..., H, W) float32``.
        valid: ``(H, W) bool`` or None.
        shape: Output rows and columns.

    Returns:
        As `apply_weights`.
    """
    height, width = values.shape[-2:]
    rows = axis_weights(0, shape[0], height / shape[0], height)
    cols = axis_weights(0, shape[1], width / shape[1], width)
    window = (..., slice(rows.first, rows.last), slice(cols.first, cols.last))
    return apply_weights(values[window], None if valid is None else valid[window[1:]], rows, cols)
