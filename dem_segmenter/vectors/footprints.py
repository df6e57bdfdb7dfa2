"""Building footprints and other polygons from a mask file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from ..elevation.units import pixel_to_crs
from ..errors import OptionError
from ..events import Reporter
from .components import Components, components
from .outlines import clean_outlines
from .strips import MaskStrips
from .writer import VectorSummary, VectorWriter

#: Default tolerance: a digitised straight wall stays within this of its line, pixels.
_TOLERANCE_PIXELS = 0.75
#: Courtyards below this are noise, pixels; they are also filled below the minimum area, up to the second number.
_HOLE_PIXELS = (8, 256)

_FIELDS = {"id": "int64", "class": "str", "area_m2": "float64", "perimeter_m": "float64", "confidence": "float64"}


@dataclass(frozen=True)
class Footprint:
    """One polygon.

    Attributes:
        id: 1, 2, ... from the top of the raster.
        geometry: Valid polygon in the mask's CRS.
        class_name: What it is.
        area_m2: Area on the ground.
        perimeter_m: Length on the ground of all its rings.
        confidence: Mean probability, 0..1; NaN where there is none.
    """

    id: int
    geometry: shapely.Polygon
    class_name: str
    area_m2: float
    perimeter_m: float
    confidence: float


@dataclass(frozen=True)
class _Batch:
    """Footprints in columns: ``(N,)`` each, as in `Footprint`."""

    geometries: np.ndarray
    area_m2: np.ndarray
    perimeter_m: np.ndarray
    confidence: np.ndarray


def footprints(
    mask_path: str | os.PathLike[str],
    *,
    value: int = 1,
    min_area: float = 0.0,
    tolerance: float | None = None,
    class_name: str = "building",
    right_angles: bool = True,
    probability_path: str | os.PathLike[str] | None = None,
    probability_band: int = 1,
    reporter: Reporter | None = None,
    progress: tuple[float, float] = (0.0, 100.0),
    strip_rows: int | None = None,
) -> Iterator[Footprint]:
    """Turn one class of a mask into clean polygons, each given out as soon as it is complete.

    Pixels belong together when they share an edge. Courtyards stay; holes of less than 8 pixels, or less than
    ``min_area`` (up to 256 pixels), are filled. Memory does not grow with the raster's height: only components that
    cross the current row are kept, as outlines, and one that has been open for 8192 rows or has 2,000,000 vertices is
    cut in two there.

    Args:
        mask_path: Byte raster of classes, 255 unknown.
        value: The class.
        min_area: Smaller ones are left out, m2.
        tolerance: How far the outline may be from the pixels' staircase, metres; by default 0.75 pixels, and with 0
            the pixels' own outlines.
        class_name: What the polygons are called; roads are better without ``right_angles``.
        right_angles: Turn walls into their building's main directions where that still fits the pixels (IoU 0.9).
        probability_path: Raster of probabilities on the same grid, for ``confidence``.
        probability_band: Band of it.
        reporter: Told the progress; also asked whether to stop.
        progress: Part of the job's 0..100 that this is.
        strip_rows: Rows read at a time; never changes the result (but for components that are cut).

    Yields:
        The polygons, by strips from the top.

    Raises:
        RasterOpenError: A raster cannot be read.
        OptionError: An option makes no sense.
    """
    number = 0
    with MaskStrips(
        mask_path,
        value,
        probability_path=probability_path,
        probability_band=probability_band,
        strip_rows=strip_rows,
    ) as strips:
        for batch in _batches(strips, min_area, tolerance, right_angles, reporter, progress):
            columns = (batch.geometries, batch.area_m2.tolist(), batch.perimeter_m.tolist(), batch.confidence.tolist())
            for geometry, area, perimeter, confidence in zip(*columns, strict=True):
                number += 1
                yield Footprint(number, geometry, class_name, area, perimeter, confidence)


def write_footprints(
    mask_path: str | os.PathLike[str],
    output_path: str | os.PathLike[str],
    *,
    layer: str = "footprints",
    value: int = 1,
    min_area: float = 0.0,
    tolerance: float | None = None,
    class_name: str = "building",
    right_angles: bool = True,
    probability_path: str | os.PathLike[str] | None = None,
    probability_band: int = 1,
    reporter: Reporter | None = None,
    progress: tuple[float, float] = (0.0, 100.0),
    strip_rows: int | None = None,
) -> VectorSummary:
    """Write what `footprints` finds to a GeoPackage or another format, by the extension.

    Args:
        mask_path: As in `footprints`, like all options that are not named here.
        output_path: The file; replaced when the new one is complete.
        layer: Name of the layer.
        value: See `footprints`.
        min_area: See `footprints`.
        tolerance: See `footprints`.
        class_name: See `footprints`.
        right_angles: See `footprints`.
        probability_path: See `footprints`.
        probability_band: See `footprints`.
        reporter: Told the progress and the scratch path.
        progress: See `footprints`.
        strip_rows: See `footprints`.

    Returns:
        Their number and area.

    Raises:
        RasterOpenError: A raster cannot be read.
        OptionError: An option makes no sense.
        OutputError: The output cannot be written.
    """
    count, total = 0, 0.0
    with MaskStrips(
        mask_path,
        value,
        probability_path=probability_path,
        probability_band=probability_band,
        strip_rows=strip_rows,
    ) as strips:
        fields = {name: kind for name, kind in _FIELDS.items() if name != "confidence" or probability_path is not None}
        with VectorWriter(
            output_path, layer=layer, geometry_type="Polygon", fields=fields, crs=strips.crs, reporter=reporter
        ) as writer:
            for batch in _batches(strips, min_area, tolerance, right_angles, reporter, progress):
                size = len(batch.geometries)
                columns: dict[str, Any] = {
                    "id": np.arange(count + 1, count + size + 1),
                    "class": np.full(size, class_name, dtype=object),
                    "area_m2": batch.area_m2,
                    "perimeter_m": batch.perimeter_m,
                    "confidence": batch.confidence,
                }
                writer.add(batch.geometries, columns)
                count += size
                total += float(batch.area_m2.sum())
    return VectorSummary(count=count, area_m2=total)


def _batches(
    strips: MaskStrips,
    min_area: float,
    tolerance: float | None,
    right_angles: bool,
    reporter: Reporter | None,
    progress: tuple[float, float],
) -> Iterator[_Batch]:
    """Footprints strip by strip."""
    if min_area < 0 or (tolerance is not None and tolerance < 0):
        raise OptionError(
            f"A minimum area of {min_area} m2 with a tolerance of {tolerance} m makes no sense.",
            "Both must be 0 or more.",
        )
    pixel = strips.pixel_size()
    tolerance = _TOLERANCE_PIXELS * pixel if tolerance is None else tolerance
    fill_below = int(np.clip(min_area / pixel**2, *_HOLE_PIXELS))

    def report(rows: int) -> None:
        if reporter is not None:
            low, high = progress
            reporter.progress(low + (high - low) * rows / strips.height, "Drawing polygons")

    for found in components(strips, min_area=min_area, fill_below=fill_below, on_rows=report):
        yield _clean(strips, found, tolerance, right_angles)


def _clean(strips: MaskStrips, found: Components, tolerance: float, right_angles: bool) -> _Batch:
    """Clean outlines, measure them on the ground, and put them into the CRS."""
    bounds = shapely.bounds(found.outlines)
    scale = strips.scale.at(bounds[:, [1, 3]].mean(axis=1)) if len(bounds) else np.empty((0, 2))
    polygons, index = clean_outlines(found.outlines, scale, tolerance, right_angles=right_angles)
    order = np.argsort(index, kind="stable")
    polygons, index = polygons[order], index[order]
    area, perimeter = shapely.area(polygons), shapely.length(polygons)

    points, owner = shapely.get_coordinates(polygons, return_index=True)
    columns, rows = (points / scale[index][owner]).T
    x, y = pixel_to_crs(strips.transform, columns, rows)
    geometries = shapely.set_coordinates(polygons.copy(), np.stack([x, y], axis=1))
    return _Batch(geometries, area, perimeter, found.confidence[index])
