"""Roofs: from parts in a building's own axes to elevations on the raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .canvas import Canvas
from .options import BoolArray, FloatArray

ROOFS = (
    "flat",
    "gable",
    "hip",
    "mansard",
    "shed",
    "pyramid",
    "barrel",
    "sawtooth",
    "dome",
    "cylinder",
    "cone",
    "cross",
)


@dataclass(frozen=True)
class Part:
    """A rectangle (or round) of a building, in the building's own axes, metres.

    Attributes:
        u: Centre along the building's axis.
        v: Centre across it.
        a: Half of the length along u.
        b: Half of the length along v.
        eave: Height of the eaves above the building's floor.
        roof: One of `ROOFS`.
        pitch: Slope of the roof, metres a metre.
        parapet: Height of a parapet around a flat roof.
        turned: Whether the ridge runs along v instead of u.
    """

    u: float
    v: float
    a: float
    b: float
    eave: float
    roof: str = "flat"
    pitch: float = 0.5
    parapet: float = 0.0
    turned: bool = False


@dataclass(frozen=True)
class Building:
    """A building of several parts.

    Attributes:
        x: Centre in metres.
        y: Centre in metres.
        angle: Direction of the u axis in radians.
        parts: What counts as footprint.
        fittings: What stands on the roof: only drawn where a part is below.
    """

    x: float
    y: float
    angle: float
    parts: Sequence[Part]
    fittings: Sequence[Part] = field(default_factory=tuple)

    @property
    def reach(self) -> float:
        """Radius in metres that holds every part."""
        return max(float(np.hypot(abs(p.u) + p.a, abs(p.v) + p.b)) for p in self.parts)


def part_height(part: Part, u: FloatArray, v: FloatArray) -> FloatArray:
    """Roof height of one part.

    Args:
        part: The part.
        u: (h, w) float32, metres in the building's axes.
        v: (h, w) float32, metres in the building's axes.

    Returns:
        (h, w) float32, metres above the floor; -inf outside the part.
    """
    du, dv = u - part.u, v - part.v
    a, b = part.a, part.b
    if part.turned:
        du, dv, a, b = dv, du, b, a
    au, av = np.abs(du), np.abs(dv)
    inside = (au <= a) & (av <= b)
    slope = part.pitch
    if part.roof == "gable":
        top = slope * (b - av)
    elif part.roof == "hip":
        top = slope * np.minimum(b - av, a - au)
    elif part.roof == "pyramid":
        top = slope * min(a, b) * np.minimum((b - av) / b, (a - au) / a)
    elif part.roof == "mansard":
        inward = np.minimum(b - av, a - au)
        steep = min(1.6, 0.4 * b)
        top = np.minimum(inward, steep) * 1.8 + np.maximum(inward - steep, 0) * min(slope, 0.35)
    elif part.roof == "shed":
        top = slope * 0.5 * (dv + b)
    elif part.roof == "barrel":
        top = slope * 2 * b * np.sqrt(np.maximum(1 - (av / b) ** 2, 0)) * 0.5
    elif part.roof == "sawtooth":
        period = max(4.0, b / 2)
        top = slope * np.mod(du + a, period) * 0.6
    elif part.roof == "cross":
        top = slope * np.maximum(b - av, np.minimum(a - au, b))
    elif part.roof in ("dome", "cylinder", "cone"):
        radius = np.hypot(du / a, dv / b)
        inside = radius <= 1
        shape = {"dome": np.sqrt(np.maximum(1 - radius**2, 0)), "cone": 1 - radius, "cylinder": 0 * radius}[part.roof]
        top = slope * min(a, b) * shape
    else:
        top = np.where((a - au < 0.45) | (b - av < 0.45), part.parapet, 0.0)
    return np.where(inside, part.eave + top, -np.inf).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Footprint:
    """A building on the raster.

    Attributes:
        rows: Rows of its window.
        cols: Columns of its window.
        inside: (h, w) bool.
        height: (h, w) float32, metres above the floor; -inf outside.
    """

    rows: slice
    cols: slice
    inside: BoolArray
    height: FloatArray


def draw(canvas: Canvas, building: Building) -> Footprint | None:
    """Put a building on the raster; None where nothing of it falls on it."""
    reach = building.reach + canvas.resolution
    row0 = max(0, int((building.y - reach) / canvas.resolution))
    row1 = min(canvas.size, int((building.y + reach) / canvas.resolution) + 2)
    col0 = max(0, int((building.x - reach) / canvas.resolution))
    col1 = min(canvas.size, int((building.x + reach) / canvas.resolution) + 2)
    if row0 >= row1 or col0 >= col1:
        return None
    dx = canvas.x[:, col0:col1] - np.float32(building.x)
    dy = canvas.y[row0:row1] - np.float32(building.y)
    cos, sin = np.float32(np.cos(building.angle)), np.float32(np.sin(building.angle))
    u, v = dx * cos + dy * sin, dy * cos - dx * sin
    height = part_height(building.parts[0], u, v)
    for part in building.parts[1:]:
        height = np.maximum(height, part_height(part, u, v))
    inside = height > -np.inf
    for part in building.fittings:
        height = np.where(inside, np.maximum(height, part_height(part, u, v)), height)
    if not inside.any():
        return None
    return Footprint(slice(row0, row1), slice(col0, col1), inside, height)
