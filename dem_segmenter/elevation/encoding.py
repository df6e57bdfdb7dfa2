"""Elevation to the channels the encoder reads.

Absolute elevation says nothing about buildings or roads, and a per-image min-max (the paper's normalisation) hides a
road beside a tower. The relief encoding gives what an analyst computes by hand before looking for either: height above
the ground around, local relief at the scale of kerbs and of embankments, slope, and roughness. Every channel is
in metres or degrees first and then squeezed by a fixed function, so that a value means the same on every raster.

An encoder that was trained on photographs reads three colours: `ColourEncoding` shows it three of these channels, or
`MinMaxEncoding` the paper's normalisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy import ndimage

from ..errors import ModelFileError
from .halls import ground_below_halls

#: Height above ground that channels 0 and 1 of the relief encoding show as 1, metres.
TALL = 30.0


class Encoding(Protocol):
    """Elevation to channels."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    def margin(self, ground_resolution: float) -> int:
        """Pixels of context around a window that the channels inside depend on."""

    @property
    def precision(self) -> type[np.floating[Any]]:
        """The coarsest type that loses nothing of what `encode` returns."""

    @property
    def hall_search(self) -> tuple[float, float] | None:
        """Window and longest side of halls whose ground `encode` wants to know, metres; None: of none."""

    def encode(
        self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float, below: np.ndarray | None = None
    ) -> np.ndarray:
        """A window of any size: ``(H, W) float32, metres`` and ``(H, W) bool`` to ``(P, H, W) float32``.

        ``below`` is the ground below halls (`halls.ground_below_halls`), found in the window itself where None.
        """

    def finish(self, chips: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """What depends on a chip as a whole, once it is cut from an encoded window.

        Args:
            chips: ``(B, P, T, T) float32``, from `encode`.
            valid: ``(B, T, T) bool``: where elevation is known.

        Returns:
            ``(B, C, T, T) float32``, dimensionless, 0 where unknown: what the network reads.
        """

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""


@dataclass(frozen=True)
class MinMaxEncoding:
    """The paper's: a chip's lowest elevation to its highest as 0 to 1, the same in every channel, then normalised.

    What a value means differs from chip to chip, so overlapping tiles see the same ground differently.

    Attributes:
        mean: Mean of each channel in the encoder's own training data, on the scale of 0 to 1.
        std: Standard deviation of each.
    """

    name: str = field(default="minmax", init=False)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.mean)

    @property
    def precision(self) -> type[np.floating[Any]]:
        """Heights of a chip are stretched by what is not known before it is cut: half precision would show steps."""
        return np.float32

    @property
    def hall_search(self) -> tuple[float, float] | None:
        """None: heights are as they are."""
        return None

    def margin(self, ground_resolution: float) -> int:
        """None: the chip is all it looks at."""
        del ground_resolution
        return 0

    def encode(
        self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float, below: np.ndarray | None = None
    ) -> np.ndarray:
        """``(H, W) float32, metres`` and ``(H, W) bool`` to ``(1, H, W) float32``: metres; 0 where unknown."""
        del ground_resolution, below
        return np.where(valid, elevation, np.float32(0))[None].astype(np.float32)

    def finish(self, chips: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Stretch each chip: ``(B, 1, T, T)`` and ``(B, T, T) bool`` to ``(B, C, T, T) float32``; 0 where unknown."""
        known = valid[:, None]
        low = np.where(known, chips, np.inf).min((1, 2, 3), keepdims=True)
        high = np.where(known, chips, -np.inf).max((1, 2, 3), keepdims=True)
        # A chip without anything known has neither.
        low, high = np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
        scaled = (chips - low) / np.maximum(high - low, 1e-6)
        return np.where(known, normalised(scaled, self.mean, self.std, axis=1), np.float32(0)).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""
        return asdict(self)


@dataclass(frozen=True)
class ReliefEncoding:
    """Seven channels from one elevation band.

    Channels, each roughly in -1..1 and 0 where elevation is unknown:

    0. height above a fine morphological ground, ``asinh(h) / asinh(30)``;
    1. height above a coarse morphological ground, likewise;
    2. fine local relief ``z - gaussian(z, fine_sigma)``, ``asinh(z / fine_scale) / asinh(60)``: kerbs, ditches, edges;
    3. broad local relief ``z - gaussian(z, broad_sigma)``, likewise with `broad_scale`: benches, banks, houses;
    4. slope (Horn 1981, doi:10.1109/PROC.1981.11918), ``log1p(tan / 0.03) / log1p(2 / 0.03)``;
    5. roughness: local standard deviation of ``z`` less its local mean, ``log1p(r / 0.05) / log1p(60)``: canopy;
    6. how far ``z`` is from the plane that fits best in the `planar_window` (root mean square), scaled as channel 5:
       smooth crowns, as stereo matching draws them, are uneven at the scale of a roof and not at that of a leaf.

    Relief and slope are scaled by logarithms so that a track of a few centimetres is seen beside a tower. The first
    encoders had ``tanh(z / scale)`` and the angle over 90 degrees instead, and no channel 6: ``scaling="tanh"``,
    ``planar_window=0``.

    The ground of channels 0 and 1 is a morphological opening (Vincent 1993; the same as the white top-hat's
    complement) after single low outliers were closed. What is wider than the coarse opening and walled all around is a
    hall, and its ground, for channel 1, that around it (`halls`); the first encoders had a hall's own roof for it.

    Attributes:
        windows: Sides of the square openings in metres, fine and coarse.
        fine_sigma: Standard deviation of the fine smoothing, metres.
        fine_scale: Relief below which the scale is linear, metres.
        broad_sigma: As `fine_sigma`.
        broad_scale: As `fine_scale`.
        roughness_window: Side of the roughness window, metres.
        scaling: ``tanh`` or ``log``, of local relief and slope.
        planar_window: Side of the windows that planes are fitted in, metres; 0: no such channel.
        halls: Longest side of halls, metres; 0: a roof that is wider than the coarse opening is ground.
    """

    name: str = field(default="relief", init=False)
    windows: tuple[float, float] = (20.0, 70.0)
    fine_sigma: float = 2.0
    fine_scale: float = 0.05
    broad_sigma: float = 8.0
    broad_scale: float = 0.1
    roughness_window: float = 3.5
    scaling: str = "log"
    planar_window: float = 7.0
    halls: float = 500.0

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 7 if self.planar_window else 6

    @property
    def precision(self) -> type[np.floating[Any]]:
        """Half: the channels are of the order of 1."""
        return np.float16

    @property
    def hall_search(self) -> tuple[float, float] | None:
        """Window and longest side of halls, metres; None where their roofs are ground."""
        return (self.windows[1], self.halls) if self.halls else None

    def margin(self, ground_resolution: float) -> int:
        """Pixels of context around a window that the channels inside depend on, once the ground below halls is known.

        Args:
            ground_resolution: Metres per pixel.
        """
        # Opening looks one whole window far; a Gaussian is cut at three sigma.
        reach = max(max(self.windows), 3.0 * self.broad_sigma) + 4.0
        return int(np.ceil(reach / ground_resolution)) + 2

    def encode(
        self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float, below: np.ndarray | None = None
    ) -> np.ndarray:
        """Compute the channels.

        Args:
            elevation: ``(H, W) float32, metres``; anything where not valid.
            valid: ``(H, W) bool``: where elevation is known.
            ground_resolution: Metres per pixel.
            below: ``(H, W) float32, metres``: ground below halls, infinite where there is none
                (`halls.ground_below_halls`); found in the window itself where None.

        Returns:
            ``(channels, H, W) float32``, dimensionless.
        """
        shape = elevation.shape
        out = np.zeros((self.channels, *shape), np.float32)
        if not valid.any():
            return out
        z = fill_unknown(elevation, valid)
        if self.hall_search and below is None:
            below = ground_below_halls(z, ground_resolution, *self.hall_search)
        # Absolute height would cost float32 precision in the squares below.
        mean = np.float32(z.mean(dtype=np.float64))
        z = z - mean
        closed = ndimage.grey_closing(z, size=(3, 3))
        for index, window in enumerate(self.windows):
            side = _odd(window / ground_resolution)
            ground = ndimage.grey_opening(closed, size=(side, side))
            if index == 1 and self.hall_search and below is not None:
                ground = np.minimum(ground, below - mean)
            height = np.maximum(z - ground, 0.0)
            out[index] = np.arcsinh(height) / np.float32(np.arcsinh(TALL))
        fine = z - ndimage.gaussian_filter(z, self.fine_sigma / ground_resolution, truncate=3.0)
        broad = z - ndimage.gaussian_filter(z, self.broad_sigma / ground_resolution, truncate=3.0)
        # Sobel's kernel sums to 8: Horn's third-order finite difference.
        gradient = np.hypot(ndimage.sobel(z, 0), ndimage.sobel(z, 1)) / (8.0 * ground_resolution)
        if self.scaling == "log":
            out[2] = np.arcsinh(fine / self.fine_scale) / np.float32(np.arcsinh(60.0))
            out[3] = np.arcsinh(broad / self.broad_scale) / np.float32(np.arcsinh(60.0))
            out[4] = np.log1p(gradient / 0.03) / np.float32(np.log1p(2.0 / 0.03))
        else:
            out[2] = np.tanh(fine / self.fine_scale)
            out[3] = np.tanh(broad / self.broad_scale)
            out[4] = np.arctan(gradient) * np.float32(2.0 / np.pi)
        side = _odd(self.roughness_window / ground_resolution)
        residual = z - ndimage.uniform_filter(z, side)
        roughness = np.sqrt(np.maximum(ndimage.uniform_filter(residual * residual, side), 0.0))
        out[5] = np.log1p(roughness / 0.05) / np.float32(np.log1p(60.0))
        if self.planar_window:
            unevenness = deviation_from_plane(broad, _odd(self.planar_window / ground_resolution))
            out[6] = np.log1p(unevenness / 0.05) / np.float32(np.log1p(60.0))
        out[:, ~valid] = 0.0
        return out

    def finish(self, chips: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Nothing: a value means the same in every chip."""
        del valid
        return chips

    def height(self, encoded: np.ndarray) -> np.ndarray:
        """Height above the coarse ground, ``(H, W) float32, metres``, of what `encode` returned."""
        height: np.ndarray = np.sinh(encoded[1] * np.float32(np.arcsinh(TALL)))
        return height

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""
        return asdict(self)


@dataclass(frozen=True)
class ColourEncoding:
    """Three channels of the relief encoding as the colours of a picture, normalised as photographs were.

    Red is height above the coarse ground, green fine local relief, blue roughness: what an analyst tells houses, kerbs
    and trees by. Each is brought to 0 to 1 (fine relief, which has a sign, around one half), then the mean of the
    encoder's own training data is taken off and its deviation divided by. Unknown ground is 0, the mean colour.

    Attributes:
        relief: The encoding underneath.
        picked: Its channels that become red, green and blue.
        mean: Mean of each colour in the encoder's own training data, 0 to 1.
        std: Standard deviation of each.
    """

    name: str = field(default="colours", init=False)
    relief: ReliefEncoding = field(default_factory=ReliefEncoding)
    picked: tuple[int, ...] = (1, 2, 5)
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)

    #: Channels of the relief encoding that are -1 to 1 and not 0 to 1.
    SIGNED: ClassVar[tuple[int, ...]] = (2, 3)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self.picked)

    @property
    def precision(self) -> type[np.floating[Any]]:
        """Half: the channels are of the order of 1."""
        return np.float16

    @property
    def hall_search(self) -> tuple[float, float] | None:
        """As `ReliefEncoding.hall_search`."""
        return self.relief.hall_search

    def margin(self, ground_resolution: float) -> int:
        """As `ReliefEncoding.margin`."""
        return self.relief.margin(ground_resolution)

    def encode(
        self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float, below: np.ndarray | None = None
    ) -> np.ndarray:
        """``(H, W) float32, metres`` and ``(H, W) bool`` to ``(3, H, W) float32``; 0 where unknown."""
        relief = self.relief.encode(elevation, valid, ground_resolution, below)[list(self.picked)]
        signed = np.isin(self.picked, self.SIGNED)[:, None, None]
        colours = np.clip(np.where(signed, 0.5 * (relief + 1.0), relief), 0.0, 1.0)
        return np.where(valid, normalised(colours, self.mean, self.std, axis=0), np.float32(0)).astype(np.float32)

    def finish(self, chips: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Nothing: a value means the same in every chip."""
        del valid
        return chips

    def to_json(self) -> dict[str, Any]:
        """As a card stores it."""
        return asdict(self)


def normalised(values: np.ndarray, mean: Sequence[float], std: Sequence[float], axis: int) -> np.ndarray:
    """Less mean, over deviation.

    Args:
        values: Channels along ``axis``; a single one becomes as many as there are means.
        mean: Of each channel.
        std: Of each channel.
        axis: Of the channels; rows and columns follow it.

    Returns:
        As many channels as means, ``float32``.
    """
    shape = [1] * axis + [-1, 1, 1]
    centre, spread = (np.asarray(v, np.float32).reshape(shape) for v in (mean, std))
    return ((values - centre) / spread).astype(np.float32)


def encoding_from_json(values: Mapping[str, Any]) -> Encoding:
    """Rebuild an encoding from a card.

    Raises:
        ModelFileError: The card names an encoding this version does not know.
    """
    kind = {"relief": ReliefEncoding, "minmax": MinMaxEncoding, "colours": ColourEncoding}.get(values.get("name", ""))
    if kind is None or not set(values) <= {f.name for f in fields(kind)}:
        raise ModelFileError(
            f"The model reads elevation as '{values.get('name')}', which this version does not know.",
            "Update DEM Segmenter, or choose another head.",
        )
    if kind is ReliefEncoding:
        # Cards of earlier encoders do not say.
        values = {"scaling": "tanh", "planar_window": 0.0, "halls": 0.0, **values}
    numbers: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k != "name"}
    if "relief" in numbers:
        numbers["relief"] = encoding_from_json(numbers["relief"])
    return kind(**numbers)


def deviation_from_plane(z: np.ndarray, side: int) -> np.ndarray:
    """Root mean square of what a window's least-squares plane leaves unexplained.

    On a square window, the coordinates are orthogonal, so the two slopes are found one by one:
    ``var(z) - cov(z, x)^2 / var(x) - cov(z, y)^2 / var(y)``.

    Args:
        z: ``(H, W) float32, metres``; small numbers, or float32 is too coarse for their squares.
        side: Of the window, pixels, odd.

    Returns:
        ``(H, W) float32, metres``.
    """
    half = side // 2
    offsets = np.arange(-half, half + 1, dtype=np.float32)
    spread = np.float32((offsets**2).mean())
    mean = ndimage.uniform_filter(z, side)
    left = ndimage.uniform_filter(z * z, side) - mean * mean
    for axis in (0, 1):
        covariance = ndimage.correlate1d(z, offsets / side, axis)
        left = left - ndimage.uniform_filter1d(covariance, side, 1 - axis) ** 2 / spread
    return np.sqrt(np.maximum(left, 0.0))


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
