"""From probabilities to the mask, row by row: classes are decided, and what cannot be of its class is dropped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .classes import OutputClass, decide, surely
from .cleanup import ObjectFilter, ObjectRule
from .walls import WallFinder
from .widths import WidthFilter


class MaskRows:
    """The mask for rows of probabilities that stream by.

    Rows come out later, by what decides about them: parts too wide for their class (`widths`), objects too small, sure
    of themselves nowhere, or large and without walls (`cleanup`).
    """

    def __init__(self, classes: Sequence[OutputClass], pixel_size: tuple[float, float]) -> None:
        """Start at the top.

        Args:
            classes: The ``K`` classes, and what is asked of their objects.
            pixel_size: Across and down, metres.
        """
        self._classes = list(classes)
        area = pixel_size[0] * pixel_size[1]
        self._walls = WallFinder([c.value for c in self._classes if c.walled > 0 or c.other_thresholds], pixel_size)
        self._widths = WidthFilter({c.value: c.max_width for c in self._classes}, pixel_size)
        self._objects = ObjectFilter(
            {c.value: ObjectRule.for_class(c.min_area, c.object_threshold, area, c.walled) for c in self._classes}
        )

    @property
    def walls(self) -> np.ndarray:
        """``(m, W) bool``, where the rows last handed out have walls; nowhere, where no class is asked about them."""
        return self._objects.walls

    def push(self, values: np.ndarray, known: np.ndarray, elevation: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Add rows and take those that are decided.

        Args:
            values: ``(K, n, W) float32, 0..1``, the next rows of the probabilities.
            known: ``(n, W) bool``.
            elevation: ``(n, W) float32, metres``.
            last: No more rows follow: hand out everything.

        Returns:
            ``(m, W) uint8``, the next rows: 0, a class's value, or 255 where unknown; ``m`` may be 0 or more than
            ``n``.
        """
        rows = decide(values, known, self._classes)
        sure = surely(values, rows, self._classes)
        rows, *planes = self._walls.push(rows, sure, elevation, known, last=last)
        rows, evidence = self._widths.push(rows, np.stack(planes), last=last)
        return self._objects.push(rows, *evidence, last=last)
