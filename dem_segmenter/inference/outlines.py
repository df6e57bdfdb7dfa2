"""Outlines that follow the surface's edges: a joint bilateral filter over probabilities, guided by elevation.

A network sees a wall's top and its foot through the same few pixels and is unsure within one or two of them, while the
raster itself says to the pixel where the wall stands. So a pixel's probability becomes the mean of those around it,
each weighted by how near it is and how alike its elevation is: roof with roof, ground with ground (Tomasi and Manduchi
1998, doi:10.1109/ICCV.1998.710815; with another image as guide, Petschnigg et al. 2004, doi:10.1145/1015706.1015777).
It runs on the raster's own pixels, which may be finer or coarser than those the network looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

#: Standard deviation of the weights over differences in elevation, metres: more than a survey's noise, less than an
#: eave is high. From 0.3 to 1 m, results hardly differ (docs/experiments.md, row 54).
LIKE_ELEVATION = 0.75

#: What a neighbour's weight has on top, however unlike its elevation. A pixel that is half roof and half ground is like
#: none around it, and would stay a speck on the outline.
UNLIKE = 0.05

#: Standard deviation of the weights over distance, as a share of the radius.
SPREAD = 0.6

#: Pixels along a radius up to which each is looked at. Where a raster is finer, only the next one and so many more are,
#: evenly spaced, as the network's part is small there. Without the next, neighbouring pixels would know nothing of each
#: other and outlines become ragged.
ALL_ALONG_RADIUS, SOME_ALONG_RADIUS = 6, 3

#: Columns that are worked on at a time: what is being added up should stay in the processor's cache.
BLOCK = 512


def neighbours(radius: float, pixel_size: tuple[float, float]) -> list[tuple[int, int, float]]:
    """Which pixels around one are averaged with it; of each pair on opposite sides, one.

    Args:
        radius: Metres.
        pixel_size: Across and down, metres.

    Returns:
        Rows down, columns to the right (or, negative, to the left) and the weight for the distance.
        Empty where no neighbour lies within the radius.
    """
    if radius <= 0:
        return []
    size_x, size_y = pixel_size
    # A few centimetres more: pixels of degrees are never quite what they were meant to be.
    reach = 1.02 * radius
    right = _along(reach, size_x)
    found = []
    for row in _along(reach, size_y):
        for col in [*(-col for col in reversed(right[1:])), *right]:
            square = (row * size_y) ** 2 + (col * size_x) ** 2
            if (row, col) > (0, 0) and square <= reach * reach:
                found.append((row, col, math.exp(-0.5 * square / (SPREAD * radius) ** 2)))
    return found


def _along(reach: float, size: float) -> list[int]:
    """Pixels along one axis up to ``reach``, both in metres: 0, 1 and multiples of a step."""
    most = int(reach / size)
    step = 1 if most <= ALL_ALONG_RADIUS else math.ceil(most / SOME_ALONG_RADIUS)
    return sorted({0, min(1, most), *range(0, most + 1, step)})


class OutlineFilter:
    """The filter for rows that stream by.

    Rows come out as many later as the radius is high. What comes out does not depend on how rows are cut into pieces.
    """

    def __init__(self, radii: Sequence[float], pixel_size: tuple[float, float]) -> None:
        """Start at the top.

        Args:
            radii: Metres, for each class; 0 leaves a class as it is.
            pixel_size: Across and down, metres.
        """
        self._passes = [
            ([k for k, other in enumerate(radii) if other == radius], offsets)
            for radius in sorted(set(radii))
            if (offsets := neighbours(radius, pixel_size))
        ]
        self._halo = max((row for _, offsets in self._passes for row, _, _ in offsets), default=0)
        self._rows: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._done = 0  # rows kept that have been handed out, for those below them

    def push(
        self, values: np.ndarray, known: np.ndarray, elevation: np.ndarray, *, last: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Add rows and take those whose neighbours are all there.

        Args:
            values: ``(K, n, W) float32``, the next rows of the probabilities.
            known: ``(n, W) bool``: where they, and the elevation, are known. What is not has no say.
            elevation: ``(n, W) float32, metres``.
            last: No more rows follow: hand out everything.

        Returns:
            ``(K, m, W) float32``, ``(m, W) bool`` and ``(m, W) float32, metres``, the next rows of all three; ``m`` may
            be 0 or more than ``n``.
        """
        if not self._passes:
            return values, known, elevation
        if self._rows is not None:
            values = np.concatenate([self._rows[0], values], axis=1)
            known = np.concatenate([self._rows[1], known])
            elevation = np.concatenate([self._rows[2], elevation])
        ready = len(known) if last else max(self._done, len(known) - self._halo)
        some = slice(self._done, ready)
        out, out_known, out_elevation = values[:, some], known[some], elevation[some]
        if ready > self._done:
            out = out.copy()
            for classes, offsets in self._passes:
                chosen, side = values[classes], max(abs(col) for _, col, _ in offsets)
                for left in range(0, known.shape[1], BLOCK):
                    start = max(0, left - side)
                    part = (..., slice(start, left + BLOCK + side))
                    smoothed = _smoothed(chosen[part], known[part], elevation[part], offsets)
                    inner = smoothed[:, some, left - start : left - start + BLOCK]
                    out[classes, :, left : left + BLOCK] = inner
        first = max(0, ready - self._halo)
        self._rows = values[:, first:].copy(), known[first:].copy(), elevation[first:].copy()
        self._done = ready - first
        return out, out_known, out_elevation


def _smoothed(
    values: np.ndarray, known: np.ndarray, elevation: np.ndarray, offsets: Sequence[tuple[int, int, float]]
) -> np.ndarray:
    """Weighted means of ``(K, H, W)`` values over each known pixel and its known neighbours."""
    height, width = known.shape
    all_known, counts = bool(known.all()), known.astype(np.float32)
    sums, weights = values * counts, counts.copy()
    for row, col, near in offsets:
        if row >= height or abs(col) >= width:
            continue
        # Each pair of pixels once, as its weight is the same seen from either.
        here = (slice(0, height - row), slice(max(0, -col), min(width, width - col)))
        there = (slice(row, height), slice(max(0, col), min(width, width + col)))
        weight = elevation[here] - elevation[there]
        weight *= weight
        weight *= np.float32(-0.5 / LIKE_ELEVATION**2)
        np.exp(weight, out=weight)
        weight += np.float32(UNLIKE)
        weight *= np.float32(near)
        if not all_known:
            weight *= counts[here]
            weight *= counts[there]
        for total, value in zip(sums, values, strict=True):
            total[here] += weight * value[there]
            total[there] += weight * value[here]
        weights[here] += weight
        weights[there] += weight
    return sums / np.maximum(weights, np.float32(1e-6))
