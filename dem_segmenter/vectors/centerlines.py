"""Road centrelines from a mask file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage

from ..elevation.units import pixel_to_crs
from ..errors import OptionError
from ..events import Reporter
from .network import FinishedLine, LineNetwork
from .skeletons import skeleton_strips
from .strips import MaskStrips
from .writer import VectorSummary, VectorWriter

#: The pixels' zigzag is smoothed with a Gaussian of this many pixels, and simplified to this many.
_SMOOTHING_PIXELS = 2.0
_TOLERANCE_PIXELS = 0.4
#: Gaps of the mask up to this many pixels are closed by default.
_GAP_PIXELS = 4.0
#: Holes of fewer pixels in a road are noise.
_HOLE_PIXELS = 64

_FIELDS = {"id": "int64", "class": "str", "length_m": "float64", "width_m": "float64"}


@dataclass(frozen=True)
class Centerline:
    """One line, between two junctions or ends.

    Attributes:
        id: 1, 2, ... from the top of the raster.
        geometry: Line in the mask's CRS; lines that meet share the very same end point.
        class_name: What it is.
        length_m: Length on the ground.
        width_m: Mean width of the mask along it.
    """

    id: int
    geometry: shapely.LineString
    class_name: str
    length_m: float
    width_m: float


def centerlines(
    mask_path: str | os.PathLike[str],
    *,
    value: int = 1,
    min_length: float = 10.0,
    max_gap: float | None = None,
    class_name: str = "road",
    reporter: Reporter | None = None,
    progress: tuple[float, float] = (0.0, 100.0),
    strip_rows: int | None = None,
) -> Iterator[Centerline]:
    """Thin one class of a mask to lines, each given out as soon as it is complete.

    Side branches shorter than the local width are artefacts of thinning and are pruned. Memory does not grow with the
    raster's height: only the strip and the lines that are not finished are kept.

    Args:
        mask_path: Byte raster of classes, 255 unknown.
        value: The class.
        min_length: Lines that end freely on one side at least are left out when shorter, metres.
        max_gap: Free ends that face each other are joined across this, metres; by default 4 pixels.
        class_name: What the lines are called.
        reporter: Told the progress; also asked whether to stop.
        progress: Part of the job's 0..100 that this is.
        strip_rows: Rows read at a time.

    Yields:
        The lines, by strips from the top.

    Raises:
        RasterOpenError: The raster cannot be read.
        OptionError: An option makes no sense.
    """
    if min_length < 0 or (max_gap is not None and max_gap < 0):
        raise OptionError(
            f"A minimum length of {min_length} m with gaps of {max_gap} m makes no sense.", "Both must be 0 or more."
        )
    number = 0
    with MaskStrips(mask_path, value, strip_rows=strip_rows) as strips:
        gap = _GAP_PIXELS * strips.pixel_size() if max_gap is None else max_gap
        network = LineNetwork(min_length, gap)
        for strip in skeleton_strips(strips, fill_below=_HOLE_PIXELS):
            for line in network.advance(strip.chains, strip.known_above, strip.scale):
                drawn = _draw(line, strip.scale, strips)
                length = float(np.hypot(*(np.diff(drawn, axis=0) * strip.scale).T).sum())
                if length == 0 or (length < min_length and any(line.loose)):
                    continue
                number += 1
                columns, rows = drawn.T
                geometry = shapely.linestrings(*pixel_to_crs(strips.transform, columns, rows))
                yield Centerline(number, geometry, class_name, length, 2.0 * float(line.radius.mean()))
            if reporter is not None:
                low, high = progress
                reporter.progress(low + (high - low) * strip.rows / strips.height, "Drawing centrelines")


def write_centerlines(
    mask_path: str | os.PathLike[str],
    output_path: str | os.PathLike[str],
    *,
    layer: str = "centerlines",
    value: int = 1,
    min_length: float = 10.0,
    max_gap: float | None = None,
    class_name: str = "road",
    reporter: Reporter | None = None,
    progress: tuple[float, float] = (0.0, 100.0),
    strip_rows: int | None = None,
) -> VectorSummary:
    """Write what `centerlines` finds to a GeoPackage or another format, by the extension.

    Args:
        mask_path: As in `centerlines`, like all options that are not named here.
        output_path: The file; replaced when the new one is complete.
        layer: Name of the layer.
        value: See `centerlines`.
        min_length: See `centerlines`.
        max_gap: See `centerlines`.
        class_name: See `centerlines`.
        reporter: Told the progress and the scratch path.
        progress: See `centerlines`.
        strip_rows: See `centerlines`.

    Returns:
        Their number and length.

    Raises:
        RasterOpenError: The raster cannot be read.
        OptionError: An option makes no sense.
        OutputError: The output cannot be written.
    """
    with MaskStrips(mask_path, value) as strips:
        crs = strips.crs
    count, total = 0, 0.0
    with VectorWriter(
        output_path, layer=layer, geometry_type="LineString", fields=_FIELDS, crs=crs, reporter=reporter
    ) as writer:
        for line in centerlines(
            mask_path,
            value=value,
            min_length=min_length,
            max_gap=max_gap,
            class_name=class_name,
            reporter=reporter,
            progress=progress,
            strip_rows=strip_rows,
        ):
            columns = {
                "id": np.array([line.id]),
                "class": np.array([line.class_name], dtype=object),
                "length_m": np.array([line.length_m]),
                "width_m": np.array([line.width_m]),
            }
            writer.add(np.array([line.geometry], dtype=object), columns)
            count += 1
            total += line.length_m
    return VectorSummary(count=count, length_m=total)


def _draw(line: FinishedLine, scale: np.ndarray, strips: MaskStrips) -> np.ndarray:
    """Smooth a line between its ends, and lengthen it to where the road ends.

    Args:
        line: The line as pixels.
        scale: ``(2,) float, metres``: width and height of a pixel.
        strips: For the size of the grid.

    Returns:
        ``(N, 2) float64, pixels``.
    """
    points, radius = _trim(line, scale)
    points = _smooth(points)
    if line.loose[0]:
        points = np.concatenate([_beyond(points[::-1], radius[0], scale, strips), points])
    if line.loose[1]:
        points = np.concatenate([points, _beyond(points, radius[-1], scale, strips)])
    pixel = float(np.sqrt(scale.prod()))
    metres = shapely.simplify(shapely.linestrings(points * scale), _TOLERANCE_PIXELS * pixel)
    drawn = shapely.get_coordinates(metres) / scale
    # Nothing may move shared ends, not even by a rounding.
    drawn[0], drawn[-1] = points[0], points[-1]
    return drawn


def _trim(line: FinishedLine, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take the hooks off loose ends: where a road ends square, thinning turns into one of its corners.

    On the way into a corner the radius goes to zero, so a loose end is cut back to where the road has its width, by
    one and a half times the usual width at most.
    """
    points, radius = line.points, line.radius
    usual = float(np.median(radius))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(points, axis=0) * scale).T))])
    wide = radius >= 0.85 * usual
    first, last = 0, len(points) - 1
    if line.loose[0]:
        first = int(np.argmax(wide | (along > 3.0 * usual)))
    if line.loose[1]:
        last -= int(np.argmax((wide | (along[-1] - along > 3.0 * usual))[::-1]))
    if last - first < 2:
        return points, radius
    return points[first : last + 1], radius[first : last + 1]


def _beyond(points: np.ndarray, radius: float, scale: np.ndarray, strips: MaskStrips) -> np.ndarray:
    """Where the road ends beyond a line's last point, ``(0 or 1, 2) float64, pixels``.

    Thinning stops half a width before the road does.
    """
    reach = max(int(2 * radius / float(scale.mean())), 8)
    way = (points[-1] - points[max(len(points) - 1 - reach, 0)]) * scale
    norm = float(np.hypot(*way))
    if norm == 0:
        return np.empty((0, 2))
    return np.clip(points[-1] + way / norm * radius / scale, 0.0, (strips.width, strips.height))[None]


def _smooth(points: np.ndarray) -> np.ndarray:
    """Smooth a line of pixels; its ends stay where they are.

    The line is continued beyond its ends as its point reflection, which leaves the ends in place and straight lines
    straight.
    """
    reach = min(len(points) - 1, int(4 * _SMOOTHING_PIXELS))
    before = 2 * points[0] - points[reach:0:-1]
    after = 2 * points[-1] - points[-2 : -2 - reach : -1]
    smooth = ndimage.gaussian_filter1d(np.concatenate([before, points, after]), _SMOOTHING_PIXELS, axis=0)
    smooth = smooth[reach : reach + len(points)]
    smooth[0], smooth[-1] = points[0], points[-1]
    return smooth
