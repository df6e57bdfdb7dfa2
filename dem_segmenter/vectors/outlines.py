"""From pixel-exact outlines to clean ones: no stairs, straight walls, the area of the pixels.

Contours through pixel centres lose half a pixel all around, 2-3 % of a house. Here a staircase becomes the line through
the middles of its steps, which cuts off as much as it adds; what simplifying then takes away is given back by moving
the outline outwards.
"""

from __future__ import annotations

import numpy as np
import shapely

from .right_angles import square_up
from .rings import Rings, to_polygons, to_rings, turns

#: Outlines of fewer pixels stay as they are: there is nothing to straighten.
_MIN_PIXELS = 6.0
#: Squared-up outlines must cover this much of the union with the pixels ...
_MIN_IOU = 0.9
#: ... and stay this close to the pixels all around: pixels of mean distance.
_MAX_SHIFT = 0.6
#: What takes more than linear time is left undone for outlines with more vertices: they are noise or a whole city's
#: pavement, not houses.
_MAX_VERTICES = 5000


def clean_outlines(
    outlines: np.ndarray, scale: np.ndarray, tolerance: float, *, right_angles: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Clean outlines of components.

    Args:
        outlines: ``(N,)`` of pixel-exact polygons, pixels, without collinear vertices.
        scale: ``(N, 2) float, metres``: width and height of a pixel at each.
        tolerance: How far a vertex may be from the line that replaces it, metres; 0 keeps the pixels' outlines.
        right_angles: Turn walls into their building's main directions where that still fits the pixels.

    Returns:
        ``(M,)`` of valid polygons, metres from the grid's corner at the scale of their outline, and ``(M,) int``: the
        outline each belongs to (one may fall into several).
    """
    if not len(outlines):
        return outlines, np.empty(0, dtype=np.intp)
    rings = to_rings(outlines)
    exact = _scaled(rings, scale)
    area = shapely.area(exact)
    pixel = np.sqrt(np.prod(scale, axis=1))
    result = exact.copy()
    large = np.flatnonzero(area >= _MIN_PIXELS * pixel**2) if tolerance > 0 else np.empty(0, dtype=np.intp)
    if len(large):
        smooth = _scaled(without_stairs(rings), scale)[large]
        usable = shapely.is_valid(smooth)  # None is not valid
        smooth[~usable] = exact[large][~usable]
        simple = _simplified(smooth, tolerance)
        simple = _match_area(simple, area[large], pixel[large])
        if right_angles:
            small = np.flatnonzero(_is_small(simple))
            square = square_up(simple[small], pixel[large[small]])
            square = _match_area(square, area[large[small]], pixel[large[small]])
            fits = _fits(square, exact[large[small]], pixel[large[small]])
            simple[small[fits]] = square[fits]
        result[large] = simple
    return _valid_parts(result, pixel)


def without_stairs(rings: Rings) -> Rings:
    """Replace every one-pixel step by its middle.

    A step is an edge of one pixel where the outline turns left at one end and right at the other. The middles of the
    steps of a digitised straight line lie along that line (the flats between them are symmetric about it).

    Args:
        rings: Pixel-exact outlines.

    Returns:
        The same rings with fewer vertices, pixels.
    """
    _, after = rings.neighbours()
    turn = np.sign(turns(rings))
    along = rings.points[after] - rings.points
    step = (np.abs(along).sum(axis=1) == 1.0) & (turn * turn[after] < 0)
    ends_step = np.zeros(len(step), dtype=bool)
    ends_step[after[step]] = True
    points = np.where(step[:, None], rings.points + along / 2, rings.points)
    # The first vertex of a step becomes its middle; its last one goes, unless another step starts there.
    smooth = Rings(points, rings.ring, rings.polygon, rings.count).keep(step | ~ends_step)
    return smooth.keep(turns(smooth) != 0)


def _scaled(rings: Rings, scale: np.ndarray) -> np.ndarray:
    """Polygons in metres from rings in pixels."""
    return to_polygons(Rings(rings.points * scale[rings.owner], rings.ring, rings.polygon, rings.count))


def _simplified(polygons: np.ndarray, tolerance: float) -> np.ndarray:
    """Simplify valid polygons with the Douglas-Peucker algorithm; they stay valid.

    Ring by ring is fast; where rings get to cross, the algorithm that looks out for that takes over.
    """
    rings, owner = shapely.get_rings(polygons, return_index=True)
    rings = shapely.simplify(rings, tolerance, preserve_topology=False)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.diff(ring, append=len(rings)) != 0
    simple = to_polygons(Rings(points[~last], ring[~last], owner, len(polygons)))
    crossed = ~shapely.is_valid(simple)
    simple[crossed] = polygons[crossed]
    crossed &= _is_small(polygons)
    simple[crossed] = shapely.simplify(polygons[crossed], tolerance, preserve_topology=True)
    return simple


def _is_small(polygons: np.ndarray) -> np.ndarray:
    return shapely.get_num_coordinates(polygons) <= _MAX_VERTICES


def _match_area(polygons: np.ndarray, area: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Move outlines outwards or inwards, with sharp corners, until they have the area given.

    Args:
        polygons: ``(N,)``; None and invalid ones stay as they are.
        area: ``(N,) float, m2``.
        pixel: ``(N,) float, metres``: side of a pixel.

    Returns:
        ``(N,)``.
    """
    result = polygons.copy()
    movable = np.flatnonzero(shapely.is_valid(polygons) & _is_small(polygons))
    before = polygons[movable]
    missing = area[movable] - shapely.area(before)
    distance = np.clip(missing / shapely.length(before), -0.75 * pixel[movable], 0.75 * pixel[movable])
    moved = shapely.buffer(before, distance, join_style="mitre", mitre_limit=3.0)
    better = (
        (shapely.get_type_id(moved) == shapely.GeometryType.POLYGON)
        & (shapely.get_num_interior_rings(moved) == shapely.get_num_interior_rings(before))
        & (np.abs(area[movable] - shapely.area(moved)) < np.abs(missing))
        & shapely.is_valid(moved)
    )
    result[movable[better]] = moved[better]
    return result


def _fits(candidates: np.ndarray, exact: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Which candidates still are what the pixels show, ``(N,) bool``."""
    fits = shapely.is_valid(candidates)
    index = np.flatnonzero(fits)
    common = shapely.area(shapely.intersection(candidates[index], exact[index]))
    area = shapely.area(exact[index])
    union = shapely.area(candidates[index]) + area - common
    shift = (union - common) / shapely.length(candidates[index])
    fits[index] = (common >= _MIN_IOU * union) & (shift <= _MAX_SHIFT * pixel[index])
    return fits


def _valid_parts(polygons: np.ndarray, pixel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mend what is not valid and take it apart into single polygons; splinters below half a pixel go."""
    index = np.arange(len(polygons))
    bad = ~shapely.is_valid(polygons)
    if not bad.any():
        return polygons, index
    parts, part_index = shapely.get_parts(shapely.make_valid(polygons[bad]), return_index=True)
    is_polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    part_index = index[bad][part_index]
    large = is_polygon & (shapely.area(parts) >= 0.5 * pixel[part_index] ** 2)
    return (
        np.concatenate([polygons[~bad], parts[large]]),
        np.concatenate([index[~bad], part_index[large]]),
    )
