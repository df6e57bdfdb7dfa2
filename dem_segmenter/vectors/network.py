"""A line network that grows from the top: spurs pruned, junctions made clean, finished lines handed out.

Nodes are points; lines that meet share the very same coordinates. A line is finished when nothing that is still to come
can change it: both its ends are above the rows known, and no line at these ends can turn out to be a spur.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from .skeletons import Chain

Node = tuple[float, float]


@dataclass
class Line:
    """A line between two nodes.

    Attributes:
        points: ``(N, 2) float64, pixels``.
        radius: ``(N,) float64, metres``.
        length: Metres along the pixels.
        ends: Nodes at its first and last point.
    """

    points: np.ndarray
    radius: np.ndarray
    length: float
    ends: tuple[Node, Node]


@dataclass(frozen=True)
class FinishedLine:
    """A line that nothing changes any more.

    Attributes:
        points: ``(N, 2) float64, pixels``.
        radius: ``(N,) float64, metres``.
        loose: Whether the first and the last point are ends of the network (no other line is there).
    """

    points: np.ndarray
    radius: np.ndarray
    loose: tuple[bool, bool]


class LineNetwork:
    """The lines that are not finished.

    Args:
        min_length: Lines with a loose end are pruned below this, metres, and in any case below the local width.
        max_gap: Loose ends that face each other are joined across this, metres.
    """

    def __init__(self, min_length: float, max_gap: float) -> None:
        self._min_length = min_length
        self._max_gap = max_gap
        self._scale = np.ones(2)
        self._lines: dict[int, Line] = {}
        self._at: dict[Node, list[int]] = defaultdict(list)  # a loop is listed twice
        self._gone: dict[Node, int] = {}  # finished lines at nodes that unfinished ones still use
        self._next = 0

    def advance(self, chains: Iterable[Chain], known_above: float, scale: np.ndarray) -> list[FinishedLine]:
        """Take in more chains and hand out the lines that are finished by them.

        Args:
            chains: New chains.
            known_above: Nodes above this y have all their chains by now, pixels; infinity after the last ones.
            scale: ``(2,) float, metres``: width and height of a pixel.
        """
        self._scale = scale
        for chain in chains:
            self._add(chain.points, chain.radius)
        self._merge_passages(known_above)
        while self._tidy(known_above):
            pass
        if self._max_gap > 0 and self._close_gaps(known_above):
            self._merge_passages(known_above)
        return self._finished(known_above - self._max_gap / float(scale[1]))

    # Bookkeeping

    def _add(self, points: np.ndarray, radius: np.ndarray) -> int:
        ends = (tuple(points[0].tolist()), tuple(points[-1].tolist()))
        length = float(np.hypot(*(np.diff(points, axis=0) * self._scale).T).sum())
        key, self._next = self._next, self._next + 1
        self._lines[key] = Line(points, radius, length, ends)
        for node in ends:
            self._at[node].append(key)
        return key

    def _remove(self, key: int) -> Line:
        line = self._lines.pop(key)
        for node in line.ends:
            self._at[node].remove(key)
            if not self._at[node]:
                del self._at[node]
        return line

    def _degree(self, node: Node) -> int:
        return len(self._at.get(node, ())) + self._gone.get(node, 0)

    def _is_loose(self, node: Node, known_above: float) -> bool:
        return node[1] < known_above and self._degree(node) == 1

    def _limit(self, line: Line, end: int) -> float:
        """Length below which a line with a loose end is a spur of the junction at its other end, metres."""
        return max(self._min_length, 2.0 * float(line.radius[0 if end == 0 else -1]))

    # Tidying

    def _tidy(self, known_above: float) -> bool:
        """One round; whether anything has changed."""
        changed = self._prune(known_above)
        changed |= self._merge_passages(known_above)
        changed |= self._contract(known_above)
        return changed

    def _prune(self, known_above: float) -> bool:
        """Take away short lines with a loose end, and small loops."""
        spurs: dict[Node, list[tuple[float, int]]] = defaultdict(list)
        loops = []
        for key, line in self._lines.items():
            first, last = line.ends
            if first == last:
                if self._degree(first) > 2 and line.length < 3.0 * line.radius.max():
                    loops.append(key)
            elif self._is_loose(first, known_above) != self._is_loose(last, known_above):
                junction = 1 if self._is_loose(first, known_above) else 0
                node = line.ends[junction]
                # (Where only two meet, at a former seam, nothing branches off.)
                branches = node[1] < known_above and self._degree(node) > 2
                if branches and line.length < self._limit(line, junction):
                    spurs[node].append((line.length, key))
        for key in loops:
            self._remove(key)
        for node, found in spurs.items():
            found.sort()
            others = self._degree(node) - len(found)
            longest = self._lines[found[-1][1]]
            # The longest goes on what would else end here, unless it is only one of the two prongs in which every
            # thinned end of a wide road forks.
            end = 0 if longest.ends[0] == node else -1
            if others == 0 or (others == 1 and longest.length > 2.0 * longest.radius[end]):
                found.pop()
            for _, key in found:
                self._remove(key)
        return bool(loops) or any(spurs.values())

    def _merge_passages(self, known_above: float) -> bool:
        """Make one line of the two at every node where only two meet."""
        changed = False
        for node in list(self._at):
            keys = self._at.get(node, [])
            if node[1] >= known_above or len(keys) != 2 or keys[0] == keys[1] or node in self._gone:
                continue
            one, two = self._remove(keys[0]), self._remove(keys[0])
            points, radius = (a[::-1] if one.ends[0] == node else a for a in (one.points, one.radius))
            more, more_radius = (a if two.ends[0] == node else a[::-1] for a in (two.points, two.radius))
            self._add(np.concatenate([points, more[1:]]), np.concatenate([radius, more_radius[1:]]))
            changed = True
        return changed

    def _contract(self, known_above: float) -> bool:
        """Make one junction of two that are closer than the road is wide: thinned crossings come in pairs."""
        changed = False
        for key in list(self._lines):
            line = self._lines.get(key)
            if line is None or line.ends[0] == line.ends[1]:
                continue
            one, two = line.ends
            if max(one[1], two[1]) >= known_above or min(self._degree(one), self._degree(two)) < 3:
                continue
            anchored = [node for node in line.ends if node in self._gone]
            if line.length > 1.5 * max(line.radius[0], line.radius[-1]) or len(anchored) == 2:
                continue
            self._remove(key)
            middle: Node = anchored[0] if anchored else ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)
            for node in (one, two):
                if node != middle:
                    self._move(node, middle)
            changed = True
        return changed

    def _move(self, node: Node, target: Node) -> None:
        """Lead all lines at a node to another place."""
        for key in set(self._at.get(node, ())):
            line = self._remove(key)
            points, radius = line.points, line.radius
            if line.ends[0] == node:
                points, radius = np.concatenate([[target], points]), np.append(radius[0], radius)
            if line.ends[1] == node:
                points, radius = np.concatenate([points, [target]]), np.append(radius, radius[-1])
            self._add(points, radius)

    def _close_gaps(self, known_above: float) -> bool:
        """Join loose ends that face each other across a small gap."""
        loose = [node for node in self._at if self._is_loose(node, known_above) and node not in self._gone]
        if len(loose) < 2:
            return False
        places = np.array(loose) * self._scale
        pairs = cKDTree(places).query_pairs(self._max_gap, output_type="ndarray")
        distance = np.hypot(*(places[pairs[:, 1]] - places[pairs[:, 0]]).T)
        joined: set[int] = set()
        for one, two in pairs[np.argsort(distance)].tolist():
            keys = self._at[loose[one]][0], self._at[loose[two]][0]
            if one in joined or two in joined or keys[0] == keys[1]:
                continue
            way = places[two] - places[one]
            way /= max(float(np.hypot(*way)), 1e-9)
            # Within 45 degrees: two roads that end side by side are no gap.
            if min(self._heading(keys[0], loose[one]) @ way, -self._heading(keys[1], loose[two]) @ way) < 0.7:
                continue
            joined |= {one, two}
            radius = [self._radius_at(key, loose[i]) for key, i in zip(keys, (one, two), strict=True)]
            self._add(np.array([loose[one], loose[two]]), np.array(radius))
        return bool(joined)

    def _radius_at(self, key: int, node: Node) -> float:
        line = self._lines[key]
        return float(line.radius[0 if line.ends[0] == node else -1])

    def _heading(self, key: int, node: Node) -> np.ndarray:
        """Unit vector in which a line leaves at its end, ``(2,) float`` on the ground."""
        line = self._lines[key]
        points = line.points if line.ends[1] == node else line.points[::-1]
        way = (points[-1] - points[max(len(points) - 9, 0)]) * self._scale
        return way / max(float(np.hypot(*way)), 1e-9)

    # Handing out

    def _finished(self, known_above: float) -> list[FinishedLine]:
        """Take out the lines that are finished."""
        settled = {node: self._is_settled(node, known_above) for node in self._at}
        done = [key for key, line in self._lines.items() if settled[line.ends[0]] and settled[line.ends[1]]]
        result = []
        for key in done:
            line = self._lines[key]
            loose = (self._degree(line.ends[0]) == 1, self._degree(line.ends[1]) == 1)
            result.append(FinishedLine(line.points, line.radius, loose))
        for key in done:
            for node in self._remove(key).ends:
                self._gone[node] = self._gone.get(node, 0) + 1
        self._gone = {node: count for node, count in self._gone.items() if node in self._at}
        return result

    def _is_settled(self, node: Node, known_above: float) -> bool:
        """Whether no line can be taken away from a node any more."""
        if node[1] >= known_above:
            return False
        for key in self._at[node]:
            line = self._lines[key]
            other = line.ends[1] if line.ends[0] == node else line.ends[0]
            if other[1] >= known_above and line.length < self._limit(line, 0 if line.ends[0] == node else 1):
                return False
        return True
