"""Connected pixels of a mask as pixel-exact polygons, strip by strip.

Components are connected through pixel edges (4-connectivity): two houses that touch at one corner are two houses, and
the outline of every component is a valid polygon. A strip's components are traced at once; those that reach the seam
wait as polygons (their size is that of their outline, not of their area) and are joined with what they go on to be.
Pixel corners are whole numbers, so the joining is exact, and the result is that of the whole raster in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import shapely
from affine import Affine
from rasterio.features import shapes
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .rings import to_polygons, to_rings, turns
from .strips import MaskStrips

#: An open component higher than this many rows, or with more outline vertices, is cut at the seam.
MAX_OPEN_ROWS = 8192
MAX_OPEN_VERTICES = 2_000_000


@dataclass(frozen=True)
class Components:
    """Some finished components.

    Attributes:
        outlines: ``(N,)`` of valid shapely polygons, in pixels (x to the right, y down), without collinear vertices.
        area: ``(N,) float64, m2``: what the pixels cover.
        confidence: ``(N,) float64 in 0..1``: mean probability, NaN where unknown.
    """

    outlines: np.ndarray
    area: np.ndarray
    confidence: np.ndarray


@dataclass
class _Open:
    """A component that may go on below the seam.

    Attributes:
        columns: ``(N,) int``: where it touches the seam.
    """

    pieces: list[shapely.Polygon]
    top: int
    vertices: int
    sums: np.ndarray  # (3,) float64: area in m2, sum of probabilities, pixels with a known probability
    columns: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))


def components(
    strips: MaskStrips,
    *,
    min_area: float = 0.0,
    fill_below: int = 0,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> Iterator[Components]:
    """Trace all components of a mask.

    Args:
        strips: The mask.
        min_area: Components of less are left out, m2.
        fill_below: Holes of fewer pixels are filled first.
        on_rows: Told how many rows are done, after each strip.

    Yields:
        What has become complete, strip by strip.
    """
    waiting: list[_Open] = []
    for start, stop in strips.spans():
        waiting, done = _advance(strips, start, stop, waiting, min_area, fill_below)
        yield done
        on_rows(stop)


def _advance(
    strips: MaskStrips, start: int, stop: int, waiting: list[_Open], min_area: float, fill_below: int
) -> tuple[list[_Open], Components]:
    """Take one more strip: the components that stay open, and those that are complete."""
    padded, first = strips.read(start, stop, context=fill_below, fill_below=fill_below)
    mask = padded[start - first : stop - first]
    labels, count = ndimage.label(mask)
    sums = _sums(strips, labels, count, start, stop)

    # Whatever meets at the seam above is one: nodes are the labels of this strip, then the components that wait.
    above = np.repeat(np.arange(len(waiting)), [len(part.columns) for part in waiting])
    columns = np.concatenate([part.columns for part in waiting]) if waiting else np.empty(0, dtype=np.intp)
    below = labels[0, columns]
    met = below > 0
    links = coo_array(
        (np.ones(int(met.sum()), dtype=bool), (below[met], count + 1 + above[met])),
        shape=(count + 1 + len(waiting),) * 2,
    )
    group = connected_components(links, directed=False)[1]

    has_part_above = np.zeros(len(group), dtype=bool)
    has_part_above[group[count + 1 :]] = True
    reaches_seam = np.zeros(count + 1, dtype=bool)
    if stop < strips.height:
        reaches_seam[labels[-1]] = True
    alone = ~reaches_seam & ~has_part_above[group[: count + 1]]
    wanted = ~alone | (sums[:, 0] >= min_area)
    wanted[0] = False
    values, outlines = _trace(labels, wanted, start)

    whole = alone[values]
    parts = _join(waiting, group, count, values[~whole], outlines[~whole], sums, start)
    if stop < strips.height:
        at_seam = np.flatnonzero(labels[-1])
        keys = group[labels[-1, at_seam]]
        order = np.argsort(keys, kind="stable")
        found, starts = np.unique(keys[order], return_index=True)
        # (Splitting at the starts gives an empty piece first.)
        for key, here in zip(found.tolist(), np.split(at_seam[order], starts)[1:], strict=True):
            parts[key].columns = here
    still_open, closed = [], []
    for part in parts.values():
        if len(part.columns) and stop - part.top < MAX_OPEN_ROWS and part.vertices < MAX_OPEN_VERTICES:
            still_open.append(part)
        elif part.sums[0] >= min_area:
            closed.append(part)
    joined = np.empty(len(closed), dtype=object)
    joined[:] = [_union(part.pieces) if len(part.pieces) > 1 else part.pieces[0] for part in closed]
    # Joined pieces keep vertices where the seam was. Without them, and with rings that start at a known place, an
    # outline is the same whatever the strips were.
    rings = to_rings(joined)
    joined = to_polygons(rings.keep(turns(rings) != 0))
    all_sums = np.concatenate([sums[values[whole]], np.reshape([part.sums for part in closed], (-1, 3))])
    with np.errstate(invalid="ignore", divide="ignore"):
        confidence = all_sums[:, 1] / all_sums[:, 2]
    finished = shapely.normalize(np.concatenate([outlines[whole], joined]))
    return still_open, Components(finished, all_sums[:, 0], confidence)


def _sums(strips: MaskStrips, labels: np.ndarray, count: int, start: int, stop: int) -> np.ndarray:
    """Area, sum of probabilities and pixels with a probability of each label, ``(count + 1, 3) float64``."""
    flat = labels.ravel()
    sums = np.zeros((count + 1, 3))
    row_area = np.prod(strips.scale.at(np.arange(start, stop) + 0.5), axis=1)
    if strips.scale.constant:
        sums[:, 0] = np.bincount(flat, minlength=count + 1) * row_area[0]
    else:
        sums[:, 0] = np.bincount(flat, weights=np.repeat(row_area, strips.width), minlength=count + 1)
    probability = strips.read_probability(start, stop)
    if probability is not None:
        known = np.isfinite(probability).ravel() & (flat > 0)
        sums[:, 1] = np.bincount(flat[known], weights=probability.ravel()[known], minlength=count + 1)
        sums[:, 2] = np.bincount(flat[known], minlength=count + 1)
    return sums


def _join(
    waiting: list[_Open],
    group: np.ndarray,
    count: int,
    values: np.ndarray,
    outlines: np.ndarray,
    sums: np.ndarray,
    start: int,
) -> dict[int, _Open]:
    """Put the parts of each component together, by its group."""
    parts: dict[int, _Open] = {}
    for index, part in enumerate(waiting):
        key = int(group[count + 1 + index])
        if key in parts:
            known = parts[key]
            known.pieces += part.pieces
            known.top = min(known.top, part.top)
            known.vertices += part.vertices
            known.sums = known.sums + part.sums
        else:
            part.columns = np.empty(0, dtype=np.intp)
            parts[key] = part
    for label, outline in zip(values, outlines, strict=True):
        key = int(group[label])
        known = parts.setdefault(key, _Open([], start, 0, np.zeros(3)))
        known.pieces.append(outline)
        known.vertices += shapely.get_num_coordinates(outline)
        known.sums = known.sums + sums[label]
    return parts


def _union(pieces: list[shapely.Polygon]) -> shapely.Polygon:
    """Join the pieces of one component.

    A seam is never part of a hole, so only the outer rings have to be joined; every hole of a piece is one of the
    whole. (Joining polygons with 100,000 holes takes the geometry engine minutes.)
    """
    shell = shapely.union_all(shapely.polygons([piece.exterior for piece in pieces]))
    return shapely.Polygon(shell.exterior, [*shell.interiors, *(hole for piece in pieces for hole in piece.interiors)])


def _trace(labels: np.ndarray, wanted: np.ndarray, first_row: int) -> tuple[np.ndarray, np.ndarray]:
    """Trace the wanted labels along pixel edges.

    Args:
        labels: ``(H, W) int32``, 4-connected components.
        wanted: ``(count + 1,) bool``.
        first_row: Row of the grid that is row 0 of ``labels``.

    Returns:
        ``(N,) int`` labels and ``(N,)`` polygons in pixels of the grid.
    """
    found = list(shapes(labels, mask=wanted[labels], connectivity=4, transform=Affine.translation(0, first_row)))
    if not found:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=object)
    values = np.array([value for _, value in found], dtype=np.intp)
    polygons = [geometry["coordinates"] for geometry, _ in found]
    rings = list(chain.from_iterable(polygons))
    coordinates = np.fromiter(
        chain.from_iterable(chain.from_iterable(rings)), dtype=np.float64, count=2 * sum(map(len, rings))
    )
    ring_offsets = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])])
    polygon_offsets = np.concatenate([[0], np.cumsum([len(polygon) for polygon in polygons])])
    outlines = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, coordinates.reshape(-1, 2), (ring_offsets, polygon_offsets)
    )
    return values, outlines
