"""The answer a GIS user has without learning: height above a morphological ground, over a threshold, not rough."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..elevation.encoding import fill_unknown


def classical_buildings(
    elevation: np.ndarray,
    valid: np.ndarray,
    resolution: float,
    *,
    window: float = 60.0,
    height: float = 2.5,
    roughness: float | None = None,
) -> np.ndarray:
    """Buildings by a white top-hat (Weidner and Foerstner 1995, doi:10.1016/0924-2716(95)98236-S).

    Args:
        elevation: ``(H, W) float32, metres``.
        valid: ``(H, W) bool``.
        resolution: Metres per pixel.
        window: Side of the opening, metres.
        height: Least height above ground, metres.
        roughness: Drop objects whose inner roughness (median deviation of the Laplacian, metres) is above this, which
            is meant for trees; None keeps all.

    Returns:
        ``(H, W) uint8``: 1 building, 0 not, 255 unknown.
    """
    z = fill_unknown(elevation, valid)
    side = max(3, 2 * round(window / resolution / 2) + 1)
    ground = ndimage.grey_opening(ndimage.grey_closing(z, size=(3, 3)), size=(side, side))
    mask = ndimage.binary_opening((z - ground > height) & valid, iterations=max(1, round(1.0 / resolution)))
    if roughness is not None:
        bumps = np.abs(ndimage.laplace(z))
        labels, count = ndimage.label(mask)
        inner = np.where(ndimage.binary_erosion(mask, iterations=2), labels, 0)
        index = np.arange(1, count + 1)
        rough = np.nan_to_num(ndimage.median(bumps, inner, index), nan=np.inf) if count else np.zeros(0)
        mask = mask & np.concatenate([[True], rough <= roughness])[labels]
    return np.where(valid, mask, 255).astype(np.uint8)
