"""The demo's picture: a hillshade with buildings and roads drawn over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine
from PIL import Image, ImageDraw, ImageFont
from rasterio.features import rasterize

SCALE = 3  # picture pixels per raster pixel, so that outlines are finer than a pixel
BUILDING_FILL, BUILDING_EDGE = (214, 69, 48), (122, 22, 12)
ROAD_FILL, ROAD_LINE = (40, 122, 205), (9, 56, 120)
PAPER, INK = (255, 255, 255), (30, 30, 30)


def hillshade(elevation: np.ndarray, pixel: float) -> np.ndarray:
    """Relief shaded from four sides, so that streets of any direction show.

    The slope's illumination as in Horn (1981), weighted towards the cartographers' usual north-west light.

    Args:
        elevation: (H, W) float32, metres, NaN where unknown.
        pixel: Ground size of a pixel in metres.

    Returns:
        (H, W) float32, dimensionless, 0 black to 1 white; unknown ground is white.
    """
    known = np.isfinite(elevation)
    rows, columns = np.gradient(np.where(known, elevation, np.nanmedian(elevation)), pixel)
    slope = np.arctan(np.hypot(rows, columns))
    aspect = np.arctan2(-rows, columns)
    altitude = np.radians(50)
    shade = np.zeros(elevation.shape, np.float32)
    for azimuth, weight in ((315, 0.5), (270, 0.2), (0, 0.2), (45, 0.1)):
        light = np.radians(90 - azimuth)
        direct = np.sin(altitude) * np.cos(slope) - np.cos(altitude) * np.sin(slope) * np.cos(light - aspect)
        shade += weight * np.clip(direct, 0, 1)
    # Light paper below the colours: the darkest shade stays a grey.
    shade = 0.35 + 0.65 * shade / np.percentile(shade, 98)
    return np.where(known, np.clip(shade, 0, 1), 1).astype(np.float32)


def blend(picture: np.ndarray, where: np.ndarray, colour: tuple[int, int, int], opacity: float) -> None:
    """Lay a colour over part of a picture, in place.

    Args:
        picture: (H, W, 3) float32, 0 to 255.
        where: (H, W) bool.
        colour: Red, green, blue, 0 to 255.
        opacity: 0 leaves the picture, 1 covers it.
    """
    picture[where] = (1 - opacity) * picture[where] + opacity * np.array(colour, np.float32)


def draw(dem: Path, roads: Path, footprints: np.ndarray, centerlines: np.ndarray, title: str, output: Path) -> None:
    """Draw the results over the terrain.

    Args:
        dem: Elevation raster, metres, square pixels in a projected CRS.
        roads: Mask raster on the same grid, 1 road.
        footprints: (N,) shapely polygons in the raster's CRS.
        centerlines: (M,) shapely lines in the raster's CRS.
        title: One line above the map.
        output: PNG file to write.
    """
    with rasterio.open(dem) as source:
        elevation = source.read(1, masked=True).filled(np.nan)
        transform: Affine = source.transform
    with rasterio.open(roads) as source:
        road_mask = source.read(1) == 1

    shade = Image.fromarray(np.uint8(255 * hillshade(elevation, transform.a)))
    size = (shade.width * SCALE, shade.height * SCALE)
    grey = np.asarray(shade.resize(size, Image.Resampling.BICUBIC), np.float32)
    picture = np.repeat(grey[..., None], 3, axis=2)
    blend(picture, np.kron(road_mask, np.ones((SCALE, SCALE), bool)), ROAD_FILL, 0.45)
    fine = transform * Affine.scale(1 / SCALE)
    if len(footprints):
        inside = rasterize(footprints, out_shape=picture.shape[:2], transform=fine, dtype="uint8") == 1
        blend(picture, inside, BUILDING_FILL, 0.5)

    image = Image.fromarray(np.uint8(picture.clip(0, 255)))
    pen = ImageDraw.Draw(image)
    for line in shapely.get_parts(centerlines):
        pen.line(_pixels(line, ~fine), fill=ROAD_LINE, width=3)
    for polygon in shapely.get_parts(footprints):
        for ring in (polygon.exterior, *polygon.interiors):
            pen.line(_pixels(ring, ~fine), fill=BUILDING_EDGE, width=2)
    _frame(image, title, len(footprints), transform.a).save(output, optimize=True)


def _pixels(line: shapely.LineString, to_pixels: Affine) -> list[tuple[float, float]]:
    """A line's vertices in picture coordinates."""
    return [to_pixels @ (x, y) for x, y in shapely.get_coordinates(line)]


def _frame(map_image: Image.Image, title: str, buildings: int, pixel: float) -> Image.Image:
    """Put a title above the map, and a legend with a scale bar below it, where they hide nothing."""
    margin, head, foot = 24, 64, 72
    page = Image.new("RGB", (map_image.width + 2 * margin, map_image.height + head + foot), PAPER)
    page.paste(map_image, (margin, head))
    pen = ImageDraw.Draw(page)
    large, small = ImageFont.load_default(30), ImageFont.load_default(26)
    pen.text((margin, head // 2), title, INK, large, anchor="lm")

    middle = head + map_image.height + foot // 2
    x = margin
    for fill, edge, name in (
        (BUILDING_FILL, BUILDING_EDGE, f"Buildings ({buildings})"),
        (ROAD_FILL, None, "Roads"),
        (None, ROAD_LINE, "Road centrelines"),
    ):
        if fill:
            # As pale as it looks on the map.
            pale = tuple((channel + 230) // 2 for channel in fill)
            pen.rectangle((x, middle - 13, x + 40, middle + 13), fill=pale, outline=edge, width=2)
        else:
            pen.line((x, middle, x + 40, middle), fill=edge, width=4)
        pen.text((x + 52, middle), name, INK, small, anchor="lm")
        x += 52 + int(pen.textlength(name, small)) + 48

    metres = 100
    right = page.width - margin
    left = right - metres / pixel * SCALE
    pen.line((left, middle + 14, right, middle + 14), fill=INK, width=4)
    for end in (left, right):
        pen.line((end, middle + 4, end, middle + 14), fill=INK, width=4)
    pen.text(((left + right) / 2, middle - 2), f"{metres} m", INK, small, anchor="mb")
    return page
