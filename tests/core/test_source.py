"""Opening DEMs of every kind, and what is known in them."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.windows import Window
from segmenting import METRE_GRID, UTM, town, write_dem

from dem_segmenter.elevation.source import DemSource, local_files
from dem_segmenter.elevation.units import US_SURVEY_FOOT, _vertical_factor, crs_vertical_factor, degree_lengths
from dem_segmenter.errors import ElevationError


def whole(source: DemSource) -> tuple[np.ndarray, np.ndarray]:
    return source.read(Window(0, 0, source.width, source.height))


# What can be opened


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64"])
def test_number_types(tmp_path: Path, dtype: str) -> None:
    z = np.round(town(40, 50)).astype(dtype)
    with DemSource(write_dem(tmp_path / "dem.tif", z)) as source:
        values, valid = whole(source)
    assert values.dtype == np.float32
    assert valid.all()
    np.testing.assert_array_equal(values, z.astype(np.float32))


def test_vrt(tmp_path: Path) -> None:
    z = town(40, 50)
    write_dem(tmp_path / "part.tif", z)
    with rasterio.open(tmp_path / "part.tif") as part:
        rasterio.shutil.copy(part, tmp_path / "dem.vrt", driver="VRT")
    with DemSource(tmp_path / "dem.vrt") as source:
        np.testing.assert_array_equal(whole(source)[0], z)
        assert set(source.files) >= {tmp_path / "dem.vrt", tmp_path / "part.tif"}


def test_geopackage_raster(tmp_path: Path) -> None:
    z = np.round(town(300, 280) * 4) / 4
    write_dem(tmp_path / "dem.tif", z.astype(np.float32))
    rasterio.shutil.copy(tmp_path / "dem.tif", tmp_path / "dem.gpkg", driver="GPKG", RASTER_TABLE="RELIEF")
    with DemSource(f"GPKG:{tmp_path / 'dem.gpkg'}:RELIEF") as source:
        values, valid = whole(source)
        assert valid.all()
        np.testing.assert_allclose(values, z, atol=0.01)
        assert source.files == [tmp_path / "dem.gpkg"]


def test_zip_archive(tmp_path: Path) -> None:
    z = town(40, 50)
    write_dem(tmp_path / "dem.tif", z)
    with zipfile.ZipFile(tmp_path / "dem.zip", "w") as archive:
        archive.write(tmp_path / "dem.tif", "folder/dem.tif")
    with DemSource(f"/vsizip/{tmp_path / 'dem.zip'}/folder/dem.tif") as source:
        np.testing.assert_array_equal(whole(source)[0], z)
        assert source.files == [tmp_path / "dem.zip"]
        assert source.name == "dem"


#: A server for parts of files, as GDAL asks for them. In a process of its own: rasterio opens files without letting
#: other threads of its process run.
RANGE_SERVER = """
import http.server, pathlib

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        path = pathlib.Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        content = path.read_bytes()
        first, _, last = (self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")
        start, stop = int(first), min(int(last or len(content) - 1) + 1, len(content))
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        self.wfile.write(content[start:stop])

    def log_message(self, *_): ...

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def test_web_server(tmp_path: Path) -> None:
    z = town(300, 260)
    write_dem(tmp_path / "dem.tif", z, tiled=True, blockxsize=128, blockysize=128)
    with subprocess.Popen(
        [sys.executable, "-c", RANGE_SERVER], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            with DemSource(f"/vsicurl/http://127.0.0.1:{port}/dem.tif") as source:
                np.testing.assert_array_equal(whole(source)[0], z)
                assert source.files == []
                assert source.name == "dem"
        finally:
            server.kill()


def test_local_files_of_odd_names(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.touch()
    assert local_files(f"GPKG:{path}:table", []) == [path]
    assert local_files(f"/vsizip/{{{path}}}/inner.tif", []) == [path]
    assert local_files("/vsicurl/https://example.com/a.tif", []) == []


# What is known


def test_declared_nodata(tmp_path: Path) -> None:
    z = town(20, 30)
    z[3:5, 4:9] = -32768
    with DemSource(write_dem(tmp_path / "dem.tif", z.astype(np.int16), nodata=-32768)) as source:
        values, valid = whole(source)
        assert source.reading_warnings() == []
    assert np.count_nonzero(~valid) == 10
    assert (values[~valid] == 0).all()


def test_declared_nan_and_plain_nan(tmp_path: Path) -> None:
    z = town(20, 30)
    z[0, :7] = np.nan
    z[1, 0] = np.inf
    for name, options in (("declared", {"nodata": math.nan}), ("plain", {})):
        with DemSource(write_dem(tmp_path / f"{name}.tif", z, **options)) as source:
            _, valid = whole(source)
            assert np.count_nonzero(~valid) == 8
            assert source.reading_warnings() == []


def test_internal_mask(tmp_path: Path) -> None:
    z = town(20, 30)
    mask = np.full(z.shape, 255, np.uint8)
    mask[5:7, 6:9] = 0
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(
            tmp_path / "dem.tif", "w", driver="GTiff", height=20, width=30, count=1, dtype="float32", crs=UTM,
            transform=METRE_GRID,
        ) as dataset,
    ):  # fmt: skip
        dataset.write(z, 1)
        dataset.write_mask(mask)
    with DemSource(tmp_path / "dem.tif") as source:
        _, valid = whole(source)
    np.testing.assert_array_equal(valid, mask > 0)


@pytest.mark.parametrize("value", [-9999.0, -10_000.0, 9999.0, -999.0, -32767.0, -3.4028234663852886e38, 1e20])
def test_undeclared_nodata_is_unknown_and_told_once(tmp_path: Path, value: float) -> None:
    z = town(20, 30)
    z[2:4, 3:8] = value
    with DemSource(write_dem(tmp_path / "dem.tif", z)) as source:
        for _ in range(3):
            values, valid = whole(source)
        assert np.count_nonzero(~valid) == 10
        assert np.abs(values).max() < 1000
        (sentence,) = source.reading_warnings()
        assert f"{value:g}" in sentence
        assert "treated as unknown" in sentence


def test_nodata_tag_that_misses_by_a_rounding(tmp_path: Path) -> None:
    z = town(20, 30)
    z[0, 0] = np.float32(-3.4028234663852886e38)
    with DemSource(write_dem(tmp_path / "dem.tif", z, nodata=-3.4028230607370965e38)) as source:
        assert not whole(source)[1][0, 0]


def test_float64_keeps_its_digits(tmp_path: Path) -> None:
    z = 3000.0 + np.arange(600, dtype=np.float64).reshape(20, 30) / 1000.0
    with DemSource(write_dem(tmp_path / "dem.tif", z)) as source:
        values, _ = whole(source)
    np.testing.assert_allclose(values, z, atol=2e-4)


# Units


def test_scale_and_offset(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", np.full((20, 30), 12345, np.int16))
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.01,), (100.0,)
    with DemSource(path) as source:
        np.testing.assert_allclose(whole(source)[0], 223.45, rtol=1e-6)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("ft", 0.3048),
        ("US survey foot", US_SURVEY_FOOT),
        ("metre", 1.0),
        ("feet (US)", US_SURVEY_FOOT),
        ("", 1.0),
        ("cm", 0.01),
    ],
)
def test_vertical_unit_of_the_band(tmp_path: Path, unit: str, factor: float) -> None:
    path = write_dem(tmp_path / "dem.tif", np.full((20, 30), 1000.0, np.float32))
    with rasterio.open(path, "r+") as dataset:
        dataset.units = (unit,)
    with DemSource(path) as source:
        np.testing.assert_allclose(whole(source)[0], 1000.0 * factor, rtol=1e-6)


def test_a_mountain_of_9999_feet_is_known(tmp_path: Path) -> None:
    with DemSource(
        write_dem(tmp_path / "dem.tif", np.full((8, 8), 9999.0, np.float32)), vertical_unit="foot"
    ) as source:
        assert whole(source)[1].all()


def test_a_vertical_unit_that_is_not_known_is_told(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", np.full((8, 8), 100.0, np.float32))
    with rasterio.open(path, "r+") as dataset:
        dataset.units = ("fathom",)
    with DemSource(path) as source:
        assert any("in 'fathom', which is no unit that is known" in w for w in source.warnings)
    with DemSource(path, vertical_unit="foot") as source:
        assert source.warnings == []


def test_vertical_unit_of_a_compound_crs(tmp_path: Path) -> None:
    # NAD83 / New York Long Island (ftUS) + NAVD88 height (ftUS).
    path = write_dem(tmp_path / "dem.tif", np.full((20, 30), 100.0, np.float32), crs="EPSG:2263+6360")
    with DemSource(path) as source:
        np.testing.assert_allclose(whole(source)[0], 100.0 * US_SURVEY_FOOT, rtol=1e-6)
        assert source.warnings == []


def test_feet_on_the_ground_and_unsaid_height(tmp_path: Path) -> None:
    manhattan = Affine(1.0, 0.0, 990_000.0, 0.0, -1.0, 210_000.0)
    flat = np.full((20, 30), 100.0, np.float32)
    path = write_dem(tmp_path / "dem.tif", flat, crs="EPSG:2263", transform=manhattan)
    with DemSource(path) as source:
        assert source.metres_per_pixel() == pytest.approx((US_SURVEY_FOOT, US_SURVEY_FOOT), rel=1e-4)
        np.testing.assert_array_equal(whole(source)[0], 100.0)
        assert "does not say in which unit its heights are" in source.warnings[0]
    with DemSource(path, vertical_unit="foot") as source:
        np.testing.assert_allclose(whole(source)[0], 30.48, rtol=1e-6)
        assert source.warnings == []


def test_degrees(tmp_path: Path) -> None:
    # Snyder 1987, table 3: a degree of latitude at 45 degrees is 111,131.7 m, of longitude 78,846.8 m (Clarke 1866 and
    # WGS 84 agree to 15 m there).
    east, north = degree_lengths(45.0)
    assert east == pytest.approx(78_847, abs=16)
    assert north == pytest.approx(111_132, abs=16)
    pixel = Affine(1e-5, 0, 10.0, 0, -1e-5, 45.0 + 0.001)
    with DemSource(write_dem(tmp_path / "dem.tif", town(200, 30), crs="EPSG:4326", transform=pixel)) as source:
        assert source.metres_per_pixel() == pytest.approx((east * 1e-5, north * 1e-5), rel=1e-5)


def test_degrees_depend_on_where_one_looks(tmp_path: Path) -> None:
    pixel = Affine(0.5, 0, 10.0, 0, -0.5, 80.0)
    with DemSource(write_dem(tmp_path / "dem.tif", town(120, 30), crs="EPSG:4326", transform=pixel)) as source:
        north, _ = source.metres_per_pixel(Window(0, 0, 30, 2))
        south, _ = source.metres_per_pixel(Window(0, 118, 30, 2))
    assert south / north == pytest.approx(math.cos(math.radians(20.5)) / math.cos(math.radians(79.5)), rel=0.01)


def test_web_mercator_is_measured_on_the_ground(tmp_path: Path) -> None:
    y = 6378137.0 * math.log(math.tan(math.pi / 4 + math.radians(60.0) / 2))
    pixel = Affine(2.0, 0, 1_000_000.0, 0, -2.0, y)
    with DemSource(write_dem(tmp_path / "dem.tif", town(20, 30), crs="EPSG:3857", transform=pixel)) as source:
        assert source.metres_per_pixel() == pytest.approx((1.0, 1.0), rel=0.01)


def test_utm_keeps_its_grid_metres(tmp_path: Path) -> None:
    with DemSource(write_dem(tmp_path / "dem.tif", town(20, 30))) as source:
        assert source.metres_per_pixel() == (1.0, 1.0)


def test_metres_called_degrees_are_refused(tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", town(20, 30), crs="EPSG:4326")
    with pytest.raises(ElevationError, match="counts in degrees, but the raster lies at"):
        DemSource(path)


def test_crs_override(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write_dem(tmp_path / "dem.tif", town(20, 30), crs=None)
    with DemSource(path, crs="EPSG:25833") as source:
        assert source.crs.to_epsg() == 25833


def test_an_alpha_band_of_floats_says_what_is_known(tmp_path: Path) -> None:
    """As ``gdalwarp -dstalpha`` makes of a DEM; GDAL's own mask leaves it out."""
    z = town(40, 50)
    alpha = np.full((40, 50), 255.0, np.float32)
    alpha[:, :15] = 0.0
    path = write_dem(tmp_path / "dem.tif", np.stack([np.where(alpha > 0, z, np.float32(0.0)), alpha]))
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp.gray, ColorInterp.alpha]
    with DemSource(path) as source:
        values, valid = whole(source)
    np.testing.assert_array_equal(valid, alpha > 0)
    np.testing.assert_array_equal(values[valid], z[valid])


def _feet_3d() -> CRS:
    """UTM with a third axis in US survey feet."""
    flat = CRS.from_epsg(26918).to_dict(projjson=True)
    axes = flat["coordinate_system"]["axis"]
    foot = {"type": "LinearUnit", "name": "US survey foot", "conversion_factor": US_SURVEY_FOOT}
    axes.append({"name": "Ellipsoidal height", "abbreviation": "h", "direction": "up", "unit": foot})
    flat.pop("id", None)
    flat["base_crs"] = CRS.from_epsg(4957).to_dict(projjson=True)
    return CRS.from_user_input(json.dumps(flat))


def test_vertical_units_of_other_kinds_of_crs() -> None:
    compound = CRS.from_user_input("EPSG:26918+6360")
    assert crs_vertical_factor(compound) == pytest.approx(US_SURVEY_FOOT)
    assert crs_vertical_factor(_feet_3d()) == pytest.approx(US_SURVEY_FOOT)
    bound = compound.to_dict(projjson=True)
    vertical = bound["components"][1]
    vertical.pop("id", None)
    geoid = {
        "type": "BoundCRS",
        "source_crs": vertical,
        "target_crs": CRS.from_epsg(4979).to_dict(projjson=True),
        "transformation": {
            "name": "grid",
            "method": {"name": "GravityRelatedHeight to Geographic3D"},
            "parameters": [{"name": "Geoid (height correction) model file", "value": "geoid.gtx"}],
        },
    }
    assert _vertical_factor({**bound, "components": [bound["components"][0], geoid]}) == pytest.approx(US_SURVEY_FOOT)
    assert crs_vertical_factor(CRS.from_epsg(26918)) is None


def test_a_crs_instead_of_the_files_own_leaves_its_vertical_unit(tmp_path: Path) -> None:
    write_dem(tmp_path / "dem.tif", np.full((20, 30), 100.0, np.float32), crs="EPSG:26918+6360")
    with rasterio.open(tmp_path / "dem.tif") as dataset:
        rasterio.shutil.copy(dataset, tmp_path / "dem.vrt", driver="VRT")
    text = (tmp_path / "dem.vrt").read_text()
    (tmp_path / "dem.vrt").write_text(re.sub("<UnitType>.*</UnitType>", "", text))  # as gdalbuildvrt leaves it out
    with DemSource(tmp_path / "dem.vrt", crs="EPSG:26918") as source:
        np.testing.assert_allclose(whole(source)[0], 100.0 * US_SURVEY_FOOT, rtol=1e-6)
    with DemSource(tmp_path / "dem.vrt", crs="EPSG:26918", vertical_unit="metre") as source:
        np.testing.assert_allclose(whole(source)[0], 100.0)


@pytest.mark.parametrize("crs", ["EPSG:5703", "EPSG:4978"])
def test_a_crs_without_places_is_refused(tmp_path: Path, crs: str) -> None:
    path = write_dem(tmp_path / "dem.tif", town(20, 30))
    with pytest.raises(ElevationError, match=f"{crs} has no coordinates in a plane or in degrees"):
        DemSource(path, crs=crs)
