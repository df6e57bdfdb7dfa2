"""Raster labels of any grid and CRS come out as pixels of a DEM's grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp
from affine import Affine
from labelling import ALL, box, drawn, expected, labels, refused, write_layer
from rasterio.windows import Window
from segmenting import METRE_GRID, UTM, write_dem

from dem_segmenter.errors import LabelError


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    return write_dem(tmp_path / "dem.tif", np.zeros((50, 60), np.float32))


def test_raster_labels_on_the_same_grid(dem: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(0).choice(np.array([0, 1, 7, 255, 9], np.uint8), (50, 60))
    source = write_dem(tmp_path / "l.tif", values, nodata=9)
    want = np.where((values == 9) | (values == 255), 255, values > 0)
    with labels(dem, source) as truth:
        assert truth.kind == "raster"
        assert (truth.read(ALL) == want).all()
        assert truth.places() == [ALL]
        assert truth.warnings == []
        assert truth.files == [source]
    want = np.where((values == 9) | (values == 255), 255, values == 7)
    assert (drawn(dem, source, value=7) == want).all()
    assert (drawn(dem, source, value=255) == np.where(values == 9, 255, values == 255)).all()


def test_values_that_may_be_meant_otherwise_are_told(dem: Path, tmp_path: Path) -> None:
    values = np.zeros((50, 60), np.uint8)
    values[10:20] = 255
    picture = write_dem(tmp_path / "l.tif", values)
    with labels(dem, picture) as truth:
        assert any("give 255 as the label value" in w for w in truth.warnings)
    with labels(dem, picture, value=255) as truth:
        assert truth.warnings == []
    with labels(dem, write_dem(tmp_path / "m.tif", values // 255, nodata=0)) as truth:
        assert any("declares 0 as nodata" in w for w in truth.warnings)


def test_raster_labels_without_nodata_end_at_their_edge(dem: Path, tmp_path: Path) -> None:
    source = write_dem(
        tmp_path / "l.tif", np.ones((20, 10), np.uint8), transform=METRE_GRID @ Affine.translation(55, -5)
    )
    label = drawn(dem, source)
    assert (label == expected((55, 0, 60, 15), known=(55, 0, 60, 15))).all()
    with labels(dem, source) as truth:
        assert truth.places() == [Window(55, 0, 5, 15)]


def test_float_raster_labels_with_nan(dem: Path, tmp_path: Path) -> None:
    values = np.zeros((50, 60), np.float32)
    values[:10], values[10:20] = 1.0, np.nan
    label = drawn(dem, write_dem(tmp_path / "l.tif", values))
    assert (label[:10] == 1).all()
    assert (label[10:20] == 255).all()
    assert (label[20:] == 0).all()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25833"])
def test_raster_labels_of_another_grid_and_crs(dem: Path, tmp_path: Path, crs: str) -> None:
    fine = np.zeros((200, 240), np.uint8)
    fine[40:120, 80:160] = 1  # quarter-metre pixels: rows 10 to 30, columns 20 to 40
    source = write_dem(tmp_path / "fine.tif", fine, transform=METRE_GRID @ Affine.scale(0.25))
    assert (drawn(dem, source) == expected((20, 10, 40, 30))).all()
    with rasterio.open(source) as dataset:
        transform, width, height = rasterio.warp.calculate_default_transform(UTM, crs, 240, 200, *dataset.bounds)
        other = np.full((height, width), 255, np.uint8)
        rasterio.warp.reproject(fine, other, src_transform=dataset.transform, src_crs=UTM, dst_transform=transform,
                                dst_crs=crs, dst_nodata=255, src_nodata=255)  # fmt: skip
    source = write_dem(tmp_path / "other.tif", other, crs=crs, transform=transform, nodata=255)
    label = drawn(dem, source)
    assert ((label == 1) != (expected((20, 10, 40, 30)) == 1)).sum() <= 40  # the outline, sampled twice
    assert (label[2:-2, 2:-2] != 255).all()


def test_an_area_limits_raster_labels(dem: Path, tmp_path: Path) -> None:
    source = write_dem(tmp_path / "l.tif", np.ones((50, 60), np.uint8))
    area = write_layer(tmp_path / "a.gpkg", [box(0, 0, 10, 30), box(50, 40, 55, 50)])
    with labels(dem, source, area=area) as truth:
        assert (truth.read(ALL)[:30, :10] == 1).all()
        assert (truth.read(ALL) != 255).sum() == 300 + 50
        assert truth.places() == [Window(0, 0, 10, 30), Window(50, 40, 5, 10)]


def test_raster_labels_elsewhere_or_without_crs(dem: Path, tmp_path: Path) -> None:
    far = write_dem(tmp_path / "far.tif", np.ones((5, 6), np.uint8), transform=METRE_GRID @ Affine.translation(900, 0))
    assert "EPSG:25832 (500900" in refused(dem, far, "do not touch 'dem'").message
    source = write_dem(tmp_path / "l.tif", np.ones((50, 60), np.uint8), crs=None)
    with labels(dem, source) as truth:
        assert (truth.read(ALL) == 1).all()
        assert any("has no CRS" in w for w in truth.warnings)


def test_a_damaged_raster_label(dem: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 2, (50, 60)).astype(np.uint8)
    source = write_dem(tmp_path / "l.tif", values, compress="deflate")
    source.write_bytes(source.read_bytes()[:-200])
    with pytest.raises(LabelError, match=r"cannot be (read|opened|brought)"):
        drawn(dem, source)
