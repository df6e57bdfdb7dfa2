"""Chips of a DEM that nobody has labelled yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from rasterio.windows import Window

from ..elevation.source import DemSource
from ..events import Reporter
from .placed_chips import PlacedChip, cells, read_chip

#: A candidate may overlap labelled ground by this share of its area.
MOST_OVERLAP = 0.5

#: Share of a candidate that must be known: what hardly shows anything looks new to a model, with nothing to label.
LEAST_KNOWN = 0.5


def unlabelled_chips(
    dem: DemSource,
    labelled: Sequence[shapely.Polygon],
    *,
    side: float,
    margin: float,
    most: int,
    rng: np.random.Generator,
    reporter: Reporter,
    within: Window | None = None,
) -> list[PlacedChip]:
    """Chips side by side that do not lie on labelled ground, in random order.

    Args:
        dem: Open.
        labelled: Ground to leave out: polygons in the DEM's pixels, which may overlap.
        side: Of a chip, metres.
        margin: Ground kept around it, metres.
        most: Stop after so many.
        rng: Which come first.
        reporter: For cancelling.
        within: Part of the DEM to look at.
    """
    windows = cells(dem, within or Window(0, 0, dem.width, dem.height), side)
    tree = shapely.STRtree(labelled)
    chips: list[PlacedChip] = []
    for index in rng.permutation(len(windows)):
        if len(chips) >= most:
            break
        reporter.check_cancelled()
        box = box_of(windows[index])
        near = tree.geometries.take(tree.query(box)) if len(labelled) else []
        if shapely.area(shapely.union_all(shapely.intersection(box, near))) > MOST_OVERLAP * box.area:
            continue
        chip = read_chip(dem, None, windows[index], margin, least_known=LEAST_KNOWN)
        if chip is not None:
            chips.append(chip)
    return chips


def box_of(window: Window) -> shapely.Polygon:
    """A window's outline, in pixels."""
    return shapely.box(window.col_off, window.row_off, window.col_off + window.width, window.row_off + window.height)
