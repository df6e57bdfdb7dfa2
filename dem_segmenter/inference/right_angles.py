"""What stands among walls at right angles to each other: built, rather than grown.

Walls and eaves of a building are parallel or at right angles, so the directions in which its surface falls, taken four
times, are one direction. Around a crown of a tree the surface falls every way, and they cancel out. How nearly they
are one is their mean resultant length (Mardia and Jupp 2000, Directional Statistics, doi:10.1002/9780470316979). No
leaf has to be seen for it and no roof to be plane: it tells houses from trees on coarse grids, on smooth surfaces and
on ground that a network has never seen, where all that it learned of textures may be wrong.

It is evidence for or against each pixel, and a head's card says how much the logits of its classes gain by it.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..elevation.encoding import fill_unknown

#: Standard deviation of the window, metres: half a house and the ground around it. From 6 to 12 m results hardly differ
#: (docs/experiments.md, row 86).
AROUND = 9.0

#: Rise over run up to which a slope has no say, and by how much more it may count.
GENTLE, STEEPER = 0.4, 2.0

#: Least smoothing before slopes are taken, standard deviation in metres; a raster's own pixel where that is larger.
LEAST_SMOOTHING = 0.5

#: Resultant length that is evidence of nothing: forest has 0.03 to 0.1, trees in towns up to 0.25, houses 0.25 to 0.7.
NEUTRAL = 0.32

#: A bank falls one way, and so one is the resultant length of its directions themselves; the walls of a house face each
#: other. What falls one way is no evidence. The power leaves room for a window with more of one side of a house in it.
ONE_WAY = 4

#: Mean steepness beyond `GENTLE` from which evidence counts in full: the middle of a large roof is far from any wall.
ENOUGH = 0.15

#: Metres above the ground from which something stands; what is lower gains and loses nothing.
STANDING = 1.0

#: Metres around a pixel among which it must be in the upper half to gain: or outlines grow down their walls.
BESIDE = 1.5

#: Times that a moving average is taken, which together are nearly a Gaussian.
PASSES = 3


def right_angles(
    elevation: np.ndarray, valid: np.ndarray, height: np.ndarray, ground_resolution: float, pixel_size: float
) -> np.ndarray:
    """Evidence that what stands on a pixel is built.

    Args:
        elevation: ``(H, W) float32, metres``, on square pixels; anything where not valid.
        valid: ``(H, W) bool``: where elevation is known.
        height: ``(H, W) float32, metres`` above the ground.
        ground_resolution: Metres per pixel.
        pixel_size: Metres per pixel of the raster that elevation was resampled from.

    Returns:
        ``(H, W) float32``, -0.32 to 0.68: how far the mean resultant length of four times the directions of slopes is
        above `NEUTRAL`; 0 where nothing stands, nothing is steep, or elevation is unknown.
    """
    if not (valid & (height > STANDING)).any():
        return np.zeros(elevation.shape, np.float32)
    z = fill_unknown(elevation, valid)
    z = ndimage.gaussian_filter(
        z - z.mean(dtype=np.float64).astype(np.float32), _smoothing(ground_resolution, pixel_size), truncate=3.0
    )
    down, right = np.gradient(z, np.float32(ground_resolution))
    slope = np.hypot(down, right)
    weight = np.clip(slope - np.float32(GENTLE), 0.0, np.float32(STEEPER))
    # What is made up has no say, nor has the rim of gaps. A pixel that no return fell in is none.
    gaps = ndimage.binary_opening(~valid, np.ones((3, 3), bool))
    weight[~valid | ndimage.binary_dilation(gaps, np.ones((3, 3), bool))] = 0.0
    # The fourth power of the unit vector turns four times as far, without an angle being worked out.
    unit = (right + 1j * down) / np.maximum(slope, np.float32(1e-6))
    side = 2 * round(0.5 * np.sqrt(4.0 * (AROUND / ground_resolution) ** 2 + 1.0) - 0.5) + 1
    steep = _averaged(weight, side)
    one_way = np.minimum(_resultant(weight * unit, steep, side), 1.0)
    evidence = _resultant(weight * np.square(np.square(unit)), steep, side) - np.float32(NEUTRAL)
    evidence *= 1.0 - one_way**ONE_WAY
    evidence *= np.clip(steep / np.float32(ENOUGH), 0.0, 1.0) * np.clip(height - np.float32(STANDING), 0.0, 1.0)
    highest = ndimage.maximum_filter(height, 2 * round(BESIDE / ground_resolution) + 1)
    upper = np.clip((height - 0.5 * highest) / (0.25 * highest + np.float32(0.1)), 0.0, 1.0)
    return np.where(valid, np.where(evidence > 0.0, evidence * upper, evidence), 0.0).astype(np.float32)


def margin(ground_resolution: float, pixel_size: float) -> int:
    """Pixels of context around a window that evidence inside depends on; arguments as for `right_angles`."""
    side = np.sqrt(4.0 * (AROUND / ground_resolution) ** 2 + 1.0)
    return int(np.ceil(PASSES * side / 2 + 3.0 * _smoothing(ground_resolution, pixel_size))) + 4


def _smoothing(ground_resolution: float, pixel_size: float) -> float:
    """Standard deviation in pixels."""
    return max(LEAST_SMOOTHING, pixel_size) / ground_resolution


def _resultant(directions: np.ndarray, steep: np.ndarray, side: int) -> np.ndarray:
    """Mean resultant length around each pixel of ``(H, W) complex64`` directions times their weights."""
    length: np.ndarray = np.hypot(_averaged(directions.real, side), _averaged(directions.imag, side))
    return length / np.maximum(steep, np.float32(1e-3))


def _averaged(values: np.ndarray, side: int) -> np.ndarray:
    """``(H, W) float32`` smoothed over; what lies beyond the window counts as 0, in every part alike."""
    out = np.ascontiguousarray(values, np.float32)
    for _ in range(PASSES):
        out = ndimage.uniform_filter(out, side, mode="constant")
    return out


def with_evidence(probabilities: np.ndarray, evidence: np.ndarray, gains: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Probabilities after the logits of classes have gained ``gain * evidence``.

    Args:
        probabilities: ``(B, K, H, W) float32``: of classes, without the backgrounds that complement each head's.
        evidence: ``(B, H, W) float32``.
        gains: ``(K,) float32``, what the classes gain where evidence is 1.
        heads: ``(K,) int``, which head each class is of.

    Returns:
        As ``probabilities``. Those of a head whose classes gain nothing are what they were.
    """
    out = probabilities.copy()
    for head in np.unique(heads[gains != 0.0]):
        mine = heads == head
        before = probabilities[:, mine]
        # A softmax whose logits have gained something is the old one times its exponential, brought back to a sum of 1.
        odds = before * np.exp(gains[mine][None, :, None, None] * evidence[:, None])
        out[:, mine] = odds / (1.0 - before.sum(axis=1, keepdims=True) + odds.sum(axis=1, keepdims=True))
    return out
