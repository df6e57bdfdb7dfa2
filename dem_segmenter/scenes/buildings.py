"""Kinds of building, from a garden shed to a tower: each a function from a random generator to a `Building`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .roofs import Building, Part

Maker = Callable[[np.random.Generator, float, float, float], Building]


def pitch(rng: np.random.Generator) -> float:
    """Slope of a pitched roof, 12 to 55 degrees, metres a metre."""
    return float(np.tan(np.radians(rng.choice([rng.uniform(12, 25), rng.uniform(25, 40), rng.uniform(38, 55)]))))


def chimneys(rng: np.random.Generator, parts: Sequence[Part], most: int) -> list[Part]:
    """Chimneys and vents near the ridges."""
    found = []
    for _ in range(int(rng.integers(0, most + 1))):
        part = parts[int(rng.integers(len(parts)))]
        ridge = part.eave + (0 if part.roof == "flat" else part.pitch * min(part.a, part.b) * 0.8)
        u = part.u + rng.uniform(-0.8, 0.8) * part.a
        v = part.v + rng.uniform(-0.4, 0.4) * part.b
        found.append(Part(u, v, rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.6), ridge + rng.uniform(0.6, 1.8)))
    return found


def dormers(rng: np.random.Generator, part: Part) -> list[Part]:
    """A row of dormers on each side of a pitched roof."""
    if part.roof not in ("gable", "hip", "mansard") or part.a < 3 or rng.random() < 0.6:
        return []
    found = []
    for u in np.arange(-part.a + 2, part.a - 1.5, rng.uniform(2.8, 5)):
        for side in (-1, 1):
            width = rng.uniform(0.6, 1.1)
            found.append(
                Part(
                    part.u + (0 if part.turned else u),
                    part.v + side * part.b * 0.55,
                    width,
                    part.b * 0.3,
                    part.eave + part.pitch * part.b * 0.45 + 0.8,
                    "gable",
                    0.5,
                    turned=True,
                )
            )
    return found


def rooftop_plant(rng: np.random.Generator, part: Part, density: float) -> list[Part]:
    """Ventilation boxes, lift houses and skylights on a flat roof."""
    found = []
    for _ in range(int(rng.poisson(density * part.a * part.b / 60))):
        a, b = rng.uniform(0.6, max(0.8, 0.25 * part.a)), rng.uniform(0.6, max(0.8, 0.25 * part.b))
        u = part.u + rng.uniform(-0.8, 0.8) * max(part.a - a, 0)
        v = part.v + rng.uniform(-0.8, 0.8) * max(part.b - b, 0)
        found.append(Part(u, v, min(a, 8), min(b, 6), part.eave + rng.uniform(0.5, 3.5)))
    return found


def house(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A detached or semi-detached house with wings, a porch or a garage."""
    a, b = rng.uniform(4.0, 8.5), rng.uniform(3.2, 5.5)
    eave = float(rng.choice([rng.uniform(2.4, 3.6), rng.uniform(3.5, 6.8)]))
    roof = str(
        rng.choice(
            ["gable", "hip", "flat", "mansard", "shed", "pyramid", "cross"], p=[0.42, 0.25, 0.1, 0.05, 0.06, 0.05, 0.07]
        )
    )
    slope = pitch(rng)
    main = Part(0, 0, a, b, eave, roof, slope if roof != "shed" else slope * 0.5, rng.uniform(0, 0.6))
    parts = [main]
    form = rng.random()
    if form < 0.3:
        wing, depth = rng.uniform(2.4, max(2.5, 0.7 * a)), rng.uniform(2, 5)
        side = float(rng.choice([-1, 1]))
        at = float(rng.choice([-1, 0, 1])) * (a - wing)
        parts.append(
            Part(at, side * (b + depth - 0.5), wing, depth + 0.5, eave * rng.uniform(0.7, 1), roof, slope, turned=True)
        )
    if rng.random() < 0.35:
        side = float(rng.choice([-1, 1]))
        length = rng.uniform(1.5, 3.5)
        parts.append(
            Part(
                side * (a + length - 0.2),
                rng.uniform(-0.4, 0.4) * b,
                length,
                rng.uniform(2, max(2.1, 0.9 * b)),
                rng.uniform(2.2, 3),
                str(rng.choice(["flat", "gable", "shed"])),
                0.35,
            )
        )
    return Building(x, y, angle, parts, chimneys(rng, parts[:1], 2) + dormers(rng, main))


def shed(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A garden shed or garage."""
    a, b = rng.uniform(2.0, 4.2), rng.uniform(1.7, 3.2)
    roof = str(rng.choice(["flat", "gable", "shed", "hip"]))
    return Building(x, y, angle, [Part(0, 0, a, b, rng.uniform(2.2, 3.0), roof, rng.uniform(0.2, 0.6))])


def villa(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A large house, L-, T- or U-shaped."""
    a, b = rng.uniform(7, 13), rng.uniform(4, 6.5)
    eave, roof, slope = rng.uniform(3.2, 8), str(rng.choice(["hip", "gable", "flat", "mansard"])), pitch(rng)
    parts = [Part(0, 0, a, b, eave, roof, slope, 0.4)]
    for side in (-1, 1) if rng.random() < 0.5 else (float(rng.choice([-1, 0, 1])),):
        wing, depth = rng.uniform(3, 5.5), rng.uniform(3, 8)
        parts.append(
            Part(
                side * (a - wing),
                b + depth - 1,
                wing,
                depth + 1,
                eave * rng.uniform(0.75, 1),
                roof,
                slope,
                0.4,
                turned=True,
            )
        )
    return Building(x, y, angle, parts, chimneys(rng, parts, 4) + dormers(rng, parts[0]))


def row(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A row of terraced houses, units stepping in height and depth."""
    units, width, b = int(rng.integers(3, 12)), rng.uniform(4.5, 8), rng.uniform(4, 6)
    eave, roof, slope = rng.uniform(4.5, 9), str(rng.choice(["gable", "gable", "flat", "shed"])), pitch(rng)
    jog, step = float(rng.choice([0, 0, rng.uniform(0.3, 1.5)])), float(rng.choice([0, rng.uniform(0.2, 0.8)]))
    parts, fittings = [], []
    for k in range(units):
        u = (k - (units - 1) / 2) * width
        part = Part(
            u,
            jog * (k % 2) * 1.0,
            width / 2 + 0.05,
            b,
            eave + step * rng.standard_normal(),
            roof,
            slope * (0.5 if roof == "shed" else 1),
            0.3,
        )
        parts.append(part)
        if rng.random() < 0.5:
            fittings.append(Part(u + width / 2, 0, 0.4, 0.6, part.eave + (slope * b if roof == "gable" else 0) + 1.0))
        if rng.random() < 0.35:
            parts.append(Part(u, b + 1.4, width * 0.3, 1.6, rng.uniform(2.3, 3.2), "flat"))
    return Building(x, y, angle, parts, fittings)


def slab(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A flat-roofed apartment block, sometimes of staggered pieces."""
    pieces, length, b = int(rng.integers(1, 5)), rng.uniform(9, 22), rng.uniform(5, 8)
    eave = 3.0 * float(rng.integers(3, 12)) + 0.5
    pitched = rng.random() < 0.25 and eave < 18
    parts = [
        Part(
            (k - (pieces - 1) / 2) * 2 * length,
            rng.uniform(-2, 2) * (pieces > 1),
            length + 0.1,
            b,
            eave + (3.0 * float(rng.integers(-1, 2)) if rng.random() < 0.2 else 0),
            "gable" if pitched else "flat",
            0.4,
            rng.uniform(0, 1.1),
        )
        for k in range(pieces)
    ]
    fittings = [f for part in parts for f in (chimneys(rng, [part], 4) if pitched else rooftop_plant(rng, part, 1.0))]
    return Building(x, y, angle, parts, fittings)


def tower(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A high-rise on a podium, with setbacks."""
    a, b = rng.uniform(8, 18), rng.uniform(8, 16)
    height = float(rng.choice([rng.uniform(25, 45), rng.uniform(40, 80)]))
    parts = [Part(0, 0, a, b, height, "flat", parapet=1.2)]
    if rng.random() < 0.6:
        parts.append(
            Part(
                rng.uniform(-6, 6),
                rng.uniform(-6, 6),
                a + rng.uniform(3, 14),
                b + rng.uniform(3, 12),
                rng.uniform(4, 14),
                "flat",
                parapet=0.8,
            )
        )
    if rng.random() < 0.4:
        parts.append(Part(0, 0, a * 0.65, b * 0.65, height + rng.uniform(3, 12), "flat"))
    return Building(x, y, angle, parts, [f for part in parts for f in rooftop_plant(rng, part, 0.8)])


def hall(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A warehouse, factory or supermarket of one or more bays."""
    bays = int(rng.choice([1, 1, 2, 3, 5]))
    a, b = rng.uniform(10, 60), rng.uniform(7, 22)
    if bays > 1:
        b *= 0.7
    eave = rng.uniform(4, 14)
    roof = str(rng.choice(["flat", "gable", "sawtooth", "barrel", "shed"], p=[0.45, 0.3, 0.1, 0.1, 0.05]))
    slope = {
        "gable": rng.uniform(0.06, 0.35),
        "barrel": rng.uniform(0.2, 0.5),
        "sawtooth": rng.uniform(0.3, 0.8),
        "shed": 0.08,
    }.get(roof, 0.0)
    parts = [
        Part(
            rng.uniform(-0.2, 0.2) * a * (bays > 1 and rng.random() < 0.4),
            (k - (bays - 1) / 2) * 2 * b,
            a * rng.uniform(0.8, 1),
            b + 0.1,
            eave,
            roof,
            slope,
            rng.uniform(0, 1),
        )
        for k in range(bays)
    ]
    if rng.random() < 0.5:
        parts.append(
            Part(
                a + rng.uniform(2, 8),
                rng.uniform(-1, 1) * b,
                rng.uniform(4, 10),
                rng.uniform(4, max(4.5, b)),
                rng.uniform(3, 12),
                "flat",
                parapet=0.4,
            )
        )
    fittings = [f for part in parts for f in rooftop_plant(rng, part, 0.5 if roof == "flat" else 0.1)]
    return Building(x, y, angle, parts, fittings)


def barn(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A barn or stable, sometimes with a lean-to."""
    a, b, eave = rng.uniform(7, 28), rng.uniform(5, 10), rng.uniform(3, 6)
    slope = rng.uniform(0.2, 0.9)
    parts = [Part(0, 0, a, b, eave, str(rng.choice(["gable", "gable", "hip", "barrel"])), slope)]
    if rng.random() < 0.4:
        parts.append(Part(rng.uniform(-0.3, 0.3) * a, b + 2, a * 0.6, 2.5, eave * 0.8, "flat"))
    return Building(x, y, angle, parts)


def church(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """Nave, transept and spire."""
    a, b, eave = rng.uniform(9, 25), rng.uniform(4, 8), rng.uniform(6, 16)
    slope = rng.uniform(0.8, 1.6)
    tower_half = rng.uniform(2.2, 4)
    parts = [
        Part(0, 0, a, b, eave, "gable", slope),
        Part(
            -a,
            0,
            tower_half,
            tower_half,
            eave * rng.uniform(1.5, 2.6),
            str(rng.choice(["pyramid", "flat", "dome"])),
            rng.uniform(1, 4),
        ),
    ]
    if rng.random() < 0.6:
        parts.append(Part(a * 0.35, 0, b * 0.9, b * 1.9, eave, "gable", slope, turned=True))
    if rng.random() < 0.5:
        parts.append(Part(a, 0, b * 0.9, b * 0.9, eave * 0.9, str(rng.choice(["cone", "dome"])), 0.6))
    return Building(x, y, angle, parts)


def school(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A public building: wings around courts, comb and U plans."""
    a, b = rng.uniform(15, 35), rng.uniform(5, 9)
    eave, roof = rng.uniform(4, 16), str(rng.choice(["flat", "flat", "hip", "gable"]))
    slope = rng.uniform(0.3, 0.7)
    parts = [Part(0, 0, a, b, eave, roof, slope, 0.5)]
    wings = int(rng.integers(1, 4))
    depth = rng.uniform(7, 18)
    for k in range(wings):
        at = 0.0 if wings == 1 else (-1 + 2 * k / (wings - 1)) * (a - b)
        parts.append(Part(at, b + depth - 1, b, depth + 1, eave * rng.uniform(0.6, 1), roof, slope, 0.5, turned=True))
    if wings > 1 and rng.random() < 0.4:
        parts.append(Part(0, b + 2 * depth, a, b * 0.8, eave * rng.uniform(0.6, 1), roof, slope, 0.5))
    return Building(
        x,
        y,
        angle,
        parts,
        [f for part in parts for f in (rooftop_plant(rng, part, 0.6) if roof == "flat" else chimneys(rng, [part], 3))],
    )


def tank(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A storage tank, silo or gas holder."""
    radius = rng.uniform(3, 18)
    return Building(
        x,
        y,
        angle,
        [
            Part(
                0,
                0,
                radius,
                radius,
                rng.uniform(4, 18),
                str(rng.choice(["cylinder", "dome", "cone"])),
                rng.uniform(0.1, 0.5),
            )
        ],
    )


def greenhouse(rng: np.random.Generator, x: float, y: float, angle: float) -> Building:
    """A greenhouse of many ridges, or polytunnels."""
    count, b = int(rng.integers(2, 10)), rng.uniform(2, 4)
    a = rng.uniform(10, 40)
    tunnel = rng.random() < 0.5
    gap = rng.uniform(0.8, 2.0) if tunnel else -0.05
    parts = [
        Part(
            0,
            (k - (count - 1) / 2) * (2 * b + gap),
            a,
            b,
            1.0 if tunnel else rng.uniform(2.8, 3.2),
            "barrel" if tunnel else "gable",
            0.9 if tunnel else 0.4,
        )
        for k in range(count)
    ]
    return Building(x, y, angle, parts)


MAKERS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (house, shed, villa, row, slab, tower, hall, barn, church, school, tank, greenhouse)
}
