"""Metres on the ground from the units of a CRS: horizontally a pixel's size, vertically the elevation's factor."""

from __future__ import annotations

import math
import re
from typing import Any

import rasterio.warp
from affine import Affine
from rasterio.crs import CRS

from ..errors import ElevationError
from .gdal_errors import GDAL_ERRORS

#: WGS 84 ellipsoid: semi-major axis in metres and first eccentricity squared.
WGS84_A = 6378137.0
WGS84_E2 = 0.00669437999014

#: International foot and US survey foot, metres.
FOOT = 0.3048
US_SURVEY_FOOT = 1200.0 / 3937.0

#: Grid metres and ground metres may differ by this share before the ground is asked (UTM stays within 0.1 %).
SCALE_TOLERANCE = 0.01

_METRE_NAMES = {"m", "metre", "metres", "meter", "meters", "mètre", "mètres"}
_FOOT_NAMES = {"ft", "foot", "feet", "international foot", "international feet", "foot (international)", "ft (intl)"}
_SURVEY_FOOT_NAMES = {
    "us survey foot", "us survey feet", "us-ft", "usft", "us_ft", "ft-us", "ft_us", "ftus", "us ft", "foot_us",
    "us foot", "us feet", "us_foot", "us_feet", "foot (us)", "feet (us)", "foot (us survey)", "survey foot",
}  # fmt: skip
_OTHER_UNITS = {"cm": 0.01, "centimetre": 0.01, "centimeter": 0.01, "dm": 0.1, "mm": 0.001, "millimetre": 0.001}


def degree_lengths(latitude: float) -> tuple[float, float]:
    """Length of one degree of longitude and of latitude on the WGS 84 ellipsoid.

    From the radii of curvature in the prime vertical, ``N = a / sqrt(1 - e2 sin2(phi))``, and in the meridian,
    ``M = a (1 - e2) / (1 - e2 sin2(phi))**1.5`` (Snyder 1987, Map Projections: A Working Manual, USGS Professional
    Paper 1395, equations 4-18 to 4-21).

    Args:
        latitude: Degrees.

    Returns:
        Metres per degree of longitude and per degree of latitude.
    """
    phi = math.radians(latitude)
    root = 1.0 - WGS84_E2 * math.sin(phi) ** 2
    prime_vertical = WGS84_A / math.sqrt(root)
    meridian = WGS84_A * (1.0 - WGS84_E2) / root**1.5
    return math.radians(prime_vertical * math.cos(phi)), math.radians(meridian)


def pixel_to_crs(transform: Affine, col: float, row: float) -> tuple[float, float]:
    """CRS coordinates of a pixel corner (affine 2 and 3 spell the product differently)."""
    return (
        transform.a * col + transform.b * row + transform.c,
        transform.d * col + transform.e * row + transform.f,
    )


def metres_per_pixel(crs: CRS, transform: Affine, col: float, row: float) -> tuple[float, float]:
    """Ground size of a pixel, whatever the CRS's unit and the grid's rotation.

    Args:
        crs: CRS of the raster.
        transform: Pixel corner to CRS coordinates.
        col: Where on the raster to measure, pixels.
        row: The same for rows.

    Returns:
        Metres along a row (from one column to the next) and along a column.

    Raises:
        ElevationError: The CRS has no usable unit, or the coordinates cannot be what the CRS says they are.
    """
    x, y = pixel_to_crs(transform, col, row)
    if crs.is_geographic:
        # units_factor is in radians, so that grads and minutes work as well.
        to_degrees = math.degrees(unit_factor(crs))
        latitude = y * to_degrees
        if abs(latitude) > 90.0 or abs(x * to_degrees) > 540.0:
            raise ElevationError(
                f"The CRS counts in degrees, but the raster lies at x = {x:.0f}, y = {y:.0f}.",
                "Set the layer's CRS to the one its coordinates are really in.",
            )
        east, north = (length * to_degrees for length in degree_lengths(latitude))
    else:
        east = north = unit_factor(crs)
    size_x = math.hypot(transform.a * east, transform.d * north)
    size_y = math.hypot(transform.b * east, transform.e * north)
    if crs.is_projected:
        ground = _projected_ground_size(crs, transform, col, row)
        # Web Mercator's metre is 0.5 m on the ground at 60 degrees north. Small differences are left alone, so that
        # a 1 m DEM in UTM counts as 1 m.
        if ground is not None and any(
            abs(true / grid - 1.0) > SCALE_TOLERANCE for true, grid in zip(ground, (size_x, size_y), strict=True)
        ):
            size_x, size_y = ground
    if not (math.isfinite(size_x) and math.isfinite(size_y) and size_x > 0 and size_y > 0):
        raise ElevationError(
            f"A pixel measures {size_x:g} x {size_y:g} m, which cannot be.", "Check the raster's geotransform and CRS."
        )
    return size_x, size_y


def unit_factor(crs: CRS) -> float:
    """Metres (or radians, for a geographic CRS) per unit."""
    try:
        factor = float(crs.units_factor[1])
    except (*GDAL_ERRORS, TypeError, ValueError, IndexError):
        factor = 0.0
    if not factor > 0:
        raise ElevationError(
            "The raster's CRS has no unit of length.", "Set the layer's CRS to a projected or geographic one."
        )
    return factor


def _projected_ground_size(crs: CRS, transform: Affine, col: float, row: float) -> tuple[float, float] | None:
    """Pixel size measured on the ellipsoid; None where the CRS has no way to it."""
    step = 10.0
    points = [pixel_to_crs(transform, *point) for point in ((col, row), (col + step, row), (col, row + step))]
    try:
        lon, lat = rasterio.warp.transform(crs, "EPSG:4326", [p[0] for p in points], [p[1] for p in points])
    except GDAL_ERRORS:
        return None
    if not all(map(math.isfinite, (*lon, *lat))) or abs(lat[0]) > 89.9:
        return None
    east, north = degree_lengths(lat[0])
    sizes = [
        math.hypot(((lon[i] - lon[0] + 180.0) % 360.0 - 180.0) * east, (lat[i] - lat[0]) * north) / step for i in (1, 2)
    ]
    return (sizes[0], sizes[1]) if min(sizes) > 0 else None


def named_vertical_factor(name: str | None) -> float | None:
    """Metres per unit of elevation from a unit's name; None where the name says nothing."""
    if not name:
        return None
    key = re.sub(r"\s+", " ", name.strip().lower())
    if key in _METRE_NAMES:
        return 1.0
    if key in _SURVEY_FOOT_NAMES:
        return US_SURVEY_FOOT
    return FOOT if key in _FOOT_NAMES else _OTHER_UNITS.get(key)


def crs_vertical_factor(crs: CRS) -> float | None:
    """Metres per unit of elevation from a compound or 3D CRS's vertical axis; None without one."""
    return _vertical_factor(_tree(crs))


def has_places(crs: CRS) -> bool:
    """Whether a CRS has points in a plane or in degrees: one of heights alone, or from the Earth's centre, has not."""
    tree = _unbound(_tree(crs))
    geocentric = tree.get("coordinate_system", {}).get("subtype") == "Cartesian" and "Geo" in tree.get("type", "")
    return tree.get("type") != "VerticalCRS" and not geocentric


def _tree(crs: CRS) -> dict[str, Any]:
    """A CRS as PROJJSON; empty where it cannot be written so."""
    try:
        return dict(crs.to_dict(projjson=True))
    except GDAL_ERRORS:
        return {}


def _unbound(tree: dict[str, Any]) -> dict[str, Any]:
    """A CRS without the transformation it is bound to."""
    return tree.get("source_crs", {}) if tree.get("type") == "BoundCRS" else tree


def _vertical_factor(tree: dict[str, Any]) -> float | None:
    tree = _unbound(tree)
    if "components" in tree:
        return next(filter(None, map(_vertical_factor, tree["components"])), None)
    axes = tree.get("coordinate_system", {}).get("axis", [])
    if tree.get("type") == "VerticalCRS" and axes:
        return _axis_factor(axes[0].get("unit"))
    up = [axis for axis in axes if axis.get("direction") == "up"]
    return _axis_factor(up[0].get("unit")) if up else None


def _axis_factor(unit: Any) -> float | None:
    """A PROJJSON unit is a name or an object with its factor."""
    if isinstance(unit, dict):
        return float(unit["conversion_factor"]) if "conversion_factor" in unit else None
    return named_vertical_factor(unit)


def horizontal_unit_is_foot(crs: CRS) -> bool:
    """Whether a projected CRS counts in some kind of foot."""
    if not crs.is_projected:
        return False
    return abs(unit_factor(crs) - FOOT) < 1e-4
