"""Where lines run: grids, irregular cells, winding roads, side streets and roads along contours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import spatial

from .canvas import Canvas
from .lines import Points
from .options import FloatArray

#: Metres beyond the canvas that layouts reach.
MARGIN = 60.0


def warp(rng: np.random.Generator, extent: float, strength: float) -> Callable[[Points], Points]:
    """A smooth displacement of the plane.

    Args:
        rng: Source of randomness.
        extent: Side of the scene in metres.
        strength: 0 keeps lines straight, 1 bends them by a sixth of their wavelength.

    Returns:
        A function from (N, 2) metres to (N, 2) metres.
    """
    count = 4
    length = rng.uniform(0.5, 1.6, count) * max(extent, 200.0)
    angle = rng.uniform(0, 2 * np.pi, count)
    phase = rng.uniform(0, 2 * np.pi, count)
    push = rng.uniform(0, 2 * np.pi, count)

    def apply(points: Points) -> Points:
        out = points.astype(np.float64).copy()
        for k in range(count):
            wave = np.sin(
                2 * np.pi * (points[:, 0] * np.cos(angle[k]) + points[:, 1] * np.sin(angle[k])) / length[k] + phase[k]
            )
            out += (strength * length[k] / 14) * wave[:, None] * np.array([np.cos(push[k]), np.sin(push[k])])
        return out

    return apply


def grid(
    rng: np.random.Generator, canvas: Canvas, across: float, along: float, bend: float, dropped: float
) -> list[Points]:
    """Streets on a grid.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        across: Mean spacing of one family of streets in metres.
        along: Mean spacing of the other family in metres.
        bend: Strength of the warp.
        dropped: Share of street pieces that are missing.

    Returns:
        Polylines, (N, 2) metres each.
    """
    reach = canvas.extent * 0.75 + MARGIN
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    curve = warp(rng, canvas.extent, bend)
    u = _marks(rng, reach, across)
    v = _marks(rng, reach, along)
    streets = []
    for marks, others, swap in ((u, v, False), (v, u, True)):
        for mark in marks:
            keep = rng.random(len(others) - 1) >= dropped
            start = 0
            while start < len(keep):
                stop = start
                while stop < len(keep) and keep[stop]:
                    stop += 1
                if stop > start:
                    walk = np.arange(others[start], others[stop] + 1e-6, 4.0)
                    walk = np.append(walk, others[stop])
                    fixed = np.full_like(walk, mark)
                    pair = (walk, fixed) if swap else (fixed, walk)
                    streets.append(curve(np.stack(pair, axis=1) @ turn + canvas.extent / 2))
                start = stop + 1
    return streets


def _marks(rng: np.random.Generator, reach: float, spacing: float) -> Points:
    count = int(2 * reach / spacing) + 3
    return -reach + rng.uniform(0, spacing) - spacing + np.cumsum(spacing * rng.uniform(0.65, 1.35, count))


def cells(rng: np.random.Generator, canvas: Canvas, spacing: float, disorder: float, dropped: float) -> list[Points]:
    """Streets between irregular blocks: the edges of Voronoi cells.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        spacing: Mean side of a block in metres.
        disorder: 0 for near squares, 1 for fully irregular blocks.
        dropped: Share of streets that are missing.

    Returns:
        Polylines, (N, 2) metres each.
    """
    reach = canvas.extent + 2 * MARGIN + 2 * spacing
    count = int(reach / spacing) + 1
    base = np.stack(np.meshgrid(np.arange(count), np.arange(count)), axis=-1).reshape(-1, 2) * spacing
    base = base - MARGIN - spacing + rng.uniform(-1, 1, base.shape) * spacing * 0.5 * disorder
    stretch = rng.uniform(0.6, 1.0)
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = canvas.extent / 2
    seeds = ((base - middle) @ turn) * np.array([1.15, 1.15 * stretch]) * 1.2
    seeds = seeds @ turn.T + middle
    diagram = spatial.Voronoi(seeds)
    curve = warp(rng, canvas.extent, 0.25)
    streets = []
    for first, second in diagram.ridge_vertices:
        kept = rng.random() >= dropped
        if first < 0 or second < 0 or not kept:
            continue
        ends = diagram.vertices[[first, second]]
        if (ends < -2 * MARGIN).any() or (ends > canvas.extent + 2 * MARGIN).any():
            continue
        length = float(np.hypot(*(ends[1] - ends[0])))
        share = np.linspace(0, 1, max(2, int(length / 5) + 1))[:, None]
        streets.append(curve(ends[0] * (1 - share) + ends[1] * share))
    return streets


def wander(
    rng: np.random.Generator, start: Points, heading: float, length: float, bend: float, settle: float = 40.0
) -> Points:
    """A winding line.

    Args:
        rng: Source of randomness.
        start: (2,) metres.
        heading: Radians from the x axis.
        length: Metres.
        bend: Standard deviation of the heading in radians.
        settle: Metres over which the heading changes.

    Returns:
        (N, 2) metres.
    """
    step = 3.0
    count = max(4, int(length / step))
    noise = rng.standard_normal(count + 200)
    kernel = np.hanning(max(4, int(settle * 2 / step)) | 1)
    turn = np.convolve(noise, kernel / np.sqrt((kernel**2).sum()), mode="same")[100 : 100 + count]
    direction = heading + bend * (turn - turn[0])
    moves = step * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    return np.concatenate([[start], start + np.cumsum(moves, axis=0)])


def through(rng: np.random.Generator, canvas: Canvas, bend: float, settle: float = 60.0) -> Points:
    """A winding line across the whole scene; (N, 2) metres."""
    heading = rng.uniform(0, 2 * np.pi)
    middle = canvas.extent * rng.uniform(0.3, 0.7, 2)
    length = canvas.extent * 1.7 + 2 * MARGIN
    line = wander(rng, np.zeros(2), heading, length, bend, settle)
    return line - line[len(line) // 2] + middle


def side_streets(
    rng: np.random.Generator, parent: Points, spacing: float, length: tuple[float, float], bend: float
) -> list[Points]:
    """Streets that leave a line to both sides.

    Args:
        rng: Source of randomness.
        parent: (N, 2) metres.
        spacing: Mean distance between two on the same side in metres.
        length: Shortest and longest in metres.
        bend: Standard deviation of the heading in radians.

    Returns:
        Polylines, (N, 2) metres each.
    """
    steps = np.hypot(*np.diff(parent, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    streets = []
    for side in (-1, 1):
        at = rng.uniform(0, spacing)
        while at < along[-1]:
            k = min(int(np.searchsorted(along, at)), len(parent) - 2)
            direction = parent[k + 1] - parent[k]
            heading = float(np.arctan2(direction[1], direction[0])) + side * np.pi / 2 + rng.normal(0, 0.1)
            streets.append(wander(rng, parent[k], heading, rng.uniform(*length), bend, 50.0))
            at += spacing * rng.uniform(0.7, 1.5)
    return streets


def along_contour(
    rng: np.random.Generator,
    canvas: Canvas,
    ground: FloatArray,
    start: Points,
    grade: float,
    length: float,
    heading: float | None = None,
    hand: float | None = None,
) -> Points:
    """A road that climbs a slope at a steady grade, turning back in hairpins now and then.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        ground: (H, W) float32, metres.
        start: (2,) metres.
        grade: Metres a metre along the road.
        length: Metres.
        heading: Direction of its first metres in radians; drawn when not given.
        hand: 1 or -1, the side on which it keeps the slope at first; drawn when not given.

    Returns:
        (N, 2) metres.
    """
    smooth = canvas.smooth(ground, 15.0)
    gy, gx = (np.asarray(part) for part in np.gradient(smooth, canvas.resolution))
    step = 4.0
    position = np.array(start, dtype=np.float64)
    heading = rng.uniform(0, 2 * np.pi) if heading is None else heading
    hand = (1.0 if rng.random() < 0.5 else -1.0) if hand is None else float(hand)
    # With a slope underfoot the road starts along it at once: bends come from hairpins, not from the start.
    climb = float(grade)
    points = [position.copy()]
    until_hairpin = rng.uniform(120, 500)
    turning = 0
    for _ in range(int(length / step)):
        col = int(np.clip(position[0] / canvas.resolution, 0, canvas.size - 1))
        row = int(np.clip(position[1] / canvas.resolution, 0, canvas.size - 1))
        slope = np.array([gx[row, col], gy[row, col]])
        steep = float(np.hypot(*slope))
        if steep > 0.02:
            uphill = np.arctan2(slope[1], slope[0])
            lean = np.arccos(np.clip(climb / steep, -0.9, 0.9))
            wanted = uphill + hand * lean
        else:
            wanted = heading + rng.normal(0, 0.1)
        error = (wanted - heading + np.pi) % (2 * np.pi) - np.pi
        limit = 0.55 if turning > 0 else 0.22
        turning -= 1
        heading += float(np.clip(error, -limit, limit)) + rng.normal(0, 0.03)
        position = position + step * np.array([np.cos(heading), np.sin(heading)])
        points.append(position.copy())
        until_hairpin -= step
        if until_hairpin < 0 and steep > 0.12:
            hand, turning = -hand, 8
            until_hairpin = rng.uniform(120, 500)
        if (position < -MARGIN).any() or (position > canvas.extent + MARGIN).any():
            break
    return np.array(points)
