"""Pixels and outlines of a mask and a label compared, strip by strip, and the places where they differ most."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from rasterio.windows import Window
from scipy import ndimage

from ..learning.metrics import Counts, compare
from ..learning.scenes import UNKNOWN

#: Values of the error map.
REST, HIT, MISSED, INVENTED = 0, 1, 2, 3

#: Pixels of a strip: what is held at a time.
STRIP_PIXELS = 4_000_000
STRIP_ROWS = (64, 1024)

#: Side of the squares that are ranked by their errors, pixels; and how many of them are kept.
PLACE = 224
PLACES = 12

#: Rows of context that outlines need: one to see the neighbour, one within which two outlines agree.
CONTEXT = 2


@dataclass(frozen=True)
class BoundaryCounts:
    """Pixels of outlines; see `outline`.

    Attributes:
        labelled: Of the label.
        labelled_near: Those of them within 1 pixel of the mask's outline.
        found: Of the mask.
        found_near: Those of them within 1 pixel of the label's outline.
    """

    labelled: int = 0
    labelled_near: int = 0
    found: int = 0
    found_near: int = 0

    @property
    def f1(self) -> float:
        """Boundary F1 (Csurka et al. 2013, What is a good evaluation measure for semantic segmentation?, BMVC).

        The harmonic mean of the shares of both outlines that are within 1 pixel of the other; nan without outlines.
        """
        if not self.labelled and not self.found:
            return float("nan")
        if not self.labelled_near or not self.found_near:
            return 0.0
        precision, recall = self.found_near / self.found, self.labelled_near / self.labelled
        return 2 * precision * recall / (precision + recall)


@dataclass(frozen=True, order=True)
class Place:
    """A square of the raster.

    Attributes:
        wrong: Pixels missed and invented.
        row: Its first row.
        col: Its first column.
        rows: How many it has.
        cols: Likewise.
        counts: Its pixels.
    """

    wrong: int
    row: int
    col: int
    rows: int
    cols: int
    counts: Counts = field(compare=False)


@dataclass
class PixelComparison:
    """What a comparison found.

    Attributes:
        counts: Pixels.
        boundary: Outlines.
        worst: The squares with most errors, worst first.
    """

    counts: Counts
    boundary: BoundaryCounts
    worst: list[Place]


class Comparer:
    """Compares two rasters of any height."""

    def __init__(self, width: int, height: int, read: Callable[[Window], tuple[np.ndarray, np.ndarray]]) -> None:
        """Prepare.

        Args:
            width: Columns.
            height: Rows.
            read: Gives mask and label of a window, each ``(h, w) uint8``: 1 yes, 0 no, 255 unknown.
        """
        self._width, self._height, self._read = width, height, read
        self._counts, self._boundary = Counts(), BoundaryCounts()
        self._edges = [place_edges(size) for size in (height, width)]
        self._squares: dict[int, np.ndarray] = {}
        self._worst: list[Place] = []

    def strips(self) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """Go through the rasters.

        Yields:
            First row, mask, label, and error map ``(h, w) uint8`` of each strip.
        """
        rows = strip_rows(self._width)
        for start in range(0, self._height, rows):
            stop = min(start + rows, self._height)
            first, last = max(0, start - CONTEXT), min(self._height, stop + CONTEXT)
            mask, label = self._read(Window(0, first, self._width, last - first))
            inner = slice(start - first, stop - first)
            self._counts += compare(mask[inner], label[inner])
            self._boundary = _add(self._boundary, boundary_counts(mask, label, inner))
            errors = error_map(mask[inner], label[inner])
            self._rank(errors, start)
            yield start, mask[inner], label[inner], errors

    @property
    def result(self) -> PixelComparison:
        """What was found in the strips so far."""
        return PixelComparison(
            self._counts, self._boundary, sorted(self._worst, key=lambda p: (-p.wrong, p.row, p.col))
        )

    def _rank(self, errors: np.ndarray, start: int) -> None:
        """Count by squares; those that are complete are kept if they are among the worst."""
        stop = start + len(errors)
        tops, lefts = self._edges
        kinds = np.stack([np.add.reduceat(errors == kind, lefts[:-1], axis=1, dtype=np.int64) for kind in range(4)])
        for top, bottom in pairwise(tops.tolist()):
            if bottom <= start or top >= stop:
                continue
            part = kinds[:, max(top - start, 0) : bottom - start].sum(axis=1)
            self._squares[top] = self._squares.get(top, np.zeros_like(part)) + part
            if bottom <= stop:
                self._keep(top, bottom, self._squares.pop(top))

    def _keep(self, top: int, bottom: int, kinds: np.ndarray) -> None:
        """Rank a complete row of squares, ``(4, N) int64`` pixels of each kind."""
        for (left, right), (rest, hit, missed, invented) in zip(
            pairwise(self._edges[1].tolist()), kinds.T.tolist(), strict=True
        ):
            counts = Counts(hit, invented, missed, rest)
            place = Place(missed + invented, top, left, bottom - top, right - left, counts)
            if place.wrong:
                heapq.heappush(self._worst, place)
                if len(self._worst) > PLACES:
                    heapq.heappop(self._worst)


def place_edges(size: int) -> np.ndarray:
    """Where squares begin and end along an axis of ``size`` pixels, ``(N + 1,) int``; no sliver at the end."""
    edges = np.arange(0, size, PLACE)
    if len(edges) > 1 and size - edges[-1] < PLACE // 2:
        edges = edges[:-1]
    return np.append(edges, size)


def strip_rows(width: int) -> int:
    """Rows of a strip of a raster with so many columns."""
    return int(np.clip(STRIP_PIXELS // max(width, 1), *STRIP_ROWS))


def error_map(mask: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Where a mask is wrong.

    Args:
        mask: ``(h, w) uint8``: 1 yes, 0 no, 255 unknown.
        label: The same.

    Returns:
        ``(h, w) uint8``: 0 rightly nothing, 1 hit, 2 missed, 3 invented, 255 unknown.
    """
    table = np.array([[REST, MISSED], [INVENTED, HIT]], dtype=np.uint8)
    known = (mask != UNKNOWN) & (label != UNKNOWN)
    return np.where(known, table[(mask == 1).astype(np.intp), (label == 1).astype(np.intp)], UNKNOWN).astype(np.uint8)


def outline(yes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The outline of a class: its pixels with a neighbour, over an edge, that is known not to be of it.

    Args:
        yes: ``(h, w) bool``.
        known: ``(h, w) bool``; unknown pixels are no neighbours, nor is what lies beyond the array.
    """
    no = known & ~yes
    edge = np.zeros_like(yes)
    edge[1:] |= no[:-1]
    edge[:-1] |= no[1:]
    edge[:, 1:] |= no[:, :-1]
    edge[:, :-1] |= no[:, 1:]
    return yes & edge


def boundary_counts(mask: np.ndarray, label: np.ndarray, rows: slice) -> BoundaryCounts:
    """Count outlines.

    Args:
        mask: ``(h, w) uint8``, with `CONTEXT` rows around the rows that count.
        label: The same.
        rows: The rows that count.
    """
    known = (mask != UNKNOWN) & (label != UNKNOWN)
    found, truth = (outline((values == 1) & known, known) for values in (mask, label))
    cross = ndimage.generate_binary_structure(2, 1)  # all within a distance of 1
    near_found, near_truth = (ndimage.binary_dilation(edge, cross) for edge in (found, truth))
    return BoundaryCounts(
        labelled=int(np.count_nonzero(truth[rows])),
        labelled_near=int(np.count_nonzero((truth & near_found)[rows])),
        found=int(np.count_nonzero(found[rows])),
        found_near=int(np.count_nonzero((found & near_truth)[rows])),
    )


def _add(one: BoundaryCounts, other: BoundaryCounts) -> BoundaryCounts:
    return BoundaryCounts(
        one.labelled + other.labelled,
        one.labelled_near + other.labelled_near,
        one.found + other.found,
        one.found_near + other.found_near,
    )
