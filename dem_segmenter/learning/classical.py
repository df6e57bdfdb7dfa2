"""The answer a GIS user has without learning: height above a morphological ground, over a threshold, not rough."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..elevation.encoding import fill_unknown


def morphological_ground(z: np.ndarray, resolution: float, window: float) -> np.ndarray:
    """Ground as a morphological opening, after single low outliers were closed.

    Args:
        z: ``(H, W) float32, metres``, nothing unknown in it.
        resolution: Metres per pixel.
        window: Side of the opening, metres: wider than what stands on the ground.

    Returns:
        ``(H, W) float32, metres``.
    """
    side = max(3, 2 * round(window / resolution / 2) + 1)
    return ndimage.grey_opening(ndimage.grey_closing(z, size=(3, 3)), size=(side, side))


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
        roughness: Keep only ground whose median Laplacian over 3 m, in metres per metre of pixel, is below this, which
            is meant to drop trees; None keeps all.

    Returns:
        ``(H, W) uint8``: 1 building, 0 not, 255 unknown.
    """
    z = fill_unknown(elevation, valid)
    ground = morphological_ground(z, resolution, window)
    high = (z - ground > height) & valid
    if roughness is None:
        mask = ndimage.binary_opening(high, iterations=max(1, round(1.0 / resolution)))
    else:
        bumps = np.abs(ndimage.laplace(z)) / resolution
        smooth = ndimage.median_filter(bumps, size=max(3, 2 * round(1.5 / resolution) + 1)) < roughness
        cross = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), max(1, round(1.5 / resolution)))
        mask = ndimage.binary_opening(ndimage.binary_closing(high & smooth, cross) & high, cross)
    return np.where(valid, mask, 255).astype(np.uint8)
