"""What the tests of labels share: rectangles on a DEM of 60 x 50 pixels, vector files of them, and what they become."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio.warp
import shapely
from rasterio.windows import Window
from segmenting import METRE_GRID, UTM

from dem_segmenter.elevation.source import DemSource
from dem_segmenter.errors import LabelError
from dem_segmenter.learning.labels import GroundTruth, LabelOptions

X, Y = METRE_GRID.c, METRE_GRID.f
ALL = Window(0, 0, 60, 50)


def box(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    """A rectangle in the DEM's CRS from its pixels."""
    return shapely.box(X + left, Y - bottom, X + right, Y - top)


def write_layer(
    path: Path, geometries: Sequence[Any], crs: str | None = UTM, layer: str | None = None, **fields: Sequence[Any]
) -> Path:
    """A vector file, or one more layer of it."""
    kinds = {g.geom_type for g in geometries if g is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no CRS
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(geometries, dtype=object)),
            [np.array(values) for values in fields.values()],
            list(fields),
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
            crs=crs,
            layer=layer or path.stem,
            driver="GPKG" if path.suffix == ".gpkg" else None,
            append=path.exists(),
        )
    return path


def moved(geometry: Any, crs: str, source_crs: str = UTM) -> Any:
    """A geometry in another CRS, with edges that bend as they do there."""
    return shapely.transform(
        shapely.segmentize(geometry, 1.0),
        lambda p: np.stack(rasterio.warp.transform(source_crs, crs, p[:, 0], p[:, 1]), axis=1),
    )


@contextmanager
def labels(dem: Path, source: Any, **options: Any) -> Iterator[GroundTruth]:
    """Labels on a DEM."""
    with DemSource(dem) as opened, GroundTruth(opened, LabelOptions(source, **options)) as truth:
        yield truth


def drawn(dem: Path, source: Any, window: Window = ALL, **options: Any) -> np.ndarray:
    """A window of the labels."""
    with labels(dem, source, **options) as truth:
        return truth.read(window)


def refused(dem: Path, source: Any, match: str, **options: Any) -> LabelError:
    """The labels are refused with this sentence, and with advice."""
    with pytest.raises(LabelError, match=match) as caught, labels(dem, source, **options):
        pass
    assert caught.value.advice
    return caught.value


def expected(*ones: tuple[int, int, int, int], known: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """1 in some rectangles (left, top, right, bottom), 0 elsewhere in another one, 255 beyond it."""
    label = np.full((50, 60), 255, np.uint8)
    left, top, right, bottom = known or (0, 0, 60, 50)
    label[top:bottom, left:right] = 0
    for left, top, right, bottom in ones:
        part = label[top:bottom, left:right]
        part[part == 0] = 1
    return label
