"""What GDAL's failures arrive as."""

from __future__ import annotations

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

#: rasterio wraps most of them, but not all.
GDAL_ERRORS = (RasterioError, CPLE_BaseError)
