"""The ground a settlement is built on, and what has been built so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from .buildings import Maker
from .canvas import Canvas
from .lines import Line, Nearest, resample
from .options import BoolArray, FloatArray
from .roofs import Building, draw


class Site:
    """Collects buildings without letting them overlap.

    Attributes:
        canvas: The raster.
        ground: (H, W) float32, metres; changed by the pads buildings stand on.
        roof: (H, W) float32, metres; -inf where there is no building.
        occupied: (H, W) bool: corridors, water and buildings with their clearance.
        works: (H, W) bool: carriageways and shoulders, which pads must not touch.
    """

    def __init__(self, canvas: Canvas, ground: FloatArray, corridor: BoolArray, closed: BoolArray) -> None:
        self.canvas = canvas
        self.ground = ground
        self.roof = np.full(ground.shape, -np.inf, dtype=np.float32)
        self.works = corridor
        self.occupied = corridor | closed

    @property
    def buildings(self) -> BoolArray:
        """(H, W) bool: inside a footprint."""
        return self.roof > -np.inf

    def add(self, building: Building, clearance: float = 1.5, pad: bool = True) -> bool:
        """Build something unless it would overlap what is there.

        Args:
            building: What to build.
            clearance: Metres kept free around it.
            pad: Whether the ground is levelled below and around it.

        Returns:
            Whether it was built.
        """
        canvas = self.canvas
        print_ = draw(canvas, building)
        if print_ is None:
            return False
        rows, cols, inside = print_.rows, print_.cols, print_.inside
        if (self.occupied[rows, cols] & inside).any():
            return False
        ground = self.ground[rows, cols]
        below = ground[inside]
        if np.ptp(below) > 9.0:
            return False
        floor = float(below.mean())
        if pad and np.ptp(below) > 0.4:
            margin = int(canvas.pixels(6.0))
            wide_rows = slice(max(0, rows.start - margin), min(canvas.size, rows.stop + margin))
            wide_cols = slice(max(0, cols.start - margin), min(canvas.size, cols.stop + margin))
            body = np.ones((wide_rows.stop - wide_rows.start, wide_cols.stop - wide_cols.start), dtype=bool)
            top, left = rows.start - wide_rows.start, cols.start - wide_cols.start
            body[top : top + inside.shape[0], left : left + inside.shape[1]] = ~inside
            away = np.maximum(ndimage.distance_transform_edt(body).astype(np.float32) * canvas.resolution - 1.0, 0)
            wide = self.ground[wide_rows, wide_cols]
            levelled = np.clip(wide, floor - 0.7 * away, floor + 0.7 * away)
            self.ground[wide_rows, wide_cols] = np.where(self.works[wide_rows, wide_cols], wide, levelled)
        roof = self.roof[rows, cols]
        roof[inside] = (floor + print_.height)[inside]
        grow = round(canvas.pixels(clearance))
        if grow > 0:
            padded = np.pad(inside, grow)
            ring = ndimage.distance_transform_edt(~padded) <= grow
            r0, c0 = rows.start - grow, cols.start - grow
            r1, c1 = rows.stop + grow, cols.stop + grow
            cut = ring[
                max(0, -r0) : ring.shape[0] - max(0, r1 - canvas.size),
                max(0, -c0) : ring.shape[1] - max(0, c1 - canvas.size),
            ]
            self.occupied[max(0, r0) : r1, max(0, c0) : c1] |= cut
        else:
            self.occupied[rows, cols] |= inside
        return True

    def along(
        self,
        rng: np.random.Generator,
        lines: Sequence[Line],
        makers: Sequence[Maker],
        weights: Sequence[float],
        setback: tuple[float, float],
        gap: tuple[float, float],
        density: float,
        clearance: float = 1.5,
        most: int = 100_000,
    ) -> int:
        """Build along roads, facing them.

        Args:
            rng: Source of randomness.
            lines: Roads with plots.
            makers: Kinds of building.
            weights: Their shares.
            setback: Least and greatest distance from the corridor to the front in metres.
            gap: Least and greatest distance between neighbours in metres.
            density: Share of plots that are built, 0..1.
            clearance: Metres kept free around each.
            most: Stop after so many.

        Returns:
            How many were built.
        """
        share = np.asarray(weights, dtype=float) / np.sum(weights)
        built = 0
        for line in lines:
            points = resample(line.points, 1.0)
            step = np.gradient(points, axis=0)
            for side in (-1, 1):
                front = rng.uniform(*setback)
                quirk = rng.uniform(0, 0.5)
                at = rng.uniform(2, 14)
                while at < len(points) - 1:
                    k = int(at)
                    point = points[k]
                    if not (-20 < point[0] < self.canvas.extent + 20 and -20 < point[1] < self.canvas.extent + 20):
                        at += 10
                        continue
                    heading = float(np.arctan2(step[k, 1], step[k, 0]))
                    angle = heading + (0 if side > 0 else np.pi)
                    building = makers[int(rng.choice(len(makers), p=share))](rng, 0.0, 0.0, angle)
                    u0 = min(p.u - p.a for p in building.parts)
                    u1 = max(p.u + p.a for p in building.parts)
                    v0 = min(p.v - p.b for p in building.parts)
                    if rng.random() < 0.25 * quirk * 2:
                        angle += np.pi / 2  # gable to the street
                        angle += rng.normal(0, 0.05)
                        v0 = -max(abs(u0), abs(u1))
                    angle += rng.normal(0, 0.02 + 0.1 * quirk * (rng.random() < 0.3))
                    at += (u1 - u0) / 2
                    away = line.section.corridor + front + rng.uniform(0, 2.5) * quirk - v0
                    k = min(int(at), len(points) - 1)
                    heading = float(np.arctan2(step[k, 1], step[k, 0]))
                    normal = np.array([-np.sin(heading), np.cos(heading)]) * side
                    x, y = points[k] + normal * away
                    if rng.random() < density:
                        placed = Building(float(x), float(y), angle, building.parts, building.fittings)
                        if self.add(placed, clearance):
                            built += 1
                            if built >= most:
                                return built
                    at += (u1 - u0) / 2 + rng.uniform(*gap)
        return built

    def scatter(
        self,
        rng: np.random.Generator,
        where: BoolArray,
        maker: Maker,
        count: int,
        near: Nearest | None = None,
        clearance: float = 1.0,
    ) -> int:
        """Build at random free places, lined up with the nearest road.

        Args:
            rng: Source of randomness.
            where: (H, W) bool: where it may stand.
            maker: Kind of building.
            count: How many to try.
            near: The nearest road; random directions without.
            clearance: Metres kept free around each.

        Returns:
            How many were built.
        """
        free = np.flatnonzero(where & ~self.occupied)
        if not free.size:
            return 0
        built = 0
        for cell in rng.choice(free, count):
            row, col = divmod(int(cell), self.canvas.size)
            angle = rng.uniform(0, np.pi)
            if near is not None:
                tangent = near.tangent[near.sample[row, col]]
                angle = float(np.arctan2(tangent[1], tangent[0])) + rng.integers(4) * np.pi / 2 + rng.normal(0, 0.05)
            building = maker(rng, (col + 0.5) * self.canvas.resolution, (row + 0.5) * self.canvas.resolution, angle)
            built += self.add(building, clearance)
        return built
