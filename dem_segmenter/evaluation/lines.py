"""Road length found, missed and invented.

Completeness, correctness and quality as in Heipke, Mayer, Wiedemann and Jamet 1997, Evaluation of automatic road
extraction (IAPRS 32/3), and Wiedemann, Heipke, Mayer and Jamet 1998, Empirical evaluation of automatically extracted
road axes: the labelled length within a tolerance of a found line, the found length within it of a labelled line.

Lines are cut into pieces of about a pixel, and each piece counts by its middle, so that pieces where the label or the
mask is not known can be left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.source import first_line
from ..errors import RasterOpenError
from ..learning.places import Grid
from ..learning.scenes import UNKNOWN
from ..vectors.centerlines import centerlines
from .pixels import strip_rows

#: Beyond any raster, metres.
FAR = 1e9


@dataclass(frozen=True)
class LineCounts:
    """Lengths in metres, where both are known.

    Attributes:
        labelled: Labelled lines.
        found: The part of them that has a found line within the tolerance.
        predicted: Found lines.
        right: The part of them that has a labelled line within the tolerance.
        squares: Sum of length times squared distance of that part to the labelled lines, m3.
    """

    labelled: float = 0.0
    found: float = 0.0
    predicted: float = 0.0
    right: float = 0.0
    squares: float = 0.0

    @property
    def missed(self) -> float:
        """Labelled, but not found."""
        return self.labelled - self.found

    @property
    def invented(self) -> float:
        """Found, but not labelled."""
        return self.predicted - self.right

    @property
    def completeness(self) -> float:
        """Share of the labelled length that was found; nan without labelled lines."""
        return self.found / self.labelled if self.labelled else math.nan

    @property
    def correctness(self) -> float:
        """Share of the found length that is right; nan without found lines."""
        return self.right / self.predicted if self.predicted else math.nan

    @property
    def quality(self) -> float:
        """Right length by all length, found or missed; nan without any."""
        total = self.predicted + self.missed
        return self.right / total if total else math.nan

    @property
    def rms(self) -> float:
        """Root mean square distance of right found lines to labelled ones, metres."""
        return math.sqrt(self.squares / self.right) if self.right else math.nan


def mask_lines(mask: Path, grid: Grid, on_progress: Callable[[float], None]) -> np.ndarray:
    """The centrelines of a mask.

    Args:
        mask: Byte raster on the grid, 1 where the class is.
        grid: The grid.
        on_progress: Told the share done, 0..1; may raise to stop.

    Returns:
        ``(N,)`` of shapely line strings in pixels.
    """
    found = []
    for line in centerlines(mask):
        found.append(line.geometry)
        on_progress(min(1.0, (~grid.transform * line.geometry.coords[0])[1] / grid.height))
    lines = np.array(found, dtype=object)
    a, b, c, d, e, f = (~grid.transform)[:6]
    return shapely.transform(
        lines, lambda p: np.stack([a * p[:, 0] + b * p[:, 1] + c, d * p[:, 0] + e * p[:, 1] + f], axis=1)
    )


def compare_lines(
    labelled: np.ndarray, predicted: np.ndarray, errors: Path, grid: Grid, tolerance: float, check: Callable[[], None]
) -> LineCounts:
    """Compare two sets of lines.

    Args:
        labelled: ``(N,)`` of shapely line strings in pixels.
        predicted: The same.
        errors: The error map, 255 where either is unknown.
        grid: The grid.
        tolerance: Metres.
        check: Called now and then; may raise to stop.

    Raises:
        RasterOpenError: The error map cannot be read.
    """
    size = grid.metres_per_pixel()
    sides = [shapely.transform(lines, lambda points: points * size) for lines in (labelled, predicted)]
    trees = [shapely.STRtree(lines) for lines in sides]
    sums = np.zeros((2, 3))  # length, matched length, matched length times squared distance
    for start, known in _known_strips(errors, grid):
        check()
        top, bottom = start * size[1], (start + len(known)) * size[1]
        for index, tree in enumerate(trees):
            lines = sides[index][tree.query(shapely.box(-FAR, top, FAR, bottom))]
            points, lengths = pieces(lines, math.sqrt(size[0] * size[1]))
            columns, rows = np.floor(points / size).astype(np.int64).T
            here = (rows >= start) & (rows < start + len(known)) & (columns >= 0) & (columns < grid.width)
            here[here] = known[rows[here] - start, columns[here]]
            points, lengths = points[here], lengths[here]
            sums[index, 0] += lengths.sum()
            other = trees[1 - index]
            if len(points) and len(other.geometries):
                (matched, _), distance = other.query_nearest(
                    shapely.points(points), max_distance=max(tolerance, 1e-9), return_distance=True, all_matches=False
                )
                sums[index, 1] += lengths[matched].sum()
                sums[index, 2] += (lengths[matched] * distance**2).sum()
    return LineCounts(sums[0, 0], sums[0, 1], sums[1, 0], sums[1, 1], sums[1, 2])


def pieces(lines: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Cut lines into pieces.

    Args:
        lines: ``(N,)`` of shapely line strings, metres.
        step: Longest piece, metres.

    Returns:
        Middles ``(M, 2) float64, metres`` and lengths ``(M,) float64, metres``.
    """
    points, line = shapely.get_coordinates(shapely.segmentize(lines, step), return_index=True)
    same = line[1:] == line[:-1]
    one, other = points[:-1][same], points[1:][same]
    return (one + other) / 2.0, np.hypot(*(other - one).T)


def _known_strips(errors: Path, grid: Grid) -> Iterator[tuple[int, np.ndarray]]:
    """First row and ``(h, w) bool`` of each strip: where mask and label are known."""
    rows = strip_rows(grid.width)
    try:
        with rasterio.open(errors) as dataset:
            for start in range(0, grid.height, rows):
                window = Window(0, start, grid.width, min(rows, grid.height - start))
                yield start, dataset.read(1, window=window) != UNKNOWN
    except GDAL_ERRORS as error:
        raise RasterOpenError(f"A scratch file cannot be read: {first_line(error)}.", "Run it again.") from error
