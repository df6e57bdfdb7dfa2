"""Footprints: area, shape, seams, memory, units."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from scipy import ndimage
from shapely.affinity import rotate, translate

from dem_segmenter.errors import CancelledError, OptionError, RasterOpenError
from dem_segmenter.events import JsonReporter
from dem_segmenter.vectors.components import components
from dem_segmenter.vectors.footprints import footprints, write_footprints
from dem_segmenter.vectors.strips import MaskStrips

UTM = from_origin(400_000, 5_800_000, 0.5, 0.5)


def write_mask(path: Path, mask: np.ndarray, transform: Affine = UTM, crs: str = "EPSG:32633") -> Path:
    """Save ``(H, W)`` classes as a mask file is."""
    with rasterio.open(
        path, "w", driver="GTiff", width=mask.shape[1], height=mask.shape[0], count=1, dtype="uint8", nodata=255,
        crs=crs, transform=transform, tiled=True, compress="deflate",
    ) as dataset:  # fmt: skip
        dataset.write(mask.astype("uint8"), 1)
    return path


def noisy(shape: tuple[int, int], sigma: float = 2.0, seed: int = 0) -> np.ndarray:
    """Blobs of all sizes with ragged outlines and holes, ``(H, W) bool``."""
    noise = np.random.default_rng(seed).random(shape)
    return ndimage.gaussian_filter(noise, sigma) > 0.5


def drawn(shapes: list[shapely.Geometry], shape: tuple[int, int], transform: Affine = UTM) -> np.ndarray:
    """Polygons as pixels, ``(H, W) bool``."""
    return rasterize(shapes, shape, transform=transform).astype(bool)


@pytest.mark.parametrize("angle", [0, 7, 22.5, 30, 45, 61])
def test_rotated_rectangles_keep_area_place_and_right_angles(tmp_path, angle):
    truth = translate(rotate(shapely.box(-15, -10, 15, 10), angle), 400_030, 5_799_970)
    mask = drawn([truth], (120, 120))
    (found,) = footprints(write_mask(tmp_path / "mask.tif", mask))
    assert found.area_m2 == pytest.approx(mask.sum() * 0.25, rel=0.005)
    again = drawn([found.geometry], mask.shape)
    assert (again & mask).sum() / (again | mask).sum() > 0.97
    assert found.geometry.intersection(truth).area / found.geometry.union(truth).area > 0.97
    corners = np.diff(np.asarray(found.geometry.exterior.coords), axis=0)
    assert len(corners) == 4
    assert np.abs((corners * np.roll(corners, 1, axis=0)).sum(axis=1)).max() < 1e-3  # scalar products
    assert found.perimeter_m == pytest.approx(100.0, rel=0.02)
    assert found.class_name == "building"
    assert math.isnan(found.confidence)


def test_everything_is_valid_on_a_noisy_mask(tmp_path):
    mask = noisy((400, 420), 1.5) | (np.random.default_rng(1).random((400, 420)) < 0.05)
    for right_angles in (True, False):
        found = list(footprints(write_mask(tmp_path / "mask.tif", mask), right_angles=right_angles))
        shapes = np.array([one.geometry for one in found])
        assert shapely.is_valid(shapes).all()
        assert set(shapely.get_type_id(shapes)) == {shapely.GeometryType.POLYGON}
        assert shapely.area(shapes).min() >= 0.5 * 0.25
        filled = ndimage.binary_fill_holes(mask).sum() * 0.25
        assert mask.sum() * 0.25 * 0.99 < shapely.area(shapes).sum() < filled


def test_area_is_that_of_the_pixels_over_many_shapes(tmp_path):
    mask = noisy((500, 500), 6.0)
    found = write_footprints(write_mask(tmp_path / "mask.tif", mask), tmp_path / "out.gpkg")
    assert found.area_m2 == pytest.approx(mask.sum() * 0.25, rel=0.005)


def test_courtyards_stay_and_pinholes_are_filled(tmp_path):
    mask = np.zeros((100, 100), bool)
    mask[20:80, 10:90] = True
    mask[40:60, 40:60] = False
    mask[25:27, 15:17] = False
    (found,) = footprints(write_mask(tmp_path / "mask.tif", mask), strip_rows=16)
    assert len(found.geometry.interiors) == 1
    assert shapely.Polygon(found.geometry.interiors[0]).area == pytest.approx(100.0, rel=0.02)
    assert found.area_m2 == pytest.approx((4800 - 400) * 0.25, rel=0.005)


@pytest.mark.parametrize("strip_rows", [1, 7, 64])
def test_strips_never_show(tmp_path, strip_rows):
    path = write_mask(tmp_path / "mask.tif", noisy((230, 210), 2.5))
    whole = {one.geometry.wkb for one in footprints(path, min_area=3.0, strip_rows=10_000)}
    assert {one.geometry.wkb for one in footprints(path, min_area=3.0, strip_rows=strip_rows)} == whole


def test_pixel_outlines_are_exact(tmp_path):
    mask = np.random.default_rng(5).random((90, 80)) < 0.6
    with MaskStrips(write_mask(tmp_path / "mask.tif", mask), 1, strip_rows=8) as strips:
        outlines = np.concatenate([done.outlines for done in components(strips)])
    assert len(outlines) == ndimage.label(mask)[1]
    assert shapely.is_valid(outlines).all()
    np.testing.assert_array_equal(drawn(list(outlines), mask.shape, Affine.identity()), mask)


def test_a_component_that_never_ends_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr("dem_segmenter.vectors.components.MAX_OPEN_ROWS", 100)
    mask = np.zeros((500, 30), bool)
    mask[:, 10:20] = True
    found = list(footprints(write_mask(tmp_path / "mask.tif", mask), strip_rows=50))
    assert len(found) == 5
    assert sum(one.area_m2 for one in found) == pytest.approx(5000 * 0.25)


def test_minimum_area_and_class(tmp_path):
    mask = np.zeros((60, 60), np.uint8)
    mask[5:15, 5:15] = 1  # 25 m2
    mask[30:34, 5:9] = 1  # 4 m2
    mask[30:50, 30:50] = 2
    mask[:, 55:] = 255
    path = write_mask(tmp_path / "mask.tif", mask)
    assert [round(one.area_m2) for one in footprints(path)] == [25, 4]
    assert [round(one.area_m2) for one in footprints(path, min_area=4.5)] == [25]
    assert [round(one.area_m2) for one in footprints(path, value=2)] == [100]


def test_zero_tolerance_gives_the_pixels(tmp_path):
    mask = noisy((80, 80), 3.0)
    path = write_mask(tmp_path / "mask.tif", mask)
    shapes = [one.geometry for one in footprints(path, tolerance=0.0, right_angles=False)]
    assert (drawn(shapes, mask.shape) | mask).sum() - mask.sum() < 40  # filled pinholes only


@pytest.mark.parametrize(
    ("crs", "transform", "pixel_area"),
    [
        # One degree at 60 degrees north: 55,800 m by 111,412 m (Snyder 1987, table 3).
        ("EPSG:4326", from_origin(10.0, 60.0, 1e-5, 1e-5), 0.55800 * 1.11412),
        ("EPSG:2263", from_origin(980_000, 200_000, 2.0, 2.0), (2 * 1200 / 3937) ** 2),
        # A metre of the web map is 0.5 m there.
        ("EPSG:3857", from_origin(1_000_000, 8_399_738, 2.0, 2.0), 1.0),
    ],
)
def test_measures_are_metres_on_the_ground(tmp_path, crs, transform, pixel_area):
    mask = np.zeros((80, 80), bool)
    mask[20:60, 20:40] = True
    (found,) = footprints(write_mask(tmp_path / "mask.tif", mask, transform, crs))
    assert found.area_m2 == pytest.approx(800 * pixel_area, rel=0.01)
    if crs != "EPSG:4326":
        assert found.perimeter_m == pytest.approx(120 * math.sqrt(pixel_area), rel=0.01)
    left, bottom = transform.c + 20 * transform.a, transform.f + 60 * transform.e
    assert found.geometry.bounds[:2] == pytest.approx((left, bottom), rel=1e-9)


def test_confidence_is_the_mean_probability(tmp_path):
    mask = np.zeros((40, 40), bool)
    mask[5:35, 5:15] = True
    mask[5:35, 25:35] = True
    probability = np.where(np.arange(40) < 20, 0.9, 0.6) * np.ones((40, 1))
    probability[:10] = np.nan
    with rasterio.open(
        tmp_path / "p.tif", "w", driver="GTiff", width=40, height=40, count=1, dtype="float32", nodata=math.nan,
        crs="EPSG:32633", transform=UTM,
    ) as dataset:  # fmt: skip
        dataset.write(probability.astype("float32"), 1)
    path = write_mask(tmp_path / "mask.tif", mask)
    found = list(footprints(path, probability_path=tmp_path / "p.tif", strip_rows=8))
    assert sorted(round(one.confidence, 3) for one in found) == [0.6, 0.9]
    other = write_mask(tmp_path / "other.tif", mask[:20])
    with pytest.raises(OptionError, match="another grid"):
        list(footprints(path, probability_path=other))


def test_wrong_options_and_files(tmp_path):
    path = write_mask(tmp_path / "mask.tif", np.ones((10, 10)))
    with pytest.raises(OptionError):
        list(footprints(path, min_area=-1))
    with pytest.raises(OptionError):
        list(footprints(path, value=255))
    with pytest.raises(RasterOpenError):
        list(footprints(tmp_path / "none.tif"))


def test_progress_and_cancel(tmp_path, capsys):
    path = write_mask(tmp_path / "mask.tif", noisy((100, 100)))
    reporter = JsonReporter(sys.stdout)
    for _ in footprints(path, reporter=reporter, progress=(40.0, 50.0), strip_rows=10):
        pass
    assert '"percent": 41.0' in capsys.readouterr().out
    reporter.cancel()
    with pytest.raises(CancelledError):
        write_footprints(path, tmp_path / "out.gpkg", reporter=reporter)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mask.tif"]


MEASURE = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from dem_segmenter.vectors.footprints import footprints
from dem_segmenter.vectors.centerlines import centerlines
for find in (footprints, centerlines):
    for _ in find(sys.argv[1], strip_rows=256):
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
@pytest.mark.slow
def test_memory_does_not_grow_with_height(tmp_path, checkout):
    tile = noisy((500, 200), 4.0)
    tile[:, 95:105] = True  # a road from top to bottom
    peaks = []
    for repeats in (4, 40):
        path = write_mask(tmp_path / f"{repeats}.tif", np.tile(tile, (repeats, 1)))
        # Scratch memory of the C library and GDAL's cache would hide what is ours.
        environment = {"GDAL_CACHEMAX": "4", "OMP_NUM_THREADS": "1", "PATH": "", "MALLOC_ARENA_MAX": "1"}
        run = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path), str(checkout)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append(int(run.stdout) / 1024)
    assert peaks[1] - peaks[0] < 12.0, f"MiB for 2,000 and 20,000 rows: {peaks}"
