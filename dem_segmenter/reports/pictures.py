"""Arrays as pictures, and what their colours mean."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

Color = tuple[int, int, int]

#: Colours of a comparison that people with any of the usual colour deficiencies tell apart, also by their lightness
#: (the first two are Okabe and Ito's, 2008, Color Universal Design).
COMPARISON: Mapping[str, Color] = {"hit": (0, 114, 178), "missed": (240, 182, 40), "invented": (184, 20, 90)}

#: What is not known is dimmed towards this, and hatched with the second colour.
UNKNOWN_COLOR: Color = (150, 150, 150)
HATCH_COLOR: Color = (232, 232, 232)

#: Distance between two strokes of the hatching, and their width, pixels.
HATCH = (8, 2)

#: Value of unknown pixels in labels and masks.
UNKNOWN = 255


@dataclass(frozen=True)
class Legend:
    """Colours and what they mean.

    Attributes:
        entries: Red, green, blue, and a word or two.
        hatched: Words among them whose colour is drawn hatched.
    """

    entries: Sequence[tuple[Color, str]]
    hatched: Sequence[str] = ()

    kind = "legend"


def hillshade(
    elevation: np.ndarray,
    resolution: float | tuple[float, float],
    valid: np.ndarray | None = None,
    *,
    azimuth: float = 315.0,
    altitude: float = 45.0,
    exaggeration: float = 1.0,
) -> np.ndarray:
    """Shaded relief, lit from the northwest (Horn 1981, Hill shading and the reflectance map, Proc. IEEE 69).

    Args:
        elevation: ``(H, W) float32, metres``, north up.
        resolution: Metres per pixel, or metres along a row and along a column.
        valid: ``(H, W) bool``, which pixels are known; finite ones where None.
        azimuth: Where the light comes from, degrees clockwise from north.
        altitude: How high it stands, degrees.
        exaggeration: Factor on the heights.

    Returns:
        ``(H, W) uint8``; flat ground is light grey, unknown pixels have the shade of flat ground.
    """
    height, width = elevation.shape
    size_x, size_y = resolution if isinstance(resolution, tuple) else (resolution, resolution)
    known = np.isfinite(elevation) if valid is None else valid & np.isfinite(elevation)
    z = np.where(known, elevation, np.nan).astype(np.float64) * exaggeration
    # Slopes go on beyond the picture.
    z = np.pad(z, 1, mode="reflect", reflect_type="odd") if min(height, width) > 1 else np.pad(z, 1, mode="edge")
    east, west = z[:, 2:], z[:, :-2]
    dx = (east - west)[:-2] + 2.0 * (east - west)[1:-1] + (east - west)[2:]
    south, north = z[2:], z[:-2]
    dy = (north - south)[:, :-2] + 2.0 * (north - south)[:, 1:-1] + (north - south)[:, 2:]
    dx, dy = dx / (8.0 * size_x), dy / (8.0 * size_y)  # rise to the east and to the north
    flat = ~(np.isfinite(dx) & np.isfinite(dy))  # the slope beside unknown ground is not known either
    dx, dy = np.where(flat, 0.0, dx), np.where(flat, 0.0, dy)
    phi, theta = math.radians(azimuth), math.radians(altitude)
    light = math.cos(theta) * math.sin(phi), math.cos(theta) * math.cos(phi), math.sin(theta)
    shade = (light[2] - dx * light[0] - dy * light[1]) / np.sqrt(1.0 + dx**2 + dy**2)
    return np.clip(40.0 + 215.0 * np.maximum(shade, 0.0), 0, 255).round().astype(np.uint8).reshape(height, width)


def tint(base: np.ndarray, where: np.ndarray, color: Color, strength: float = 0.6) -> np.ndarray:
    """Colour some pixels.

    Args:
        base: ``(H, W) uint8`` or ``(H, W, 3) uint8``.
        where: ``(H, W) bool``.
        color: Red, green, blue.
        strength: Share of the colour, 0..1; the rest stays what it was.

    Returns:
        ``(H, W, 3) uint8``.
    """
    picture = np.repeat(base[..., None], 3, axis=2) if base.ndim == 2 else base.copy()
    mixed = (1.0 - strength) * picture[where] + strength * np.array(color)
    picture[where] = mixed.round().astype(np.uint8)
    return picture


def overlay(base: np.ndarray | None, label: np.ndarray, prediction: np.ndarray, strength: float = 0.65) -> np.ndarray:
    """A prediction compared with its label, in the colours of `COMPARISON`; unknown pixels are dimmed and hatched.

    Args:
        base: ``(H, W) uint8``, for example a `hillshade`; white where None.
        label: ``(H, W) uint8``: 1 yes, 0 no, 255 unknown.
        prediction: The same.
        strength: Share of the colours, 0..1.

    Returns:
        ``(H, W, 3) uint8``.
    """
    base = np.full(label.shape, 255, dtype=np.uint8) if base is None else base
    known = (label != UNKNOWN) & (prediction != UNKNOWN)
    yes, truth = (prediction == 1) & known, (label == 1) & known
    picture = np.repeat(base[..., None], 3, axis=2)
    for name, where in (("hit", yes & truth), ("missed", truth & ~yes), ("invented", yes & ~truth)):
        picture = tint(picture, where, COMPARISON[name], strength)
    rows, columns = np.indices(label.shape)
    picture = tint(picture, ~known, UNKNOWN_COLOR, 0.6)
    return tint(picture, ~known & ((rows + columns) % HATCH[0] < HATCH[1]), HATCH_COLOR, 0.8)


def comparison_legend(hit: str = "found", missed: str = "missed", invented: str = "invented") -> Legend:
    """The legend of `overlay`."""
    words = {"hit": hit, "missed": missed, "invented": invented}
    entries = [(COMPARISON[name], word) for name, word in words.items()]
    return Legend([*entries, (UNKNOWN_COLOR, "not known")], hatched=("not known",))


def png(pixels: np.ndarray) -> str:
    """An image as a data URI.

    Args:
        pixels: ``(H, W) uint8`` or ``(H, W, 3) uint8``.
    """
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
