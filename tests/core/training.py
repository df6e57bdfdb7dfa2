"""What the training tests share: a town as a DEM with its labels on disk, and a small encoder nobody has trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyogrio
import rasterio
import shapely
import torch
from rasterio.transform import from_origin
from rasterio.warp import transform as warp

from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.learning.pretrain import save_encoder
from dem_segmenter.network.encoder import Encoder, EncoderOptions

UTM = "EPSG:25832"
WEST, NORTH = 500_000.0, 5_600_000.0
#: Ground that one chip of the small encoder shows, metres.
CHIP = 64 * 0.75


def write_encoder(folder: Path) -> Path:
    """A ViT with random weights and chips of 64 pixels."""
    torch.manual_seed(4)
    path = folder / "small.safetensors"
    save_encoder(path, Encoder(EncoderOptions(tile=64)), ReliefEncoding(), title="Small", training_data=[], recipe={})
    return path


def write_town(
    folder: Path, *, seed: int = 0, size: int = 240, name: str = "town", west: float = WEST
) -> SimpleNamespace:
    """Houses of 12 m on a gentle plain at 1 m per pixel, with their outlines and an area around all of it.

    Returns:
        Paths ``dem``, ``labels`` and ``area``; ``houses``, the outlines in UTM; ``truth`` ``(H, W) uint8``.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    z = (0.01 * x + 0.02 * y).astype(np.float32) + rng.normal(0, 0.02, (size, size)).astype(np.float32)
    truth = np.zeros((size, size), np.uint8)
    houses = []
    for row in range(8, size - 20, 26):
        for col in range(8, size - 20, 26):
            r, c = row + int(rng.integers(6)), col + int(rng.integers(6))
            z[r : r + 12, c : c + 12] += 5.0
            truth[r : r + 12, c : c + 12] = 1
            houses.append(shapely.box(west + c, NORTH - r - 12, west + c + 12, NORTH - r))
    dem = folder / f"{name}.tif"
    with rasterio.open(
        dem, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=UTM,
        transform=from_origin(west, NORTH, 1, 1), nodata=-9999.0,
    ) as target:  # fmt: skip
        target.write(z, 1)
    labels = write_layer(folder / f"{name}-houses.gpkg", houses)
    area = write_layer(folder / f"{name}-area.gpkg", [shapely.box(west, NORTH - size, west + size, NORTH)])
    return SimpleNamespace(dem=dem, labels=labels, area=area, houses=houses, truth=truth, elevation=z)


def write_layer(path: Path, shapes: Sequence[shapely.Geometry], crs: str = UTM) -> Path:
    """Polygons given in UTM, written in any CRS."""
    if crs != UTM:
        shapes = [shapely.transform(s, lambda xy: np.stack(warp(UTM, crs, xy[:, 0], xy[:, 1]), axis=1)) for s in shapes]
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array(shapes, dtype=object)), [], [], geometry_type="Polygon", crs=crs, driver="GPKG",
        layer="labels",
    )  # fmt: skip
    return path
