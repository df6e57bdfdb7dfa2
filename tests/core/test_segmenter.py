"""The streaming segmenter as a whole, with a model that needs no weights."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.crs import CRS
from rasterio.windows import Window
from segmenting import (
    METRE_GRID,
    FakeEncoding,
    FakeModel,
    MemoryReporter,
    card,
    iou,
    read,
    run_segmenter,
    town,
    write_dem,
)

from dem_segmenter.elevation.grid import extent_window
from dem_segmenter.errors import CancelledError, DeviceError
from dem_segmenter.inference.run import statistics

Z = town(170, 230)


def expected_probability(z: np.ndarray, valid: np.ndarray | None = None, reach: int = 6) -> np.ndarray:
    """The fake model on the whole raster at once."""
    valid = np.ones(z.shape, bool) if valid is None else valid
    height = FakeEncoding(reach).encode(z, valid, 1.0)[0]
    return 1.0 / (1.0 + np.exp(-2.0 * (height - 1.0)))


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_streamed_equals_whole(tmp_path: Path, overlap: float, batch_size: int) -> None:
    dem = write_dem(tmp_path / "dem.tif", Z)
    _, mask, probability = run_segmenter(dem, tmp_path, overlap=overlap, batch_size=batch_size)
    expected = expected_probability(Z)
    np.testing.assert_allclose(read(probability), expected, atol=0.6 / 4096)
    np.testing.assert_array_equal(read(mask), read(probability) >= 0.5)
    assert iou(read(mask) == 1, expected >= 0.5) > 0.999


def test_streamed_equals_whole_with_gaps(tmp_path: Path) -> None:
    z = Z.copy()
    z[60:110, 40:150] = np.nan
    z[::13, 5] = np.nan
    dem = write_dem(tmp_path / "dem.tif", z)
    done, mask, probability = run_segmenter(dem, tmp_path)
    valid = np.isfinite(z)
    expected = expected_probability(np.nan_to_num(z), valid)
    np.testing.assert_array_equal(read(mask) == 255, ~valid)
    np.testing.assert_array_equal(read(probability) == -9999, ~valid)
    np.testing.assert_allclose(read(probability)[valid], expected[valid], atol=0.6 / 4096)
    assert done.summary.known == np.count_nonzero(valid)


@pytest.mark.parametrize("limits", [(0.25, 4.0), (0.75, 0.75), (1.6, 1.6)])
def test_no_seams_where_tiles_lie_elsewhere(tmp_path: Path, limits: tuple[float, float]) -> None:
    """A network that is blind at tile edges: shifting all tiles by half a tile hardly changes the mask."""
    z = town(260, 260, spacing=24)
    shift = round(24 * max(1.0, limits[0]))
    model = card(ground_resolution_range=limits)
    masks = []
    for name, part in (("a", z), ("b", z[shift:, shift:])):
        (tmp_path / name).mkdir()
        dem = write_dem(tmp_path / name / "dem.tif", part)
        _, mask, _ = run_segmenter(dem, tmp_path / name, FakeModel(model, blur=2), overlap=0.5)
        masks.append(read(mask) == 1)
    # The outermost pixels see a different raster edge.
    assert iou(masks[0][shift + 12 :, shift + 12 :], masks[1][12:, 12:]) > 0.98
    assert masks[0].mean() > 0.05


def test_seams_show_without_overlap(tmp_path: Path) -> None:
    """The test above can fail: the same network without overlap does leave seams."""
    z = town(260, 260, spacing=24)
    errors = {}
    for overlap in (0.0, 0.5):
        dem = write_dem(tmp_path / "dem.tif", z)
        model = FakeModel(card(), blur=2)
        _, _, probability = run_segmenter(dem, tmp_path, model, overlap=overlap)
        whole = model.predict(model.encoding.encode(z, np.ones(z.shape, bool), 1.0)[None])[0][0, 1]
        errors[overlap] = float(np.abs(read(probability) - whole)[4:-4, 4:-4].mean())
    assert errors[0.5] < 0.25 * errors[0.0]


# Every output lies on the input's grid


def grids(tmp_path: Path) -> dict[str, dict[str, Any]]:
    turned = Affine.translation(500_000, 5_600_000) @ Affine.rotation(25) @ Affine.scale(1.0, -1.0)
    degree = Affine(0.9e-5, 0, 10.0, 0, -0.9e-5, 0.001)
    return {
        "plain": {},
        "rotated": {"transform": turned},
        "not square": {"transform": METRE_GRID @ Affine.scale(0.7, 1.9)},
        "south up": {"transform": METRE_GRID @ Affine.scale(1.0, -1.0)},
        "feet": {"crs": "EPSG:2263", "transform": Affine(3.0, 0.0, 990_000.0, 0.0, -3.0, 210_000.0)},
        "degrees": {"crs": "EPSG:4326", "transform": degree},
        "fine": {"transform": METRE_GRID @ Affine.scale(0.1)},
        "coarse": {"transform": METRE_GRID @ Affine.scale(9.0)},
        "own WKT": {"crs": CRS.from_proj4("+proj=laea +lat_0=51 +lon_0=9 +x_0=500000 +y_0=5600000 +ellps=GRS80")},
    }


@pytest.mark.parametrize("name", grids(Path()))
@pytest.mark.parametrize("part", [None, Window(31, 47, 90, 73)])
def test_outputs_are_on_the_inputs_grid(tmp_path: Path, name: str, part: Window | None) -> None:
    z = Z.copy()
    z[100:120, 60:70] = np.nan
    dem = write_dem(tmp_path / "dem.tif", z, **grids(tmp_path)[name])
    _, mask, probability = run_segmenter(dem, tmp_path, window=part)
    with rasterio.open(dem) as source, rasterio.open(mask) as classes, rasterio.open(probability) as values:
        window = part or Window(0, 0, source.width, source.height)
        for output in (classes, values):
            assert (output.width, output.height) == (window.width, window.height)
            assert output.crs == source.crs
            assert output.transform.almost_equals(source.window_transform(window), 1e-9)
        unknown = np.isnan(source.read(1, window=window))
        np.testing.assert_array_equal(classes.read(1) == 255, unknown)
        assert set(np.unique(classes.read(1))) <= {0, 1, 255}
        inside = values.read(1)[~unknown]
        assert inside.min() >= 0
        assert inside.max() <= 1


def test_extent_in_another_crs(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", Z)
    degrees = rasterio.warp.transform_bounds("EPSG:25832", "EPSG:4326", 500_040, 5_599_870, 500_120, 5_599_940)
    _, mask, _ = run_segmenter(dem, tmp_path, window=lambda s: extent_window(s, degrees, CRS.from_epsg(4326)))
    with rasterio.open(mask) as output:
        assert output.bounds.left <= 500_040
        assert output.bounds.right >= 500_120
        assert output.bounds.right <= 500_124
        assert (output.bounds.left - 500_000) % 1 == 0


def test_an_extent_sees_what_lies_around_it(tmp_path: Path) -> None:
    """The mask of an extent is the same part of the whole raster's mask, up to its very edge."""
    dem = write_dem(tmp_path / "dem.tif", Z)
    _, mask, probability = run_segmenter(dem, tmp_path)
    whole, window = read(probability), Window(60, 50, 57, 41)
    _, mask, probability = run_segmenter(dem, tmp_path, window=window)
    np.testing.assert_allclose(read(probability), whole[50:91, 60:117], atol=1.1 / 4096)
    assert read(mask).shape == (41, 57)


@pytest.mark.parametrize("limits", [(0.25, 4.0), (0.2, 0.2)])
def test_an_extent_of_a_few_pixels(tmp_path: Path, limits: tuple[float, float]) -> None:
    """With fine model pixels, whole rows of tiles pass before the first output row is finished."""
    dem = write_dem(tmp_path / "dem.tif", Z)
    model = FakeModel(card(ground_resolution_range=limits))
    _, mask, _ = run_segmenter(dem, tmp_path, model, window=Window(100, 80, 3, 3), overlap=0.6)
    assert read(mask).shape == (3, 3)


@pytest.mark.parametrize("size", [(20, 20), (47, 200), (48, 48), (49, 20)])
def test_rasters_no_larger_than_a_tile(tmp_path: Path, size: tuple[int, int]) -> None:
    z = town(*size)
    done, _, probability = run_segmenter(write_dem(tmp_path / "dem.tif", z), tmp_path)
    np.testing.assert_allclose(read(probability), expected_probability(z), atol=0.6 / 4096)
    assert done.summary.tiles >= 1


@pytest.mark.parametrize("dtype", ["int16", "uint16", "float64"])
def test_number_types_give_the_same_mask(tmp_path: Path, dtype: str) -> None:
    z = np.round(Z)
    _, mask, _ = run_segmenter(write_dem(tmp_path / "dem.tif", z.astype(dtype)), tmp_path)
    np.testing.assert_array_equal(read(mask), (expected_probability(z) >= 0.5).astype(np.uint8))


def test_resampled_there_and_back_finds_the_same_houses(tmp_path: Path) -> None:
    z = town(200, 200, spacing=30)
    _, mask, _ = run_segmenter(write_dem(tmp_path / "dem.tif", z), tmp_path)
    same = read(mask) == 1
    for limits in ((0.6, 0.6), (1.3, 1.3)):
        # The fake encoding counts its reach in pixels: keep it the same in metres.
        model = FakeModel(card(ground_resolution_range=limits), reach=round(6 / limits[0]))
        _, mask, _ = run_segmenter(tmp_path / "dem.tif", tmp_path, model)
        assert iou(read(mask) == 1, same) > 0.8


def test_degrees_work_at_true_metres(tmp_path: Path) -> None:
    """At 60 degrees north a degree of longitude is half as long: pixels twice as wide are square there."""
    north = 60.0
    east = 1e-5 / math.cos(math.radians(north))
    dem = write_dem(
        tmp_path / "dem.tif", Z, crs="EPSG:4326", transform=Affine(east, 0, 10.0, 0, -1e-5, north + 85 * 1e-5)
    )
    done, _, _ = run_segmenter(dem, tmp_path)
    values = statistics(done)
    assert values["input_resolution_m"] == pytest.approx([1.1165, 1.1141], abs=0.003)
    assert values["model_resolution_m"] == pytest.approx(1.115, abs=0.003)


# Skipping, minimum area, several heads, augmentation


def test_tiles_without_data_are_skipped(tmp_path: Path) -> None:
    z = np.full((400, 400), -9999.0, np.float32)
    z[300:340, 20:60] = town(40, 40)
    model = FakeModel()
    done, mask, _ = run_segmenter(write_dem(tmp_path / "dem.tif", z, nodata=-9999), tmp_path, model)
    assert done.summary.tiles_skipped > 90
    assert done.summary.tiles == sum(model.batches) <= 9
    assert np.count_nonzero(read(mask) != 255) == 1600


def test_minimum_area_is_that_of_the_mask(tmp_path: Path) -> None:
    from scipy import ndimage

    dem = write_dem(tmp_path / "dem.tif", Z, transform=METRE_GRID @ Affine.scale(0.5))
    _, mask, _ = run_segmenter(dem, tmp_path, min_area=12.0)
    labels, count = ndimage.label(read(mask) == 1)
    sizes = np.bincount(labels.ravel())[1:]
    assert count > 5
    assert sizes.min() * 0.25 >= 12.0
    _, everything, _ = run_segmenter(dem, tmp_path)
    assert ndimage.label(read(everything) == 1)[1] > count


def test_objects_are_sure_somewhere(tmp_path: Path) -> None:
    from scipy import ndimage

    dem = write_dem(tmp_path / "dem.tif", Z)
    _, mask, probability = run_segmenter(dem, tmp_path, FakeModel(card(object_threshold=0.97)))
    labels, count = ndimage.label(read(probability) >= 0.5)
    sure = ndimage.sum_labels(read(probability) >= 0.97, labels, np.arange(count + 1)) >= 4  # pixels of a square metre
    sure[0] = False
    assert 0 < sure.sum() < count
    np.testing.assert_array_equal(read(mask) == 1, sure[labels])
    with rasterio.open(mask) as opened:
        assert opened.tags()["OBJECT_THRESHOLDS"] == "0.97"
    _, plain, _ = run_segmenter(dem, tmp_path, FakeModel(card(object_threshold=0.97)), min_area=0.0)
    np.testing.assert_array_equal(read(plain) == 1, labels > 0)


def test_two_heads_make_one_raster_of_classes(tmp_path: Path) -> None:
    model = FakeModel(card(), card("roads", ["road"], first_value=2, threshold=0.2))
    done, mask, probability = run_segmenter(write_dem(tmp_path / "dem.tif", Z), tmp_path, model)
    with rasterio.open(probability) as values:
        assert values.descriptions == ("building", "road")
        building, road = values.read()
    excess = np.stack([building - 0.5, road - np.float32(0.2)])
    expected = np.where(excess.max(axis=0) >= 0, excess.argmax(axis=0) + 1, 0)
    np.testing.assert_array_equal(read(mask), expected)
    assert set(np.unique(expected)) == {0, 1, 2}
    with rasterio.open(mask) as classes:
        assert classes.tags()["CLASS_2"] == "road"
    numbers = statistics(done)["classes"]
    assert numbers["building"]["area_m2"] == np.count_nonzero(expected == 1)
    assert numbers["road"]["share"] == pytest.approx(np.mean(expected == 2), abs=1e-6)


@pytest.mark.parametrize(("name", "count"), [("none", 1), ("flips", 4), ("dihedral", 8)])
def test_augmentation_averages_orientations(tmp_path: Path, name: str, count: int) -> None:
    class Lopsided(FakeModel):
        """Says 1 in the upper left quarter of every tile."""

        def predict(self, channels: np.ndarray) -> list[np.ndarray]:
            self.batches.append(len(channels))
            p = np.zeros((len(channels), *channels.shape[2:]), np.float32)
            p[:, :24, :24] = 1
            return [np.stack([1 - p, p], axis=1)]

    model = Lopsided()
    dem = write_dem(tmp_path / "dem.tif", town(48, 48))
    _, _, probability = run_segmenter(dem, tmp_path, model, augmentation=name)
    assert len(model.batches) == count
    values = read(probability)
    assert values.mean() == pytest.approx(0.25)
    assert len(np.unique(values)) == (2 if name == "none" else 1)


# Trouble


class Hungry(FakeModel):
    """Runs out of memory above a number of tiles."""

    limit = 2

    def predict(self, channels: np.ndarray) -> list[np.ndarray]:
        if len(channels) > self.limit:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return super().predict(channels)


def test_out_of_memory_halves_the_batch_aloud(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", Z)
    reporter = MemoryReporter()
    done, _, probability = run_segmenter(dem, tmp_path, Hungry(), batch_size=8, reporter=reporter)
    assert done.summary.batch_size <= 2
    assert any("ran out of memory with" in w for w in reporter.warnings)
    np.testing.assert_allclose(read(probability), expected_probability(Z), atol=0.6 / 4096)


def test_out_of_memory_with_one_tile_is_an_error(tmp_path: Path) -> None:
    model = Hungry()
    model.limit = 0
    with pytest.raises(DeviceError, match="single tile"):
        run_segmenter(write_dem(tmp_path / "dem.tif", Z), tmp_path, model)
    assert {p.name for p in tmp_path.iterdir()} == {"dem.tif"}


def test_bare_earth_is_said(tmp_path: Path) -> None:
    flat = np.add.outer(np.arange(200) * 0.1, np.zeros(200)).astype(np.float32)
    reporter = MemoryReporter()
    run_segmenter(write_dem(tmp_path / "dem.tif", flat), tmp_path, reporter=reporter)
    assert sum("bare-earth" in w for w in reporter.warnings) == 1
    for z, model in ((flat, FakeModel(card("roads", ["road"]))), (Z, FakeModel())):
        reporter = MemoryReporter()
        run_segmenter(write_dem(tmp_path / "dem.tif", z), tmp_path, model, reporter=reporter)
        assert not any("bare-earth" in w for w in reporter.warnings)


def test_undeclared_nodata_is_said_once(tmp_path: Path) -> None:
    z = Z.copy()
    z[20:60, 20:100] = -9999
    reporter = MemoryReporter()
    _, mask, _ = run_segmenter(write_dem(tmp_path / "dem.tif", z), tmp_path, reporter=reporter)
    assert sum("-9999" in w for w in reporter.warnings) == 1
    np.testing.assert_array_equal(read(mask) == 255, z == -9999)


def test_cancel_stops_soon_and_leaves_nothing(tmp_path: Path) -> None:
    class Slow(FakeModel):
        def predict(self, channels: np.ndarray) -> list[np.ndarray]:
            time.sleep(0.05)
            if len(self.batches) == 3:
                self.cancelled_at = time.monotonic()
                reporter.cancel()
            return super().predict(channels)

    reporter, model = MemoryReporter(), Slow()
    (tmp_path / "out").mkdir()
    with pytest.raises(CancelledError):
        run_segmenter(write_dem(tmp_path / "dem.tif", town(600, 600)), tmp_path / "out", model, reporter=reporter)
    assert time.monotonic() - model.cancelled_at < 2.0
    assert len(model.batches) <= 5
    assert list((tmp_path / "out").iterdir()) == []


def test_progress_moves_and_never_back(tmp_path: Path) -> None:
    class Every(MemoryReporter):
        def progress(self, percent: float, phase: str) -> None:
            self.check_cancelled()
            self.percents.append(percent)

    reporter = Every()
    run_segmenter(write_dem(tmp_path / "dem.tif", Z), tmp_path, reporter=reporter)
    assert reporter.percents == sorted(reporter.percents)
    assert reporter.percents[-1] == pytest.approx(100.0)
    assert len(set(reporter.percents)) > 8
