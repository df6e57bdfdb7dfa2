"""Labelled chips cut from DEMs, and their split by place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.resample import resample
from ..elevation.source import DemSource
from ..errors import TrainingError
from ..events import Reporter
from .chips import nearest
from .cutting import class_share
from .labels import GroundTruth
from .scenes import UNKNOWN, Scene

#: Finer DEMs are brought to this before they are kept, metres per pixel: no head works at more detail.
FINEST = 0.4
#: Chips with a smaller share of labelled, known ground are left out.
LEAST_KNOWN = 0.1
#: Share of chips without the class beyond which such chips are left out: labelling everything in a county gives
#: mostly empty ground.
MOST_EMPTY = 0.5


@dataclass(frozen=True)
class PlacedChip:
    """A labelled chip and where it is.

    Attributes:
        scene: Elevation with some ground around the chip; its label ``target`` is unknown outside the chip.
        dem: Name of the DEM.
        window: The chip in the DEM's pixels.
        bounds: West, south, east, north in degrees (EPSG:4326).
    """

    scene: Scene
    dem: str
    window: Window
    bounds: tuple[float, float, float, float]


def cut_dem(
    dem: DemSource,
    truth: GroundTruth,
    *,
    side: float,
    margin: float,
    most: int | None,
    rng: np.random.Generator,
    reporter: Reporter,
) -> list[PlacedChip]:
    """Cut the labelled ground of a DEM into chips.

    Args:
        dem: Open.
        truth: Labels on its grid.
        side: Of a chip, metres; small areas give smaller ones.
        margin: Ground kept around a chip, metres.
        most: Stop after so many.
        rng: Which chips come first.
        reporter: For cancelling.

    Returns:
        Chips in random order.
    """
    windows = [w for place in truth.places() for w in cells(dem, place, side)]
    chips: list[PlacedChip] = []
    empty = 0
    for index in rng.permutation(len(windows)):
        if most is not None and len(chips) >= most:
            break
        reporter.check_cancelled()
        chip = read_chip(dem, truth, windows[index], margin)
        if chip is None:
            continue
        if class_share(chip.scene) == 0:
            if most is not None and empty >= most * MOST_EMPTY:
                continue
            empty += 1
        chips.append(chip)
    return chips


def cells(dem: DemSource, place: Window, side: float) -> list[Window]:
    """A place cut into equal rectangles no larger than a chip, give or take a tenth."""
    along, down = dem.metres_per_pixel(place)
    rows = max(1, math.ceil(place.height * down / side - 0.1))
    cols = max(1, math.ceil(place.width * along / side - 0.1))
    ys = np.linspace(0, place.height, rows + 1).round().astype(int) + int(place.row_off)
    xs = np.linspace(0, place.width, cols + 1).round().astype(int) + int(place.col_off)
    return [
        Window(int(x), int(y), int(x2 - x), int(y2 - y))
        for y, y2 in pairwise(ys)
        for x, x2 in pairwise(xs)
        if x2 > x and y2 > y
    ]


def read_chip(
    dem: DemSource,
    truth: GroundTruth | None,
    window: Window,
    margin: float,
    least_known: float = LEAST_KNOWN,
) -> PlacedChip | None:
    """Read one chip.

    Args:
        dem: Open.
        truth: Labels on its grid; without them all known ground counts as labelled "not".
        window: The chip, whole pixels within the DEM.
        margin: Ground kept around it, metres.
        least_known: Share of it that must be labelled and known.

    Returns:
        The chip; None where less is labelled and known.
    """
    along, down = dem.metres_per_pixel(window)
    x0, y0 = max(0, int(window.col_off - margin / along)), max(0, int(window.row_off - margin / down))
    x1 = min(dem.width, math.ceil(window.col_off + window.width + margin / along))
    y1 = min(dem.height, math.ceil(window.row_off + window.height + margin / down))
    elevation, valid = dem.read(Window(x0, y0, x1 - x0, y1 - y0))
    target = np.full(elevation.shape, UNKNOWN, np.uint8)
    core = (
        slice(int(window.row_off) - y0, int(window.row_off + window.height) - y0),
        slice(int(window.col_off) - x0, int(window.col_off + window.width) - x0),
    )
    target[core] = np.where(valid[core], truth.read(window) if truth is not None else 0, UNKNOWN)
    if (target[core] != UNKNOWN).mean() < least_known:
        return None
    # Square pixels from here on.
    resolution = max(FINEST, math.sqrt(along * down))
    shape = (
        max(16, round(elevation.shape[0] * down / resolution)),
        max(16, round(elevation.shape[1] * along / resolution)),
    )
    if shape != elevation.shape:
        elevation, valid = resample(elevation, valid, shape)
        target = nearest(target, shape)
    scene = Scene(
        name=f"{dem.name} row {int(window.row_off)} column {int(window.col_off)}",
        family=dem.name,
        elevation=elevation,
        valid=valid,
        resolution=resolution,
        labels={"target": np.where(valid, target, UNKNOWN).astype(np.uint8)},
    )
    return PlacedChip(scene, dem.name, window, _degrees(dem, window))


def _degrees(dem: DemSource, window: Window) -> tuple[float, float, float, float]:
    """Bounds in EPSG:4326; of the DEM's own CRS where that cannot be had (a local CRS)."""
    corners = [
        dem.transform @ (window.col_off + dx * window.width, window.row_off + dy * window.height)
        for dx in (0, 1)
        for dy in (0, 1)
    ]
    xs, ys = zip(*corners, strict=True)
    bounds = (min(xs), min(ys), max(xs), max(ys))
    try:
        west, south, east, north = transform_bounds(dem.crs, "EPSG:4326", *bounds)
    except GDAL_ERRORS:
        return bounds
    return west, south, east, north


def split_by_place(
    chips: Sequence[PlacedChip], share: float, rng: np.random.Generator
) -> tuple[list[PlacedChip], list[PlacedChip]]:
    """Keep some chips for validation; chips that show the same ground, of whichever DEM, stay together.

    Args:
        chips: All.
        share: Of chips to validate on, 0..1.
        rng: Which.

    Returns:
        To train on, and to validate on. The latter is empty where the share is 0 or every chip is connected to every
        other; it holds the class wherever two places do.
    """
    places = _places([chip.bounds for chip in chips])
    groups = [np.flatnonzero(places == p) for p in rng.permutation(int(places.max()) + 1)] if len(chips) else []
    if share <= 0 or len(groups) < 2:
        return list(chips), []
    wanted = max(1, round(share * len(chips)))
    with_class = [g for g in groups if any(class_share(chips[i].scene) > 0 for i in g.tolist())]
    held: list[int] = []
    # The class goes first: a validation without it says nothing. One place with it stays for training.
    for group in [*with_class[:-1], *(g for g in groups if not any(g is w for w in with_class))]:
        if len(held) + len(group) <= wanted or not held:
            held.extend(int(i) for i in group)
        if len(held) >= wanted:
            break
    if len(held) > len(chips) / 2:
        # One large connected place must not leave too little to learn from.
        smallest = min(with_class[:-1] or groups, key=len)
        held = [int(i) for i in smallest] if len(smallest) <= len(chips) / 2 else []
    chosen = set(held)
    return [c for i, c in enumerate(chips) if i not in chosen], [chips[i] for i in sorted(chosen)]


def _places(bounds: Sequence[tuple[float, float, float, float]]) -> np.ndarray:
    """``(N,) int``: number of the place each chip belongs to; chips that overlap by more than a sliver share it."""
    if not bounds:
        return np.zeros(0, int)
    boxes = shapely.box(*np.array(bounds).T)
    first, second = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    overlap = shapely.area(shapely.intersection(boxes[first], boxes[second]))
    # Neighbours share an edge, and a box around a turned grid is a little larger than the chip.
    same = overlap > 0.1 * np.minimum(shapely.area(boxes[first]), shapely.area(boxes[second]))
    links = coo_array((np.ones(int(same.sum())), (first[same], second[same])), shape=(len(boxes), len(boxes)))
    return connected_components(links, directed=False)[1]


def check_chips(chips: Sequence[PlacedChip], wanted: int | None, area: bool) -> list[str]:
    """What the user has to know about the chips before a long run.

    Args:
        chips: All there are.
        wanted: Number asked for; None for no particular one.
        area: Whether there were AREA polygons.

    Returns:
        Warnings.

    Raises:
        TrainingError: Nothing can be learned from them.
    """
    if not chips:
        raise TrainingError(
            "No ground is both labelled and known in the DEM.",
            "Check that the labels" + (" and the area polygons" if area else "") + " lie on the DEM, not on nodata.",
        )
    shares = [class_share(c.scene) for c in chips]
    if max(shares) == 0:
        raise TrainingError(
            "The labels hold only one class: within the labelled ground there is no object.",
            "Draw some objects inside the area polygons." if area else "Check the labels.",
        )
    if min(shares) == 1:
        raise TrainingError(
            "The labels hold only one class: all the labelled ground is object, and there is no background.",
            "Draw area polygons that also take in ground without the object; in label rasters, 0 must not be nodata.",
        )
    if wanted is not None and len(chips) < wanted:
        return [
            f"{wanted} chips were asked for, but the labelled ground gives only {len(chips)}; "
            "training goes on with these."
        ]
    return []
