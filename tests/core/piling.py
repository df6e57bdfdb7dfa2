"""What the pre-training tests share: piles of small DEMs, a run of the job, a run in a process of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin
from segmenting import MemoryReporter

from dem_segmenter.commands import JobResult, pretrain

CHECKOUT = Path(__file__).resolve().parents[2]
UTM = "EPSG:25832"
WEST, NORTH = 500_000.0, 5_600_000.0


def relief(seed: int, size: int) -> np.ndarray:
    """A plain with houses, ``(size, size) float32``, metres."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    z = 100 + 0.02 * x + 0.01 * y + rng.normal(0, 0.03, x.shape).astype(np.float32)
    for _ in range(size // 12):
        r, c = rng.integers(2, size - 16, 2)
        z[r : r + 12, c : c + 10] += 5.0
    return z.astype(np.float32)


def write_dem(
    path: Path, z: np.ndarray, *, pixel: float = 1.0, west: float = WEST, north: float = NORTH, **profile: Any
) -> Path:
    values = {"driver": "GTiff", "crs": UTM, "dtype": "float32", "nodata": -9999.0}
    values |= {"transform": from_origin(west, north, pixel, pixel), **profile}
    with rasterio.open(
        path, "w", width=z.shape[1], height=z.shape[0], count=1,
        **values,
    ) as target:  # fmt: skip
        target.write(z.astype(values["dtype"]), 1)
    return path


def write_pile(folder: Path, count: int = 3, size: int = 160) -> Path:
    """A folder of tiles side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        write_dem(folder / f"tile{i}.tif", relief(i, size), west=WEST + i * size)
    return folder


def cut_short(path: Path) -> Path:
    """A tile whose header is whole and whose pixels are gone."""
    write_dem(path, relief(7, 160), tiled=True, blockxsize=64, blockysize=64, compress="deflate")
    path.write_bytes(path.read_bytes()[:2000])
    return path


def arguments(output: Path, *more: object) -> list[str]:
    """A short run of a small network; later options win."""
    given = ["--tile", 64, "--iterations", 6, "--batch-size", 2, "--device", "cpu", "--save-every", 3, "-o", output]
    return [str(a) for a in (*given, *more)]


def run(argv: list[str], reporter: MemoryReporter | None = None) -> tuple[JobResult, MemoryReporter]:
    parser = argparse.ArgumentParser()
    pretrain.add_arguments(parser)
    reporter = reporter or MemoryReporter()
    return pretrain.run(parser.parse_args(argv), reporter), reporter


def start(argv: list[str], *launcher: str, **environment: str) -> subprocess.Popen[str]:
    """The job in a process of its own."""
    command = [sys.executable, *launcher, "-m", "dem_segmenter", "pretrain", *argv]
    variables = {**os.environ, "DEM_SEGMENTER_THREADS": "1", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
