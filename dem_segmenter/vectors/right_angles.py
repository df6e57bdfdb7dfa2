"""Turning the walls of outlines into their building's two main directions."""

from __future__ import annotations

import numpy as np

from .rings import Rings, ring_neighbours, to_polygons, to_rings

#: A wall this close to a main direction is turned into it, degrees; steeper ones are bay windows and real diagonals.
_MAX_TURN = 20.0
#: Share of the outline that must agree on the directions (mean resultant length of 4 times the angle).
_MIN_AGREEMENT = 0.5
#: Jogs of a wall and cut-off corners below these are noise of the mask, pixels.
_JOG = 1.6
_CHAMFER = 2.5
#: A corner may move this far, pixels.
_REACH = 3.0

_OTHER, _ALONG, _ACROSS = 0, 1, 2


def square_up(polygons: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Square up outlines; the caller decides whether the result still fits.

    Each wall near a main direction becomes a line in that direction through the wall's middle; neighbouring lines are
    cut with each other, so corners become right angles. All polygons are worked on at once.

    Args:
        polygons: ``(N,)``, metres.
        pixel: ``(N,) float, metres``: side of a pixel.

    Returns:
        ``(N,)`` of polygons that need not be valid; None where there is no main direction.
    """
    rings = to_rings(polygons)
    owner = rings.owner
    _, after = rings.neighbours()
    angle, agreement = _main_direction(rings.points, rings.points[after], owner, rings.count)
    points = _rotate(rings.points, -angle[owner])

    walls = _Walls(points, points[after], rings.ring, pixel[owner])
    walls = walls.without_jogs().merged()
    squared, ring = walls.corners()

    result = to_polygons(Rings(_rotate(squared, angle[rings.polygon][ring]), ring, rings.polygon, rings.count))
    result[agreement < _MIN_AGREEMENT] = None
    return result


def _main_direction(start: np.ndarray, end: np.ndarray, owner: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Direction, modulo 90 degrees, that most of the wall length has.

    The mean of 4 times the angle is a circular mean in which perpendicular walls agree (Mardia and Jupp 2000,
    Directional Statistics, section 2.2). Weighted by squared length: long walls are known more exactly.

    Returns:
        ``(count,) float, radians``, and ``(count,) float in 0..1``: how far the walls agree.
    """
    wall = end - start
    weight = (wall**2).sum(axis=1)
    angle = 4.0 * np.arctan2(wall[:, 1], wall[:, 0])
    cosine = np.bincount(owner, weights=weight * np.cos(angle), minlength=count)
    sine = np.bincount(owner, weights=weight * np.sin(angle), minlength=count)
    total = np.maximum(np.bincount(owner, weights=weight, minlength=count), 1e-12)
    return np.arctan2(sine, cosine) / 4.0, np.hypot(cosine, sine) / total


def _rotate(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y = points[:, 0], points[:, 1]
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)


class _Walls:
    """Walls of many rings in their main directions' frame.

    Attributes:
        start: ``(W, 2) float, metres``.
        end: ``(W, 2) float, metres``.
        ring: ``(W,) int``, rising.
        pixel: ``(W,) float, metres``.
        kind: ``(W,) int``: along or across the main direction, or neither.
    """

    def __init__(
        self, start: np.ndarray, end: np.ndarray, ring: np.ndarray, pixel: np.ndarray, kind: np.ndarray | None = None
    ) -> None:
        self.start, self.end, self.ring, self.pixel = start, end, ring, pixel
        if kind is None:
            x, y = np.abs(end - start).T
            slope = np.tan(np.radians(_MAX_TURN))
            kind = np.where(y <= slope * x, _ALONG, np.where(x <= slope * y, _ACROSS, _OTHER))
        self.kind = kind

    def length(self) -> np.ndarray:
        return np.hypot(*(self.end - self.start).T)

    def offset(self) -> np.ndarray:
        """Where a wall's line lies: y of a wall along, x of a wall across."""
        middle = (self.start + self.end) / 2
        return np.where(self.kind == _ALONG, middle[:, 1], middle[:, 0])

    def without_jogs(self) -> _Walls:
        """Without the short walls between two longer ones that both have a main direction."""
        before, after = ring_neighbours(self.ring)
        length = self.length()
        corner = (self.kind == _OTHER) & (self.kind[before] != self.kind[after])
        short = length < np.where(corner, _CHAMFER, _JOG) * self.pixel
        sound = ~short & (self.kind != _OTHER)
        kept = ~(short & sound[before] & sound[after])
        return _Walls(self.start[kept], self.end[kept], self.ring[kept], self.pixel[kept], self.kind[kept])

    def merged(self) -> _Walls:
        """With walls that follow each other on nearly the same line made one, on their mean line."""
        before, _ = ring_neighbours(self.ring)
        offset = self.offset()
        joins = (
            (self.kind != _OTHER)
            & (self.kind == self.kind[before])
            & (np.abs(offset - offset[before]) < _JOG * self.pixel)
        )
        order = _start_rings_at(~joins, self.ring)
        first = np.diff(self.ring, prepend=-1) != 0
        heads = np.flatnonzero(~joins[order] | first)
        tails = np.append(heads[1:], len(order)) - 1
        start, end, kind = self.start[order[heads]], self.end[order[tails]], self.kind[order[heads]]
        if len(heads):
            length = np.maximum(self.length()[order], 1e-9)
            mean = np.add.reduceat(length * offset[order], heads) / np.add.reduceat(length, heads)
            for kind_here, axis in ((_ALONG, 1), (_ACROSS, 0)):
                here = kind == kind_here
                start[here, axis] = end[here, axis] = mean[here]
        return _Walls(start, end, self.ring[order[heads]], self.pixel[order[heads]], kind)

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Cut each wall with the next.

        Returns:
            ``(V, 2) float, metres`` and ``(V,) int``: vertices and their rings.
        """
        _, after = ring_neighbours(self.ring)
        kind, next_kind, start = self.kind, self.kind[after], self.start[after]
        # Where the two met before.
        met = np.where((kind == _OTHER)[:, None], self.end, np.where((next_kind == _OTHER)[:, None], start, 0.0))
        both = (kind != _OTHER) & (next_kind != _OTHER)
        met[both] = (self.end[both] + start[both]) / 2

        corner = met.copy()
        for kinds, wall_points in ((kind, self.end), (next_kind, start)):
            for kind_here, axis in ((_ALONG, 1), (_ACROSS, 0)):
                here = kinds == kind_here
                corner[here, axis] = wall_points[here, axis]
        # A diagonal goes on in its own direction until it reaches the other wall, unless that is far away.
        for diagonal, straight, low, high in (
            (kind == _OTHER, next_kind, self.start, self.end),
            (next_kind == _OTHER, kind, start, self.end[after]),
        ):
            for kind_here, axis in ((_ALONG, 1), (_ACROSS, 0)):
                here = np.flatnonzero(diagonal & (straight == kind_here))
                way = high[here] - low[here]
                cut = low[here] + way * ((corner[here, axis] - low[here, axis]) / way[:, axis])[:, None]
                near = np.hypot(*(cut - met[here]).T) < _REACH * self.pixel[here]
                corner[here[near]] = cut[near]

        # Two parallel walls are joined by a piece across, through where they met.
        parallel = both & (kind == next_kind)
        second = corner.copy()
        for kind_here, axis in ((_ALONG, 1), (_ACROSS, 0)):
            here = parallel & (kind == kind_here)
            corner[here, axis] = self.end[here, axis]
            second[here, axis] = start[here, axis]
        used = np.stack([np.ones(len(parallel), dtype=bool), parallel], axis=1).ravel()
        vertices = np.stack([corner, second], axis=1).reshape(-1, 2)[used]
        return vertices, np.repeat(self.ring, 2)[used]


def _start_rings_at(starts: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Order in which every ring begins at its first start, ``(W,) int``.

    Args:
        starts: ``(W,) bool``; a ring without any keeps its order.
        ring: ``(W,) int``, rising.
    """
    if not len(ring):
        return np.empty(0, dtype=np.intp)
    index = np.arange(len(ring))
    sizes = np.bincount(ring)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    begin = np.full(len(sizes), len(ring), dtype=np.intp)
    np.minimum.at(begin, ring[starts], index[starts])
    begin = np.where(begin == len(ring), first, begin)
    place = (index - begin[ring]) % sizes[ring]
    return np.lexsort((place, ring))
