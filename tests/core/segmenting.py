"""What the segmentation tests share: small DEMs, a model that needs no weights, a reporter that remembers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from scipy import ndimage

from dem_segmenter.commands import segment
from dem_segmenter.elevation.source import DemSource
from dem_segmenter.events import Reporter
from dem_segmenter.inference.outputs import Outputs
from dem_segmenter.inference.run import Options, SegmentationRun, segment_raster
from dem_segmenter.modelfiles.card import Card, ClassInfo

UTM = "EPSG:25832"
METRE_GRID = Affine(1.0, 0.0, 500_000.0, 0.0, -1.0, 5_600_000.0)


class MemoryReporter(Reporter):
    """Keeps everything it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []
        self.logs: list[str] = []
        self.scratches: list[Path] = []
        self.percents: list[float] = []
        self.started: dict[str, Any] = {}

    def _emit_progress(self, percent: float, phase: str) -> None:
        self.percents.append(percent)

    def start(self, job: str, **facts: Any) -> None:
        self.started = {"job": job, **facts}

    def scratch(self, path: Any) -> None:
        self.scratches.append(Path(path))

    def log(self, message: str) -> None:
        self.logs.append(message)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def result(self, outputs: Mapping[str, Path], statistics: Mapping[str, Any]) -> None: ...

    def error(self, error: Exception) -> None: ...


class CancelAt(MemoryReporter):
    """Cancels at a percentage."""

    def __init__(self, percent: float) -> None:
        super().__init__()
        self._at = percent

    def progress(self, percent: float, phase: str) -> None:
        if percent >= self._at:
            self.cancel()
        super().progress(percent, phase)


class FakeEncoding:
    """One channel: height above the mean of the known pixels within ``reach`` pixels, metres."""

    channels = 1

    def __init__(self, reach: int = 6) -> None:
        self.reach = reach

    def margin(self, ground_resolution: float) -> int:
        return self.reach

    def encode(self, elevation: np.ndarray, valid: np.ndarray, ground_resolution: float) -> np.ndarray:
        # Float64 sums and constant edges: the same numbers whatever window a pixel is encoded in.
        size = 2 * self.reach + 1
        known = valid.astype(np.float64)
        total = ndimage.uniform_filter(np.where(valid, elevation, 0.0).astype(np.float64), size, mode="constant")
        weight = ndimage.uniform_filter(known, size, mode="constant")
        height = np.where(valid, elevation - total / np.maximum(weight, 1e-9), 0.0)
        return height[None].astype(np.float32)

    def finish(self, chips: np.ndarray, valid: np.ndarray) -> np.ndarray:
        return chips


def card(name: str = "buildings", classes: Sequence[str] = ("building",), first_value: int = 1, **fields: Any) -> Card:
    """A head's card; 48 px tiles and any ground resolution from 0.25 to 4 m unless told otherwise."""
    values = {
        "tile": 48,
        "batch_size": 3,
        "ground_resolution_range": (0.25, 4.0),
        "classes": tuple(ClassInfo(c, first_value + i, f"#d7301{i}") for i, c in enumerate(classes)),
        **fields,
    }
    return Card(kind="head", name=name, title=name.capitalize(), **values)


class FakeModel:
    """Probability = sigmoid of the smoothed channel: a network with a small receptive field that is blind at edges.

    Each head looks for heights above ``1 + its index`` metres; a head with several classes gives them equal shares.
    """

    device = "cpu"

    def __init__(self, *cards: Card, blur: int = 0, reach: int = 6) -> None:
        self.encoding = FakeEncoding(reach)
        self.heads = [SimpleNamespace(card=c) for c in (cards or (card(),))]
        self.blur = blur
        self.batches: list[int] = []

    def predict(self, channels: np.ndarray) -> list[np.ndarray]:
        self.batches.append(len(channels))
        height = channels[:, 0]
        if self.blur:
            size = 2 * self.blur + 1
            height = np.stack([ndimage.uniform_filter(h, size, mode="constant") for h in height])
        found = []
        for index, head in enumerate(self.heads):
            p = 1.0 / (1.0 + np.exp(-2.0 * (height - 1.0 - index)))
            count = len(head.card.classes)
            found.append(np.stack([1.0 - p, *([p / count] * count)], axis=1).astype(np.float32))
        return found


def town(height: int, width: int, seed: int = 0, spacing: int = 20) -> np.ndarray:
    """A hillside with flat-roofed houses, ``(H, W) float32, metres``."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    z = 200.0 + 0.03 * rows + 0.02 * cols + 2.0 * np.sin(cols / 70.0)
    for top in range(4, height - 12, spacing):
        for left in range(4, width - 12, spacing):
            h, w = rng.integers(5, 11, 2)
            if rng.random() < 0.8:
                z[top : top + h, left : left + w] += rng.uniform(3.0, 9.0)
    return z.astype(np.float32)


def write_dem(path: Path, z: np.ndarray, *, crs: Any = UTM, transform: Affine = METRE_GRID, **profile: Any) -> Path:
    """Write one band, or several where ``z`` has three axes."""
    bands = z if z.ndim == 3 else z[None]
    options = {"driver": "GTiff", "dtype": bands.dtype.name, "crs": crs, "transform": transform, **profile}
    with rasterio.open(path, "w", height=bands.shape[1], width=bands.shape[2], count=len(bands), **options) as dataset:
        dataset.write(bands)
    return path


def run_segmenter(
    dem: Path | str,
    folder: Path,
    model: FakeModel | None = None,
    *,
    window: Any = None,
    probability: bool = True,
    reporter: MemoryReporter | None = None,
    source: Mapping[str, Any] | None = None,
    **options: Any,
) -> tuple[SegmentationRun, Path, Path]:
    """Segment a DEM; returns the run and the paths of mask and probability."""
    reporter = reporter or MemoryReporter()
    paths = {"mask": (folder / "mask.tif", "raster")}
    if probability:
        paths["probability"] = (folder / "probability.tif", "raster")
    with DemSource(dem, **(source or {})) as opened, Outputs(paths, opened.files, reporter) as outputs:
        area = window(opened) if callable(window) else window
        done = segment_raster(model or FakeModel(), opened, area, outputs, Options(**options), reporter)
        outputs.publish()
    return done, folder / "mask.tif", folder / "probability.tif"


def read(path: Path, band: int = 1) -> np.ndarray:
    """One band."""
    with rasterio.open(path) as dataset:
        return dataset.read(band)


def iou(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two boolean masks."""
    return float(np.count_nonzero(one & other) / max(1, np.count_nonzero(one | other)))


def parse(*arguments: Any) -> argparse.Namespace:
    """Arguments of the ``segment`` job."""
    parser = argparse.ArgumentParser()
    segment.add_arguments(parser)
    return parser.parse_args([str(a) for a in arguments])
