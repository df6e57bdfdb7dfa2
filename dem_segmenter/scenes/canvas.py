"""The raster a scene is drawn on, in metres, and the noise fields everything is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from .options import FloatArray

#: Pixels drawn beyond each edge and cut off at the end, so that nothing shows where the scene stops.
PAD = 24


@dataclass(frozen=True)
class Canvas:
    """A square raster in metres: x to the right, y down, the origin at the outer corner of the padding.

    Attributes:
        size: Pixels along a side, padding included.
        resolution: Side of a pixel in metres.
    """

    size: int
    resolution: float

    @property
    def extent(self) -> float:
        """Side in metres, padding included."""
        return self.size * self.resolution

    @cached_property
    def x(self) -> FloatArray:
        """(1, W) float32, metres: the pixel centres' x."""
        return ((np.arange(self.size, dtype=np.float32) + 0.5) * self.resolution)[None, :]

    @cached_property
    def y(self) -> FloatArray:
        """(H, 1) float32, metres: the pixel centres' y."""
        return ((np.arange(self.size, dtype=np.float32) + 0.5) * self.resolution)[:, None]

    def pixels(self, metres: float) -> float:
        """A length in metres as pixels."""
        return metres / self.resolution

    def sample(self, field: FloatArray, points: npt.NDArray[np.floating]) -> FloatArray:
        """Bilinear values of a field at points.

        Args:
            field: (H, W) float32.
            points: (N, 2) x and y in metres.

        Returns:
            (N,) float32.
        """
        coords = np.stack([points[:, 1], points[:, 0]]) / self.resolution - 0.5
        return ndimage.map_coordinates(field, coords, order=1, mode="nearest").astype(np.float32)

    def smooth(self, field: FloatArray, metres: float) -> FloatArray:
        """Gaussian smoothing with a standard deviation in metres; (H, W) float32 in and out."""
        return ndimage.gaussian_filter(field, self.pixels(metres), mode="nearest", truncate=3.0)

    def stamp(
        self,
        surface: FloatArray,
        x: npt.NDArray[np.floating],
        y: npt.NDArray[np.floating],
        reach: npt.NDArray[np.floating],
        height: Callable[[FloatArray, FloatArray, npt.NDArray[np.intp]], FloatArray],
    ) -> None:
        """Raise a surface, in place, to many small objects at once.

        Args:
            surface: (H, W) float32, metres.
            x: (N,) metres, the objects' centres.
            y: (N,) metres.
            reach: (N,) metres, how far each object extends from its centre.
            height: From offsets dx and dy (n, k*k) in metres and the objects' indices (n, 1) to elevations in metres;
                -inf outside the object.
        """
        steps = np.ceil(np.asarray(reach) / self.resolution).astype(int)
        flat = surface.reshape(-1)
        for step in np.unique(steps):
            members = np.flatnonzero(steps == step)
            offset = np.arange(-step, step + 1)
            drow, dcol = (part.reshape(1, -1) for part in np.meshgrid(offset, offset, indexing="ij"))
            chunk = max(1, 400_000 // drow.size)
            for start in range(0, members.size, chunk):
                index = members[start : start + chunk, None]
                row = np.floor(y[index] / self.resolution).astype(int) + drow
                col = np.floor(x[index] / self.resolution).astype(int) + dcol
                dx = ((col + 0.5) * self.resolution - x[index]).astype(np.float32)
                dy = ((row + 0.5) * self.resolution - y[index]).astype(np.float32)
                value = height(dx, dy, index)
                inside = (row >= 0) & (col >= 0) & (row < self.size) & (col < self.size) & (value > -np.inf)
                np.maximum.at(flat, row[inside] * self.size + col[inside], value[inside].astype(np.float32))


def fractal(
    rng: np.random.Generator,
    canvas: Canvas,
    longest: float,
    shortest: float = 0.0,
    beta: float = 3.0,
    stretch: float = 1.0,
    angle: float = 0.0,
) -> FloatArray:
    """Gaussian noise with a power spectrum that falls as f**-beta between two wavelengths.

    Args:
        rng: Source of randomness.
        canvas: Raster to fill.
        longest: Wavelength in metres above which there is nothing.
        shortest: Wavelength in metres below which there is nothing.
        beta: Spectral slope of the power; 0 is white, 3 to 4 is terrain.
        stretch: How many times longer the features are along `angle` than across it.
        angle: Direction of the stretching in radians from the x axis.

    Returns:
        (H, W) float32 of mean 0 and standard deviation 1, dimensionless.
    """
    # A quarter more than needed: the noise is periodic, and opposite edges must not match.
    side = fft.next_fast_len(int(canvas.size * 1.25), real=True)
    noise = fft.rfft2(rng.standard_normal((side, side), dtype=np.float32))
    fy = fft.fftfreq(side, canvas.resolution).astype(np.float32)[:, None]
    fx = fft.rfftfreq(side, canvas.resolution).astype(np.float32)[None, :]
    if stretch != 1.0:
        along = (fx * np.cos(angle) + fy * np.sin(angle)) * stretch
        frequency = np.hypot(along, fy * np.cos(angle) - fx * np.sin(angle))
    else:
        frequency = np.hypot(fx, fy)
    frequency[0, 0] = 1.0
    gain = frequency ** (-beta / 2)
    low = 1.0 / min(longest, side * canvas.resolution * max(stretch, 1.0))
    # Soft cuts: hard ones ring.
    gain *= 1.0 / (1.0 + (low / frequency) ** 6)
    if shortest > 0:
        gain *= np.exp(-((frequency * shortest) ** 2))
    gain[0, 0] = 0.0
    field = fft.irfft2(noise * gain, s=(side, side))[: canvas.size, : canvas.size]
    field = field - field.mean()
    return (field / max(float(field.std()), 1e-9)).astype(np.float32)
