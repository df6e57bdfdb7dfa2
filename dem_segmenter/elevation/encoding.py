"""Elevation to the channels the encoder reads.

Absolute elevation says nothing about buildings or roads, and a per-image min-max (the paper's normalisation) hides a
road beside a tower. The relief encoding gives what an analyst computes by hand before looking for either: height above
the ground around, local relief at the scale of kerbs and of embankments, slope, and roughness. Every channel is
in metres or degrees first and then squeezed by a fixed function, so that a value means the same on every raster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Protocol

import numpy as np
from scipy import ndimage

from ..errors import ModelFileError


class Encoding(Protocol):
    """Elevation to channels."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    def margin(self, ground_resolution: float) -> int:
        """Pixels of context around a window that the channels inside depend on."""

    def encode(self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float) -> np.ndarray:
        """``(H, W) float32, metres`` and ``(H, W) bool`` to ``(C, H, W) float32``, dimensionless."""


@dataclass(frozen=True)
class MinMaxEncoding:
    """The paper's: one channel, a chip's lowest elevation to its highest as 0 to 1. For comparisons only.

    It has no meaning beyond one chip, so the streaming segmenter cannot use it.
    """

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 1

    def margin(self, ground_resolution: float) -> int:
        """None: the chip is all it looks at."""
        del ground_resolution
        return 0

    def encode(self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float) -> np.ndarray:
        """``(H, W) float32, metres`` and ``(H, W) bool`` to ``(1, H, W) float32``; 0 where unknown."""
        del ground_resolution
        known = elevation[valid]
        if not known.size:
            return np.zeros((1, *elevation.shape), np.float32)
        low, high = float(known.min()), float(known.max())
        scaled = (elevation - np.float32(low)) / np.float32(max(high - low, 1e-6))
        return np.where(valid, scaled, np.float32(0))[None].astype(np.float32)


@dataclass(frozen=True)
class ReliefEncoding:
    """Six channels from one elevation band.

    Channels, each roughly in -1..1 and 0 where elevation is unknown:

    0. height above a fine morphological ground, ``asinh(h) / asinh(30)``;
    1. height above a coarse morphological ground, likewise;
    2. fine local relief ``z - gaussian(z, fine_sigma)``, ``tanh`` at `fine_scale`: kerbs, ditches, roof edges;
    3. broad local relief ``z - gaussian(z, broad_sigma)``, ``tanh`` at `broad_scale`: benches, banks, houses;
    4. slope angle over 90 degrees (Horn 1981, doi:10.1109/PROC.1981.11918);
    5. roughness: local standard deviation of ``z`` less its local mean, ``log1p(r / 0.05) / log1p(60)``: canopy.

    The ground of channels 0 and 1 is a morphological opening (Vincent 1993; the same as the white top-hat's
    complement) after single low outliers were closed.

    Attributes:
        windows: Sides of the square openings in metres, fine and coarse.
        fine_sigma: Standard deviation of the fine smoothing, metres.
        fine_scale: Relief that maps to tanh(1), metres.
        broad_sigma: As `fine_sigma`.
        broad_scale: As `fine_scale`.
        roughness_window: Side of the roughness window, metres.
    """

    name: str = field(default="relief", init=False)
    windows: tuple[float, float] = (20.0, 70.0)
    fine_sigma: float = 2.0
    fine_scale: float = 0.4
    broad_sigma: float = 8.0
    broad_scale: float = 2.5
    roughness_window: float = 3.5

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 6

    def margin(self, ground_resolution: float) -> int:
        """Pixels of context around a window that the channels inside depend on.

        Args:
            ground_resolution: Metres per pixel.
        """
        # Opening looks one whole window far; a Gaussian is cut at three sigma.
        reach = max(max(self.windows), 3.0 * self.broad_sigma) + 4.0
        return int(np.ceil(reach / ground_resolution)) + 2

    def encode(self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float) -> np.ndarray:
        """Compute the channels.

        Args:
            elevation: ``(H, W) float32, metres``; anything where not valid.
            valid: ``(H, W) bool``: where elevation is known.
            ground_resolution: Metres per pixel.

        Returns:
            ``(6, H, W) float32``, dimensionless.
        """
        shape = elevation.shape
        out = np.zeros((self.channels, *shape), np.float32)
        if not valid.any():
            return out
        z = fill_unknown(elevation, valid)
        # Absolute height would cost float32 precision in the squares below.
        z = z - np.float32(z.mean(dtype=np.float64))
        closed = ndimage.grey_closing(z, size=(3, 3))
        for index, window in enumerate(self.windows):
            side = _odd(window / ground_resolution)
            ground = ndimage.grey_opening(closed, size=(side, side))
            height = np.maximum(z - ground, 0.0)
            out[index] = np.arcsinh(height) / np.float32(np.arcsinh(30.0))
        fine = z - ndimage.gaussian_filter(z, self.fine_sigma / ground_resolution, truncate=3.0)
        broad = z - ndimage.gaussian_filter(z, self.broad_sigma / ground_resolution, truncate=3.0)
        out[2] = np.tanh(fine / self.fine_scale)
        out[3] = np.tanh(broad / self.broad_scale)
        # Sobel's kernel sums to 8: Horn's third-order finite difference.
        gradient = np.hypot(ndimage.sobel(z, 0), ndimage.sobel(z, 1)) / (8.0 * ground_resolution)
        out[4] = np.arctan(gradient) * np.float32(2.0 / np.pi)
        side = _odd(self.roughness_window / ground_resolution)
        residual = z - ndimage.uniform_filter(z, side)
        roughness = np.sqrt(np.maximum(ndimage.uniform_filter(residual * residual, side), 0.0))
        out[5] = np.log1p(roughness / 0.05) / np.float32(np.log1p(60.0))
        out[:, ~valid] = 0.0
        return out

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""
        return asdict(self)


def encoding_from_json(values: Mapping[str, Any]) -> ReliefEncoding:
    """Rebuild an encoding from a card.

    Raises:
        ModelFileError: The card names an encoding this version does not know.
    """
    name = values.get("name")
    known = {f.name for f in fields(ReliefEncoding)}
    if name != "relief" or not set(values) <= known:
        raise ModelFileError(
            f"The model reads elevation as '{name}', which this version does not know.",
            "Update DEM Segmenter, or choose another head.",
        )
    numbers: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k != "name"}
    return ReliefEncoding(**numbers)


def _odd(pixels: float) -> int:
    """Nearest odd number of pixels, at least 3."""
    return max(3, 2 * round((pixels - 1) / 2) + 1)


def fill_unknown(elevation: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Unknown pixels take the nearest known elevation, so that gaps make no cliffs.

    Args:
        elevation: ``(H, W) float32, metres``.
        valid: ``(H, W) bool``.

    Returns:
        ``(H, W) float32, metres``.
    """
    if valid.all():
        return elevation.astype(np.float32, copy=False)
    nearest = ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return elevation[tuple(nearest)].astype(np.float32, copy=False)
