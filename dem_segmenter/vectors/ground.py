"""Ground metres per pixel of a mask at any of its rows."""

from __future__ import annotations

import numpy as np
from affine import Affine
from rasterio.crs import CRS

from ..elevation.units import metres_per_pixel

#: Rows at which the scale is measured; in between it is interpolated (over 10 degrees of latitude within 0.01 %).
_KNOTS = 33


class GroundScale:
    """Metres on the ground that one pixel spans along a row and along a column.

    Degrees shrink towards the poles, and so do the "metres" of web maps: a raster of many degrees has other scales at
    its top than at its bottom.

    Attributes:
        constant: Whether the scale is the same at every row.
    """

    def __init__(self, crs: CRS | None, transform: Affine, width: int, height: int) -> None:
        self._rows = np.linspace(0.0, height, _KNOTS)
        if crs is None:
            # A local grid without a name: taken to count in metres.
            size = (np.hypot(transform.a, transform.d), np.hypot(transform.b, transform.e))
            self._sizes = np.tile(np.array(size, dtype=np.float64), (_KNOTS, 1))
        else:
            self._sizes = np.array([metres_per_pixel(crs, transform, width / 2, float(row)) for row in self._rows])
        self.constant = bool((np.ptp(self._sizes, axis=0) == 0).all())

    def at(self, rows: np.ndarray) -> np.ndarray:
        """Scale at some rows.

        Args:
            rows: ``(N,) float, pixels`` from the top edge of the grid.

        Returns:
            ``(N, 2) float64, metres``: width and height of a pixel on the ground.
        """
        rows = np.atleast_1d(np.asarray(rows, dtype=np.float64))
        return np.stack([np.interp(rows, self._rows, self._sizes[:, axis]) for axis in (0, 1)], axis=1)
