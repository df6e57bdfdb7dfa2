"""Many polygons as flat arrays of ring vertices, so that all of them are worked on at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely


@dataclass(frozen=True)
class Rings:
    """The rings of some polygons, without the repeated last vertex.

    Attributes:
        points: ``(V, 2) float64``: vertices of all rings, one ring after another.
        ring: ``(V,) int``: number of the ring of each vertex, rising.
        polygon: ``(R,) int``: number of the polygon of each ring, rising; its first ring is the outer one.
        count: Number of polygons.
    """

    points: np.ndarray
    ring: np.ndarray
    polygon: np.ndarray
    count: int

    @property
    def owner(self) -> np.ndarray:
        """``(V,) int``: number of the polygon of each vertex."""
        return self.polygon[self.ring]

    def neighbours(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices ``(V,) int`` of the vertex before and of the vertex after each vertex in its ring."""
        return ring_neighbours(self.ring)

    def sizes(self) -> np.ndarray:
        """``(R,) int``: vertices of each ring."""
        return np.bincount(self.ring, minlength=len(self.polygon))

    def keep(self, vertices: np.ndarray) -> Rings:
        """The same rings with only some of their vertices, ``(V,) bool``."""
        return Rings(self.points[vertices], self.ring[vertices], self.polygon, self.count)


def ring_neighbours(ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the one before and of the one after in a cycle.

    Args:
        ring: ``(V,) int``, rising: what belongs to one cycle has one number.

    Returns:
        Two ``(V,) int``.
    """
    before = np.arange(-1, len(ring) - 1)
    after = np.arange(1, len(ring) + 1)
    if len(ring):
        starts = np.flatnonzero(np.diff(ring, prepend=ring[0] - 1))
        ends = np.append(starts[1:], len(ring)) - 1
        before[starts] = ends
        after[ends] = starts
    return before, after


def to_rings(polygons: np.ndarray) -> Rings:
    """Take polygons, ``(N,)`` of `shapely.Polygon`, apart."""
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.diff(ring, append=len(rings)) != 0
    return Rings(points[~last], ring[~last], polygon, len(polygons))


def to_polygons(rings: Rings) -> np.ndarray:
    """Put polygons together again.

    Args:
        rings: Rings of any number of vertices.

    Returns:
        ``(count,)`` of polygons, which need not be valid; None where a ring has fewer than three vertices.
    """
    sizes = rings.sizes()
    broken = np.ones(rings.count, dtype=bool)
    broken[rings.polygon] = False
    broken[rings.polygon[sizes < 3]] = True
    good = ~broken
    result = np.full(rings.count, None, dtype=object)
    if not good.any():
        return result
    points, ring = rings.points, rings.ring
    used = good[rings.owner]
    points, ring, sizes = points[used], ring[used], sizes[good[rings.polygon]]
    # Each ring once more its first vertex at its end.
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    closed = np.insert(points, starts + sizes, points[starts], axis=0)
    ring_offsets = np.concatenate([[0], np.cumsum(sizes + 1)])
    polygon_offsets = np.concatenate([[0], np.cumsum(np.bincount(rings.polygon, minlength=rings.count)[good])])
    result[good] = shapely.from_ragged_array(shapely.GeometryType.POLYGON, closed, (ring_offsets, polygon_offsets))
    return result


def turns(rings: Rings) -> np.ndarray:
    """Cross product of the edges before and after each vertex, ``(V,) float64``: 0 where straight."""
    before, after = rings.neighbours()
    into = rings.points - rings.points[before]
    out = rings.points[after] - rings.points
    return into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0]
