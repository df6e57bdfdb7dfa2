"""Telling a bare-earth model (DTM) from a first-surface model (DSM) while it streams by.

Roofs and trees bend the surface within a few metres; ground hardly does. What is counted is the share of pixels whose
second difference over 3 m, ``|z(-3 m) - 2 z(0) + z(+3 m)|``, exceeds 2.5 m along a row or a column. A second difference
is blind to slope, so that a hillside does not look like a town.

Measured on 27 labelled and 40 unlabelled places resampled to 0.75 m: first-surface models with buildings have 11 % and
more; 51 of 54 bare-earth models have less than 3 %. The three others, steep ground under cover, have 4 to 12 %.
Three of 48 first-surface models are below 3 %: a beach, crop plots and a treeless coast, where nothing is built either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Distance of the second difference and the bend that counts, metres.
DISTANCE, BEND = 3.0, 2.5

#: Share of bent pixels below which an elevation model looks like bare earth.
BARE_SHARE = 0.03

#: Fewer pixels than this say nothing.
MIN_PIXELS = 4096


@dataclass
class ReliefStatistics:
    """Counts over all windows seen so far.

    Attributes:
        pixels: Pixels whose second difference is known.
        bent: Those where it exceeds `BEND`.
    """

    pixels: int = 0
    bent: int = 0

    def add(self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float) -> None:
        """Count a window; windows may overlap.

        Args:
            elevation: ``(H, W) float32, metres``.
            valid: ``(H, W) bool``: where it is known.
            ground_resolution: Metres per pixel.
        """
        k = max(1, round(DISTANCE / ground_resolution))
        if min(elevation.shape) <= 2 * k:
            return
        inner, low, high = slice(k, -k), slice(None, -2 * k), slice(2 * k, None)
        centre = elevation[inner, inner]
        known = valid[inner, inner] & valid[low, inner] & valid[high, inner] & valid[inner, low] & valid[inner, high]
        down = np.abs(elevation[low, inner] - 2 * centre + elevation[high, inner])
        across = np.abs(elevation[inner, low] - 2 * centre + elevation[inner, high])
        self.pixels += int(np.count_nonzero(known))
        self.bent += int(np.count_nonzero(known & (np.maximum(down, across) > BEND)))

    @property
    def share(self) -> float:
        """Share of bent pixels, 0..1."""
        return self.bent / self.pixels if self.pixels else 0.0


def looks_like_bare_earth(relief: ReliefStatistics) -> bool:
    """Whether nothing stands on the ground: no roofs, no trees."""
    return relief.pixels >= MIN_PIXELS and relief.share < BARE_SHARE
