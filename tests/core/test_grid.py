"""Extents become pixels, and input pixels become model pixels and back."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform_bounds
from rasterio.windows import Window
from segmenting import METRE_GRID, town, write_dem

from dem_segmenter.elevation.grid import extent_window, make_grid, read_model_window, to_output_rows
from dem_segmenter.elevation.resample import axis_weights, resample
from dem_segmenter.elevation.source import DemSource
from dem_segmenter.errors import ElevationError, ExtentError, OptionError


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    return write_dem(tmp_path / "dem.tif", town(120, 160))


def shape(window: Window) -> tuple[int, int, int, int]:
    return int(window.col_off), int(window.row_off), int(window.width), int(window.height)


def test_extent_snaps_outward_to_pixels(dem: Path) -> None:
    with DemSource(dem) as source:
        window = extent_window(source, (500_010.2, 5_599_950.5, 500_030.0, 5_599_979.9))
    assert shape(window) == (10, 20, 20, 30)


def test_extent_is_clipped_to_the_raster(dem: Path) -> None:
    with DemSource(dem) as source:
        window = extent_window(source, (0.0, 0.0, 500_005.0, 9e6))
        assert shape(window) == (0, 0, 5, 120)


def test_a_tiny_extent_is_one_pixel(dem: Path) -> None:
    with DemSource(dem) as source:
        assert shape(extent_window(source, (500_010.4, 5_599_950.4, 500_010.5, 5_599_950.5))) == (10, 49, 1, 1)


def test_extent_in_another_crs_covers_the_same_ground(dem: Path) -> None:
    wanted = (500_020.0, 5_599_900.0, 500_100.0, 5_599_980.0)
    degrees = transform_bounds("EPSG:25832", "EPSG:4326", *wanted)
    with DemSource(dem) as source:
        window = extent_window(source, degrees, CRS.from_epsg(4326))
    col, row, width, height = shape(window)
    assert 18 <= col <= 20
    assert 18 <= row <= 20
    assert col + width >= 100
    assert row + height >= 100
    assert width <= 84
    assert height <= 84


def test_a_world_wide_extent_is_the_whole_raster(dem: Path) -> None:
    with DemSource(dem) as source:
        assert shape(extent_window(source, (-180, -90, 180, 90), CRS.from_epsg(4326))) == (0, 0, 160, 120)


@pytest.mark.parametrize(
    ("extent", "crs"),
    [
        ((0.0, 0.0, 100.0, 100.0), None),
        ((500_160.5, 5_599_900.0, 500_190.0, 5_599_990.0), None),
        ((-71.0, 40.0, -70.0, 41.0), 4326),
    ],
)
def test_extent_outside_is_refused(dem: Path, extent: tuple[float, ...], crs: int | None) -> None:
    with DemSource(dem) as source, pytest.raises(ExtentError, match="outside of 'dem'"):
        extent_window(source, extent, CRS.from_epsg(crs) if crs else None)


@pytest.mark.parametrize("extent", [(5.0, 0.0, 1.0, 2.0), (0.0, 0.0, 0.0, 1.0), (math.nan, 0.0, 1.0, 1.0)])
def test_empty_extent_is_refused(dem: Path, extent: tuple[float, ...]) -> None:
    with DemSource(dem) as source, pytest.raises(ExtentError, match="empty or not a number"):
        extent_window(source, extent)


def test_rotated_raster_extent(tmp_path: Path) -> None:
    turned = Affine.translation(500_000, 5_600_000) @ Affine.rotation(30) @ Affine.scale(1, -1)
    path = write_dem(tmp_path / "turned.tif", town(120, 160), transform=turned)
    with DemSource(path) as source:
        x, y = turned.c + 60 * turned.a + 50 * turned.b, turned.f + 60 * turned.d + 50 * turned.e
        window = extent_window(source, (x - 5, y - 5, x + 5, y + 5))
        assert make_grid(source, None, (0.5, 2.0), 0).pixel_size == pytest.approx((1.0, 1.0), abs=1e-9)
    col, row, width, height = shape(window)
    # A square of 10 m turned by 30 degrees is 10 (cos 30 + sin 30) = 13.7 pixels wide.
    assert (width, height) == (14, 14)
    assert (col, row) == (53, 43)


@pytest.mark.parametrize(
    ("size", "limits", "expected"),
    [(1.0, (0.5, 2.0), 1.0), (0.25, (0.5, 2.0), 0.5), (5.0, (0.5, 2.0), 2.0), (1.0, (0.75, 0.75), 0.75)],
)
def test_model_resolution_is_clamped(tmp_path: Path, size: float, limits: tuple[float, float], expected: float) -> None:
    path = write_dem(tmp_path / "dem.tif", town(200, 200), transform=METRE_GRID @ Affine.scale(size))
    with DemSource(path) as source:
        grid = make_grid(source, None, limits, 0)
    assert grid.ground_resolution == pytest.approx(expected)
    assert grid.ratio_x == pytest.approx(expected / size)
    assert grid.cols == math.ceil(200 * size / expected - 1e-3)


def test_non_square_pixels_become_square(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", town(100, 100), transform=METRE_GRID @ Affine.scale(0.5, 2.0))
    with DemSource(path) as source:
        grid = make_grid(source, None, (0.25, 4.0), 0)
    assert grid.ground_resolution == pytest.approx(1.0)
    assert (grid.ratio_x, grid.ratio_y) == pytest.approx((2.0, 0.5))
    assert (grid.cols, grid.rows) == (50, 200)


def test_context_is_read_around_an_extent(dem: Path) -> None:
    with DemSource(dem) as source:
        grid = make_grid(source, Window(10, 60, 40, 30), (2.0, 2.0), 12)
    assert shape(grid.read) == (0, 36, 74, 78)
    assert (grid.left, grid.top) == (10, 24)
    assert grid.transform.c == 500_010.0
    assert grid.transform.f == 5_600_000.0 - 60


def test_three_by_three_is_too_small(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", town(3, 3))
    with DemSource(path) as source, pytest.raises(ElevationError, match="too small: 3 x 3 pixels"):
        make_grid(source, None, (0.5, 2.0), 0)


def test_heads_without_a_common_resolution(dem: Path) -> None:
    with DemSource(dem) as source, pytest.raises(OptionError, match="share no ground resolution"):
        make_grid(source, None, (2.0, 1.0), 0)


@pytest.mark.parametrize("limits", [(0.25, 4.0), (0.75, 0.75), (2.3, 2.3)])
def test_windows_of_the_model_grid_agree_with_the_whole(tmp_path: Path, limits: tuple[float, float]) -> None:
    z = town(150, 170)
    z[40:60, 30:90] = np.nan
    with DemSource(write_dem(tmp_path / "dem.tif", z)) as source:
        grid = make_grid(source, None, limits, 0)
        whole, whole_valid, _ = read_model_window(source, grid, (0, grid.rows), (0, grid.cols))
        for rows, cols in (((0, 20), (5, 50)), ((17, grid.rows), (grid.cols - 9, grid.cols))):
            part, valid, touched = read_model_window(source, grid, rows, cols)
            np.testing.assert_array_equal(valid, whole_valid[slice(*rows), slice(*cols)])
            np.testing.assert_allclose(part, whole[slice(*rows), slice(*cols)], atol=2e-3)
            assert not (valid & ~touched).any()


@pytest.mark.parametrize("limits", [(0.25, 4.0), (0.6, 0.6), (1.7, 1.7)])
def test_rows_taken_back_early_equal_the_whole(tmp_path: Path, limits: tuple[float, float]) -> None:
    """`finished_output_rows` promises only rows that need nothing below: check it against the weights themselves."""
    with DemSource(write_dem(tmp_path / "dem.tif", town(130, 60))) as source:
        grid = make_grid(source, Window(5, 30, 40, 70), limits, 16)
    rng = np.random.default_rng(0)
    values = rng.random((2, grid.rows, grid.cols), dtype=np.float32)
    known = np.ones((grid.rows, grid.cols), bool)
    whole, _ = to_output_rows(grid, values, known, 0, (0, 70))
    expected, _ = resample(values, None, (int(grid.read.height), int(grid.read.width)))
    covered = grid.rows * grid.ratio_y, grid.cols * grid.ratio_x
    if covered == pytest.approx((grid.read.height, grid.read.width)):  # `resample` stretches; the grid may overhang
        np.testing.assert_allclose(whole, expected[:, grid.top : grid.top + 70, grid.left : grid.left + 40], atol=1e-5)
    last = 0
    for model_rows in range(grid.rows + 1):
        count = grid.finished_output_rows(model_rows)
        assert count >= last
        last = count
        if count and model_rows < grid.rows:
            row = count - 1 + grid.top
            assert axis_weights(row, row + 1, 1.0 / grid.ratio_y, grid.rows).last <= model_rows
            early, _ = to_output_rows(grid, values[:, :model_rows], known[:model_rows], 0, (0, count))
            np.testing.assert_allclose(early, whole[:, :count], atol=1e-6)
    assert last == 70
