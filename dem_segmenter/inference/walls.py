"""Where a surface drops from an object as steeply as a wall: buildings do nearly all around, raised ground does not.

An embankment, a dam, a terrace, a spoil heap is level, smooth and metres above the ground around it, as a large roof
is, and a network that sees a tile at a time takes some for roofs. Earth lies no steeper than its angle of repose, some
35 to 40 degrees (Terzaghi and Peck 1948, Soil Mechanics in Engineering Practice), so that it ends in a bank. A forest
ends in crowns, with the ground still further out and further down. A building ends in a wall: within a metre or two the
surface falls nearly all the way to the ground.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

#: Least height of a wall, metres.
HEIGHT = 1.5

#: Rise over run of the steepest bank, some 37 degrees: a wall is steeper.
STEEPEST_BANK = 0.75

#: How far to each side of an outline a wall may be, metres; never less than the next pixel.
REACH = 1.0

#: How far from an outline its surroundings go, metres.
AROUND = 6.0

#: Share of the drop to the lowest of the surroundings that a wall has.
SHARE = 0.5


def walls(mask: np.ndarray, elevation: np.ndarray, known: np.ndarray, pixel_size: tuple[float, float]) -> np.ndarray:
    """Pixels of a mask within `REACH` of a wall: from there, the surface drops to what is not of the mask.

    Args:
        mask: ``(H, W) bool``.
        elevation: ``(H, W) float32, metres``.
        known: ``(H, W) bool``: where it is known. What is not has no say.
        pixel_size: Across and down, metres.

    Returns:
        ``(H, W) bool``, part of the mask.
    """
    if not mask.any():
        return np.zeros(mask.shape, bool)
    sizes = tuple(reversed(pixel_size))
    near, far = zip(*(_reaches(size) for size in sizes), strict=True)
    top = ndimage.maximum_filter(np.where(mask & known, elevation, -np.inf), [2 * n + 1 for n in near])
    off = np.where(~mask & known, elevation, np.inf)
    drop = top - ndimage.minimum_filter(off, [2 * n + 1 for n in near])
    # Where nothing around is known, the drop is infinitely negative, and so is no wall.
    deepest = top - ndimage.minimum_filter(off, [2 * n + 1 for n in far])
    least = max(HEIGHT, STEEPEST_BANK * max(2 * n * size for n, size in zip(near, sizes, strict=True)))
    return np.asarray(mask & (drop >= least) & (drop >= SHARE * deepest))


def _reaches(size: float) -> tuple[int, int]:
    """`REACH` and `AROUND` in pixels of so many metres."""
    near = max(1, round(REACH / size))
    return near, max(near + 1, round(AROUND / size))


class WallFinder:
    """`walls` for rows that stream by, together with what has been decided about them.

    Rows come out later by what `walls` looks at. What comes out does not depend on how rows are cut into pieces.
    """

    def __init__(self, values: Sequence[int], pixel_size: tuple[float, float]) -> None:
        """Start at the top.

        Args:
            values: Values of the classes whose walls are looked for; where there are none, rows do not wait.
            pixel_size: Across and down, metres.
        """
        self._values, self._pixel_size = list(values), pixel_size
        self._halo = _reaches(pixel_size[1])[1]
        self._rows: tuple[np.ndarray, ...] | None = None
        self._done = 0  # rows kept that have been handed out, for those below them

    def push(
        self, rows: np.ndarray, sure: np.ndarray, elevation: np.ndarray, known: np.ndarray, *, last: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Add rows and take those whose surroundings are all there.

        Args:
            rows: ``(n, W) uint8``, the next rows of the mask.
            sure: ``(n, W) bool``, what else is known of these pixels; both come out as they were.
            elevation: ``(n, W) float32, metres``.
            known: ``(n, W) bool``: where it is known.
            last: No more rows follow: hand out everything.

        Returns:
            ``(m, W) uint8``, ``(m, W) bool`` and ``(m, W) bool``, where there are walls; ``m`` may be 0 or more than
            ``n``.
        """
        if not self._values:
            return rows, sure, np.zeros_like(sure)
        if self._rows is not None:
            above_rows, above_sure, above_elevation, above_known = self._rows
            rows, sure = np.concatenate([above_rows, rows]), np.concatenate([above_sure, sure])
            elevation, known = np.concatenate([above_elevation, elevation]), np.concatenate([above_known, known])
        ready = len(rows) if last else max(self._done, len(rows) - self._halo)
        some = slice(self._done, ready)
        found = np.zeros_like(sure[some])
        if ready > self._done:
            for value in self._values:
                found |= walls(rows == value, elevation, known, self._pixel_size)[some]
        out = rows[some], sure[some], found
        first = max(0, ready - self._halo)
        self._rows = rows[first:].copy(), sure[first:].copy(), elevation[first:].copy(), known[first:].copy()
        self._done = ready - first
        return out
