"""What each setting is made of: the lie of the land and the ranks of its roads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from . import layouts
from .canvas import Canvas
from .growth import Growth
from .lines import Line, Points, Section
from .options import FloatArray
from .terrain import Relief


@dataclass(frozen=True, eq=False)
class Network:
    """Roads and other lines of a scene.

    Attributes:
        ranks: Lines of one rank each, the lowest first: a later rank cuts through an earlier one.
        built: Roads with plots along them.
    """

    ranks: list[list[Line]] = field(default_factory=list)
    built: list[Line] = field(default_factory=list)


def choose_relief(rng: np.random.Generator, setting: str) -> Relief:
    """Terrain that fits a setting."""
    steepness = {
        "city": (0.0, 0.04), "old_town": (0.0, 0.12), "industrial": (0.0, 0.02), "suburb": (0.0, 0.12),
        "village": (0.0, 0.2), "farmland": (0.0, 0.12), "forest": (0.02, 0.4), "mountain": (0.25, 0.75),
    }[setting]  # fmt: skip
    slope = steepness[0] + (steepness[1] - steepness[0]) * rng.random() ** 1.6
    wild = setting in ("forest", "mountain")
    hills = {"mountain": 14.0, "forest": 8.0, "industrial": 0.8, "city": 2.0}.get(setting, 4.5)
    return Relief(
        slope=slope,
        hills=hills * rng.uniform(0.15, 1.6),
        beta=rng.uniform(3.8, 5.2) if not wild else rng.uniform(3.5, 4.8),
        finest=rng.uniform(20, 60) if not wild else rng.uniform(8, 30),
        gullies=rng.uniform(0.5, 7)
        if wild and rng.random() < 0.6
        else (rng.uniform(0.2, 2) if rng.random() < 0.1 else 0),
        terraces=rng.uniform(0.6, 3.0) if slope > 0.06 and rng.random() < 0.3 else 0.0,
        roughness=rng.uniform(0.02, 0.07) * (2.0 if wild else 1.0),
    )


def urban_section(rng: np.random.Generator, width: float) -> Section:
    """A street between houses, with kerbs and sidewalks."""
    return Section(
        width=width,
        shoulder=rng.uniform(1.0, 2.6) + 0.12 * width,
        kerb=rng.uniform(0.07, 0.16),
        crown=rng.uniform(0.012, 0.03),
        smoothing=rng.uniform(8, 18),
        median=rng.uniform(0.1, 0.4) if width > 14 and rng.random() < 0.4 else 0.0,
    )


def rural_section(rng: np.random.Generator, width: float) -> Section:
    """A road between fields: a raised carriageway with verges and ditches, or a hollow way."""
    hollow = rng.random() < 0.12
    return Section(
        width=width,
        shoulder=rng.uniform(0.5, 1.8),
        kerb=-rng.uniform(0.03, 0.25) if not hollow else 0.1,
        crown=rng.uniform(0.01, 0.035),
        ditch=rng.uniform(0.2, 0.9) if rng.random() < 0.65 and not hollow else 0.0,
        cut=rng.uniform(0.4, 1.3),
        fill=rng.uniform(0.35, 0.8),
        lift=-rng.uniform(0.5, 2.5) if hollow else rng.choice([0.0, rng.uniform(0.1, 0.8)]),
        smoothing=rng.uniform(6, 16),
    )


def track_section(rng: np.random.Generator) -> Section:
    """A farm or forest track, 2.5 to 4.5 m wide, with ruts."""
    return Section(
        width=rng.uniform(2.5, 4.5),
        shoulder=rng.uniform(0.2, 0.8),
        kerb=rng.uniform(-0.1, 0.05),
        crown=rng.uniform(0.0, 0.03),
        ditch=rng.uniform(0.15, 0.5) if rng.random() < 0.35 else 0.0,
        cut=rng.uniform(0.6, 1.6),
        fill=rng.uniform(0.5, 0.9),
        smoothing=rng.uniform(4, 10),
        wear=rng.uniform(0.0, 0.1) if rng.random() < 0.4 else 0.0,
    )


def motorway_section(rng: np.random.Generator) -> Section:
    """Two carriageways and hard shoulders on an embankment or in a cutting."""
    return Section(
        width=rng.uniform(18, 25), shoulder=rng.uniform(1, 3), kerb=-0.1, crown=0.01, ditch=rng.uniform(0.3, 1.0),
        cut=rng.uniform(0.4, 0.8), fill=rng.uniform(0.4, 0.67),
        lift=float(rng.choice([rng.uniform(1.5, 7), -rng.uniform(1.5, 7), 0.5])), median=rng.uniform(0.4, 0.9),
        smoothing=rng.uniform(25, 50),
    )  # fmt: skip


def rail_section(rng: np.random.Generator) -> Section:
    """A railway: a narrow, flat-topped bank. Not a road."""
    return Section(
        width=rng.uniform(3.5, 10), shoulder=rng.uniform(0.5, 1.5), kerb=-rng.uniform(0.3, 0.6), crown=0.0,
        ditch=rng.uniform(0, 0.6), lift=float(rng.choice([rng.uniform(0.5, 6), -rng.uniform(0.5, 5), 0.4])),
        smoothing=rng.uniform(25, 45),
    )  # fmt: skip


def river_section(rng: np.random.Generator, setting: str) -> Section:
    """A river between banks, or a canal between quay walls. Roads cross it on bridges."""
    canal = setting in ("city", "old_town", "industrial") and rng.random() < 0.7
    return Section(
        width=rng.uniform(8, 45), shoulder=0.2, kerb=rng.uniform(0.1, 0.4), crown=0.0, lift=-rng.uniform(2.0, 5.0),
        cut=20.0 if canal else rng.uniform(0.3, 1.5), fill=20.0, smoothing=40.0,
    )  # fmt: skip


def _lines(paths: list[Points], section: Callable[[], Section], kind: str, is_road: bool = True) -> list[Line]:
    return [Line(path, section(), kind, is_road) for path in paths if len(path) >= 2]


def plan_network(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, setting: str) -> Network:
    """Draw the lines of a scene.

    Args:
        rng: Source of randomness.
        canvas: The raster.
        ground: (H, W) float32, metres: natural terrain, for roads that follow it.
        setting: One of the settings but "mixed".
    """
    network = Network()
    ranks = network.ranks
    ranks.append(distractors(rng, canvas, ground, setting))
    if setting in ("city", "old_town", "suburb", "industrial"):
        _urban(rng, canvas, network, setting)
    else:
        _rural(rng, canvas, ground, network, setting)
    if setting != "mountain" and rng.random() < 0.16:
        ranks.append(
            [
                Line(
                    layouts.through(rng, canvas, rng.uniform(0.1, 0.7), 120.0),
                    river_section(rng, setting),
                    "river",
                    False,
                )
            ]
        )
    if setting in ("city", "suburb", "industrial", "farmland", "village") and rng.random() < 0.15:
        line = layouts.through(rng, canvas, 0.1, 200.0)
        ranks.append([Line(line, rail_section(rng), "rail", False)])
    if setting in ("farmland", "industrial", "forest", "village", "suburb") and rng.random() < 0.15:
        ranks.append([Line(layouts.through(rng, canvas, 0.12, 250.0), motorway_section(rng), "motorway")])
    return network


def _urban(rng: np.random.Generator, canvas: Canvas, network: Network, setting: str) -> None:
    """Streets and arterials."""
    if setting == "old_town":
        spacing = rng.uniform(35, 70)
        paths = layouts.cells(rng, canvas, spacing, rng.uniform(0.5, 1.0), rng.uniform(0, 0.2))
        widths = (2.6, 7.0)
    elif setting == "industrial":
        paths = layouts.grid(rng, canvas, rng.uniform(110, 260), rng.uniform(110, 260), rng.uniform(0, 0.2), 0.2)
        widths = (7.0, 12.0)
    elif setting == "city":
        if rng.random() < 0.6:
            paths = layouts.grid(
                rng, canvas, rng.uniform(50, 100), rng.uniform(65, 150), rng.choice([0.0, rng.uniform(0, 0.3)]), 0.08
            )
        else:
            paths = layouts.cells(rng, canvas, rng.uniform(55, 105), rng.uniform(0.3, 0.9), 0.1)
        widths = (6.0, 14.0)
    else:
        form = rng.random()
        if form < 0.4:
            paths = layouts.grid(
                rng, canvas, rng.uniform(50, 80), rng.uniform(90, 200), rng.uniform(0.0, 0.7), rng.uniform(0.02, 0.25)
            )
        elif form < 0.6:
            paths = layouts.cells(rng, canvas, rng.uniform(70, 110), rng.uniform(0.4, 0.9), 0.15)
        else:
            growth = Growth(canvas, rng.uniform(45, 75))
            for _ in range(max(1, int(canvas.extent / 180))):
                growth.take(layouts.through(rng, canvas, rng.uniform(0.1, 0.5), rng.uniform(40, 120)), leaves=False)
            spacing = rng.uniform(55, 110)
            for _ in range(2):
                for parent in list(growth.paths):
                    for path in layouts.side_streets(rng, parent, spacing, (60, 300), rng.uniform(0.05, 0.35)):
                        growth.take(path)
            paths = growth.paths
        widths = (4.0, 8.5)
    base = rng.uniform(*widths)
    streets = _lines(
        paths, lambda: urban_section(rng, float(np.clip(base * rng.uniform(0.75, 1.25), *widths))), "street"
    )
    network.ranks.append(streets)
    network.built.extend(streets)
    for _ in range(int(rng.poisson(canvas.extent / 400))):
        # Arterials mostly belong to the plan; a few were cut through it later.
        longest = max(streets, key=lambda line: len(line.points) * rng.uniform(0.5, 1)) if streets else None
        path = longest.points if longest else layouts.through(rng, canvas, 0.1, 120.0)
        if rng.random() < 0.25 or setting == "old_town":
            path = layouts.through(rng, canvas, rng.uniform(0.0, 0.25), 120.0)
        arterial = Line(path, urban_section(rng, rng.uniform(9, 22)), "arterial")
        network.ranks.append([arterial])
        network.built.append(arterial)


def _rural(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, network: Network, setting: str) -> None:
    """A road or two through the scene, lanes that leave them, tracks that leave the lanes."""
    growth = Growth(canvas, rng.uniform(25, 60))
    if setting in ("forest", "mountain"):
        counts = _climbing(rng, canvas, ground, growth)
    else:
        counts = _lowland(rng, canvas, growth, setting)
    roads = growth.paths[: counts[0]]
    lanes = growth.paths[counts[0] : counts[1]]
    tracks = growth.paths[counts[1] :]
    network.ranks.append(_lines(tracks, lambda: track_section(rng), "track"))
    village = setting == "village" and rng.random() < 0.7
    lane_lines = _lines(
        lanes,
        lambda: urban_section(rng, rng.uniform(3.2, 6)) if village else rural_section(rng, rng.uniform(3, 6)),
        "lane",
    )
    network.ranks.append(lane_lines)
    road_lines = _lines(roads, lambda: rural_section(rng, rng.uniform(5, 9)), "road")
    network.ranks.append(road_lines)
    network.built.extend(lane_lines + road_lines)


def _lowland(rng: np.random.Generator, canvas: Canvas, growth: Growth, setting: str) -> tuple[int, int]:
    """Roads of a village or of farmland; how many paths are roads, and roads or lanes."""
    share = max(1.0, canvas.extent / 384)
    for _ in range(int(rng.integers(1, 3))):
        growth.take(layouts.through(rng, canvas, rng.uniform(0.1, 0.5), rng.uniform(40, 150)), leaves=False)
    roads = len(growth.paths)
    spacing = rng.uniform(60, 130) if setting == "village" else rng.uniform(150, 400)
    for parent in list(growth.paths):
        for path in layouts.side_streets(rng, parent, spacing, (60, 700), rng.uniform(0.1, 0.6)):
            growth.take(path)
    if setting == "village":
        for parent in growth.paths[roads:]:
            for path in layouts.side_streets(rng, parent, spacing, (40, 250), rng.uniform(0.1, 0.5)):
                growth.take(path)
    lanes = len(growth.paths)
    for parent in list(growth.paths):
        for path in layouts.side_streets(rng, parent, rng.uniform(150, 350), (60, 500), rng.uniform(0.05, 0.4)):
            growth.take(path)
            if len(growth.paths) > lanes + 6 * share:
                return roads, lanes
    return roads, lanes


def _climbing(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, growth: Growth) -> tuple[int, int]:
    """Roads of forests and mountains, which keep to a grade; how many are roads, and roads or lanes."""

    def climb(start: Points, leaves: bool, length: float) -> None:
        grade = rng.choice([-1, 1]) * rng.uniform(0.0, 0.1)
        growth.take(layouts.along_contour(rng, canvas, ground, start, grade, length), leaves)

    extent = canvas.extent
    if rng.random() < 0.4:
        # Both ways from a place in the scene, so that it crosses it.
        start, heading = extent * rng.uniform(0.25, 0.75, 2), rng.uniform(0, np.pi)
        halves = [
            layouts.along_contour(rng, canvas, ground, start, way * 0.03, extent * 1.5, heading + turn, way)
            for way, turn in ((1, 0), (-1, np.pi))
        ]
        growth.take(np.concatenate([halves[0][::-1], halves[1][1:]]), leaves=False)
    roads = len(growth.paths)
    for _ in range(int(rng.integers(1, 4))):
        start, heading = extent * rng.uniform(0.15, 0.85, 2), rng.uniform(0, np.pi)
        grade = rng.uniform(0.0, 0.08)
        halves = [
            layouts.along_contour(rng, canvas, ground, start, way * grade, extent, heading + turn, way)
            for way, turn in ((1, 0), (-1, np.pi))
        ]
        growth.take(np.concatenate([halves[0][::-1], halves[1][1:]]), leaves=False)
    lanes = roads + int(rng.integers(0, max(1, len(growth.paths) - roads) + 1))
    for parent in list(growth.paths):
        for _ in range(int(rng.integers(0, 3))):
            climb(parent[int(rng.integers(len(parent)))], True, extent * rng.uniform(0.3, 1.2))
    return roads, lanes


def distractors(rng: np.random.Generator, canvas: Canvas, ground: FloatArray, setting: str) -> list[Line]:
    """Linear relief that is no road: ditches, banks, streams and paths."""
    urban = setting in ("city", "old_town", "industrial")
    found: list[Line] = []
    for _ in range(int(rng.poisson((0.5 if urban else 2.0) * max(canvas.extent / 384, 0.5)))):
        path = layouts.through(rng, canvas, rng.uniform(0.02, 0.7), rng.uniform(20, 150))
        if rng.random() < 0.6:
            first = rng.integers(0, len(path) // 2)
            path = path[first : first + int(len(path) * rng.uniform(0.15, 0.5))]
        kind = str(rng.choice(["ditch", "bank", "stream", "path", "corridor"], p=[0.3, 0.25, 0.15, 0.2, 0.1]))
        found.append(Line(path, _distractor_section(rng, kind), kind, False))
    if setting in ("forest", "mountain"):
        for _ in range(int(rng.poisson(1.5))):
            path = layouts.along_contour(rng, canvas, ground, canvas.extent * rng.random(2), 0.05, canvas.extent)
            found.append(Line(path, _distractor_section(rng, "path"), "path", False))
    return [line for line in found if len(line.points) >= 4]


def _distractor_section(rng: np.random.Generator, kind: str) -> Section:
    if kind == "ditch":
        return Section(
            width=rng.uniform(0.6, 2),
            shoulder=0.1,
            kerb=0.1,
            crown=0,
            lift=-rng.uniform(0.3, 1.3),
            cut=0.9,
            fill=0.9,
            smoothing=5,
        )
    if kind == "bank":
        return Section(
            width=rng.uniform(0.6, 2.5),
            shoulder=0.3,
            kerb=-0.1,
            crown=0.05,
            lift=rng.uniform(0.3, 1.6),
            fill=rng.uniform(0.4, 1),
            smoothing=4,
        )
    if kind == "stream":
        return Section(
            width=rng.uniform(1, 6),
            shoulder=0.1,
            kerb=0.2,
            crown=0,
            lift=-rng.uniform(0.6, 3),
            cut=rng.uniform(0.4, 1.2),
            smoothing=10,
        )
    if kind == "corridor":
        # A pipeline's right of way: cleared and levelled a little, but nobody drives there.
        return Section(
            width=rng.uniform(6, 16),
            shoulder=0.5,
            kerb=0.0,
            crown=0,
            lift=rng.uniform(-0.15, 0.15),
            cut=0.3,
            fill=0.3,
            smoothing=3,
        )
    return Section(width=rng.uniform(0.8, 1.6), shoulder=0.2, kerb=0.0, crown=0, cut=1.2, fill=0.8, smoothing=3)
