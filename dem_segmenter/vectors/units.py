"""Ground metres per pixel of a mask, wherever it lies and whatever the unit of its CRS."""

from __future__ import annotations

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform as transform_points

#: WGS84: semi-major axis in metres, first eccentricity squared (NIMA TR8350.2, 3rd edition, tables 3.1 and 3.3).
_SEMI_MAJOR = 6378137.0
_ECCENTRICITY_2 = 6.69437999014e-3


class GroundScale:
    """Metres on the ground that one pixel spans, to the right and downwards, at any row of a grid.

    Projected CRSs have one scale everywhere, that of their unit. Two kinds do not: degrees shrink towards the poles,
    and so do the "metres" of Mercator maps (web maps: at 60 degrees north one of them is half a metre).

    Attributes:
        constant: Whether the scale is the same at every row.
    """

    def __init__(self, crs: CRS | None, transform: Affine, width: int, height: int) -> None:
        self._right = np.array([transform.a, transform.d], dtype=np.float64)
        self._down = np.array([transform.b, transform.e], dtype=np.float64)
        self._height = height
        self._unit = 1.0
        self._latitudes: np.ndarray | None = None
        self._geographic = bool(crs and crs.is_geographic)
        if crs is None:
            pass
        elif self._geographic:
            self._unit = float(crs.units_factor[1])  # radians
            middle = transform * (width / 2, 0.0)
            last = transform * (width / 2, float(height))
            self._latitudes = np.array([middle[1], last[1]]) * self._unit
        else:
            self._unit = _linear_factor(crs)
            if _is_mercator(crs):
                rows = np.linspace(0.0, height, 33)
                xs, ys = transform @ (np.full(33, width / 2), rows)
                self._latitudes = np.radians(transform_points(crs, CRS.from_epsg(4326), xs, ys)[1])
        self.constant = self._latitudes is None

    def at(self, rows: np.ndarray) -> np.ndarray:
        """Scale at some rows.

        Args:
            rows: ``(N,) float, pixels`` from the top edge of the grid.

        Returns:
            ``(N, 2) float64, metres``: width and height of a pixel on the ground.
        """
        rows = np.atleast_1d(np.asarray(rows, dtype=np.float64))
        east = np.full(len(rows), self._unit)
        north = east.copy()
        if self._latitudes is not None:
            knots = np.linspace(0.0, self._height, len(self._latitudes))
            latitude = np.interp(rows, knots, self._latitudes)
            if self._geographic:
                # Radii of curvature of the ellipsoid: Snyder 1987, Map Projections: A Working Manual, p. 24-25.
                inner = 1.0 - _ECCENTRICITY_2 * np.sin(latitude) ** 2
                east *= _SEMI_MAJOR * np.cos(latitude) / np.sqrt(inner)
                north *= _SEMI_MAJOR * (1.0 - _ECCENTRICITY_2) / inner**1.5
            else:
                east *= np.cos(latitude)
                north *= np.cos(latitude)
        return np.stack(
            [
                np.hypot(self._right[0] * east, self._right[1] * north),
                np.hypot(self._down[0] * east, self._down[1] * north),
            ],
            axis=1,
        )


def _linear_factor(crs: CRS) -> float:
    """Metres per unit of a projected CRS; 1 for local grids that do not say."""
    try:
        return float(crs.linear_units_factor[1])
    except (CRSError, KeyError, ValueError):
        return 1.0


def _is_mercator(crs: CRS) -> bool:
    try:
        return str(crs.to_dict().get("proj", "")) in {"merc", "webmerc"}
    except CRSError:
        return False
