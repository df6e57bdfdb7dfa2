"""Linear things (roads, streams, hedges, banks) as polylines, and the raster fields measured from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from .canvas import Canvas
from .options import BoolArray, FloatArray

Points = npt.NDArray[np.float64]

#: Distance of two samples along a line, in pixels.
SPACING = 0.6


@dataclass(frozen=True)
class Section:
    """Cross-section of a road, all in metres unless said otherwise.

    Attributes:
        width: Carriageway, kerb to kerb.
        shoulder: Level strip on each side: sidewalk, verge or hard shoulder.
        kerb: Step from the carriageway's edge up to the shoulder; negative for a raised carriageway.
        crown: Camber, metres a metre.
        ditch: Depth of the ditches beyond the shoulders.
        cut: Slope of cuttings, metres a metre.
        fill: Slope of embankments, metres a metre.
        lift: Height of the carriageway above the terrain: embankment above 0, cutting or hollow way below.
        median: Height of what stands between two carriageways; 0 for none.
        smoothing: Standard deviation over which the terrain is averaged to make the road's gradient.
        wear: Depth of wheel ruts.
    """

    width: float = 6.0
    shoulder: float = 1.5
    kerb: float = 0.1
    crown: float = 0.02
    ditch: float = 0.0
    cut: float = 0.7
    fill: float = 0.6
    lift: float = 0.0
    median: float = 0.0
    smoothing: float = 8.0
    wear: float = 0.0

    @property
    def half(self) -> float:
        """Half of the carriageway."""
        return self.width / 2

    @property
    def corridor(self) -> float:
        """From the centreline to the shoulder's outer edge."""
        return self.width / 2 + self.shoulder


@dataclass(frozen=True, eq=False)
class Line:
    """A polyline with a cross-section.

    Attributes:
        points: (N, 2) x and y in metres.
        section: Its cross-section.
        kind: "arterial", "street", "lane", "track", "motorway", "rail", "stream", "path", ...
        is_road: Whether its carriageway is labelled.
    """

    points: Points
    section: Section = field(default_factory=Section)
    kind: str = "street"
    is_road: bool = True


def resample(points: Points, spacing: float) -> Points:
    """Points at a regular spacing along a polyline; (N, 2) metres in and out."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, int(np.ceil(along[-1] / spacing)) + 1)
    at = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])], axis=1)


@dataclass(frozen=True, eq=False)
class Nearest:
    """For every pixel, the nearest place on a set of lines.

    Attributes:
        distance: (H, W) float32, metres from the centreline.
        side: (H, W) float32, +1 to the right of the line's direction and -1 to the left.
        station: (H, W) float32, metres along the line.
        along: (H, W) float32, metres from the nearest sample, in the line's direction.
        line: (H, W) intp, index of the line.
        sample: (H, W) intp, index into the samples.
        points: (S, 2) float64, metres: the samples.
        tangent: (S, 2) float64, unit vectors along the line.
        owner: (S,) intp, the line of each sample.
    """

    distance: FloatArray
    side: FloatArray
    station: FloatArray
    along: FloatArray
    line: npt.NDArray[np.intp]
    sample: npt.NDArray[np.intp]
    points: Points
    tangent: Points
    owner: npt.NDArray[np.intp]


def locate(canvas: Canvas, lines: Sequence[Line]) -> Nearest | None:
    """Find the nearest line everywhere.

    Args:
        canvas: Raster to fill.
        lines: Polylines; what lies outside the canvas is ignored.

    Returns:
        None when no line touches the canvas.
    """
    parts: list[Points] = []
    tangents: list[Points] = []
    stations: list[Points] = []
    owners: list[npt.NDArray[np.intp]] = []
    for number, line in enumerate(lines):
        samples = resample(line.points, canvas.resolution * SPACING)
        step = np.gradient(samples, axis=0)
        tangent = step / np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)[:, None]
        station = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(samples, axis=0).T))])
        inside = ((samples >= 0) & (samples < canvas.extent)).all(axis=1)
        parts.append(samples[inside])
        tangents.append(tangent[inside])
        stations.append(station[inside])
        owners.append(np.full(int(inside.sum()), number, dtype=np.intp))
    if not parts or not sum(len(part) for part in parts):
        return None
    points, tangent, station = np.concatenate(parts), np.concatenate(tangents), np.concatenate(stations)
    owner = np.concatenate(owners)
    col = np.minimum((points[:, 0] / canvas.resolution).astype(int), canvas.size - 1)
    row = np.minimum((points[:, 1] / canvas.resolution).astype(int), canvas.size - 1)
    ident = np.full((canvas.size, canvas.size), -1, dtype=np.int64)
    ident[row, col] = np.arange(len(points))
    near_row, near_col = ndimage.distance_transform_edt(ident < 0, return_distances=False, return_indices=True)
    sample = ident[near_row, near_col]
    point32, tangent32 = points.astype(np.float32), tangent.astype(np.float32)
    dx = canvas.x - point32[sample, 0]
    dy = canvas.y - point32[sample, 1]
    tx, ty = tangent32[sample, 0], tangent32[sample, 1]
    offset = tx * dy - ty * dx
    along = tx * dx + ty * dy
    # Beside the line the distance is across it; the part along it counts only beyond its ends.
    beyond = np.maximum(np.abs(along) - 1.5 * canvas.resolution, 0.0)
    distance = np.hypot(offset, beyond)
    return Nearest(
        distance=distance,
        side=np.sign(offset),
        station=station.astype(np.float32)[sample] + along,
        along=np.clip(along, -2 * canvas.resolution, 2 * canvas.resolution),
        line=owner[sample],
        sample=sample,
        points=points,
        tangent=tangent,
        owner=owner,
    )


def covered(canvas: Canvas, lines: Sequence[Line], width: float | None = None) -> BoolArray:
    """Pixels within half a width of the lines (their carriageways when no width is given); (H, W) bool."""
    near = locate(canvas, lines)
    if near is None:
        return np.zeros((canvas.size, canvas.size), dtype=bool)
    half = np.array([line.section.half if width is None else width / 2 for line in lines], dtype=np.float32)
    return near.distance <= half[near.line]
