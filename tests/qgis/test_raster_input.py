"""From a raster layer to something the engine can open."""

import functools
import http.server
import os
import shutil
import threading
import zipfile
from urllib.parse import quote

import pytest
from conftest import LEFT, SIDE, TOP, write_raster
from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsProcessingUtils,
    QgsRasterDataProvider,
    QgsRasterLayer,
    QgsRasterRange,
    QgsRectangle,
)

from demsegmenter.dem_segmenter.errors import CancelledError, ElevationError, ExtentError, OptionError, RasterOpenError
from demsegmenter.processing_provider.raster_input import Extent, crs_text, read_layer

pytestmark = pytest.mark.usefixtures("qgis_app")


def read(layer, band=1):
    return read_layer(layer, band, QgsCoordinateTransformContext())


def opened(layer, feedback, extent=None):
    with read(layer).opened(extent, feedback) as arguments:
        return list(arguments)


def test_a_file_is_passed_as_it_is(dem, feedback):
    assert opened(QgsRasterLayer(str(dem), "DEM"), feedback) == [str(dem), "--band=1"]


def test_a_relative_path_is_made_absolute(dem, feedback, monkeypatch):
    monkeypatch.chdir(dem.parent)
    assert opened(QgsRasterLayer("dem.tif", "DEM"), feedback)[0] == str(dem)


def test_a_zip_member_is_kept_whole(dem, feedback):
    with zipfile.ZipFile(dem.parent / "dem.zip", "w") as archive:
        archive.write(dem, "inside/dem.tif")
    source = f"/vsizip/{dem.parent}/dem.zip/inside/dem.tif"
    assert opened(QgsRasterLayer(source, "DEM"), feedback)[0] == source


def test_a_geopackage_table_is_kept_whole(dem, feedback):
    geopackage = dem.parent / "dem.gpkg"
    options = ["RASTER_TABLE=heights", "APPEND_SUBDATASET=YES"]
    gdal.Translate(str(geopackage), str(dem), format="GPKG", creationOptions=["RASTER_TABLE=first"])
    gdal.Translate(str(geopackage), str(dem), format="GPKG", creationOptions=options)
    source = f"GPKG:{geopackage}:heights"
    layer = QgsRasterLayer(source, "DEM")
    assert layer.isValid()
    assert opened(layer, feedback)[0] == source
    assert read(layer).file == geopackage


def test_a_web_address_is_kept_whole(dem, feedback, tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        source = f"/vsicurl/http://127.0.0.1:{server.server_port}/dem.tif"
        layer = QgsRasterLayer(source, "DEM")
        assert layer.isValid()
        assert opened(layer, feedback)[0] == source
    finally:
        server.shutdown()
        server.server_close()


def test_the_layers_own_crs_is_passed_where_it_overrides_the_files(dem, feedback):
    layer = QgsRasterLayer(str(dem), "DEM")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    assert opened(layer, feedback) == [str(dem), "--band=1", "--crs=EPSG:25832"]


def test_a_crs_completes_a_file_without_one(tmp_path, feedback):
    path = write_raster(tmp_path / "plain.tif", 5, 5, epsg=None)
    layer = QgsRasterLayer(str(path), "DEM")
    assert not layer.crs().isValid()
    assert not any(a.startswith("--crs") for a in opened(layer, feedback))
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    assert "--crs=EPSG:25832" in opened(layer, feedback)


def test_a_crs_of_the_users_own_goes_as_wkt():
    crs = QgsCoordinateReferenceSystem.fromProj(
        "+proj=tmerc +lat_0=1 +lon_0=7 +k=1 +x_0=5 +y_0=6 +ellps=bessel +units=m"
    )
    assert "Transverse Mercator" in crs_text(crs)
    assert crs_text(QgsCoordinateReferenceSystem("EPSG:2056")) == "EPSG:2056"


def test_an_extent_goes_with_its_crs_and_survives_argparse(dem, feedback):
    extent = Extent(QgsRectangle(-75.1, 40.1, -74.9, 40.7), QgsCoordinateReferenceSystem("EPSG:4326"))
    arguments = opened(QgsRasterLayer(str(dem), "DEM"), feedback, extent)
    assert arguments[2:] == ["--extent=-75.1,40.1,-74.9,40.7", "--extent-crs=EPSG:4326"]


def in_memory(dem):
    """A layer that only this process can open."""
    gdal.FileFromMemBuffer("/vsimem/dem.tif", dem.read_bytes())
    layer = QgsRasterLayer("/vsimem/dem.tif", "Memory")
    assert layer.isValid()
    return layer


def test_what_the_engine_cannot_open_is_written_out_with_the_same_pixels(dem, feedback):
    layer = in_memory(dem)
    with read(layer).opened(None, feedback) as arguments:
        copy = gdal.Open(arguments[0])
        original = gdal.Open(str(dem))
        assert arguments[0].startswith(QgsProcessingUtils.tempFolder())
        assert copy.GetGeoTransform() == original.GetGeoTransform()
        assert copy.GetRasterBand(1).DataType == gdal.GDT_Float32
        assert copy.ReadRaster() == original.ReadRaster()
        assert "--crs=EPSG:32618" in arguments
        path, copy = arguments[0], None
    assert not os.path.exists(path)
    assert not os.path.exists(os.path.dirname(path))


def test_an_on_the_fly_raster_is_written_out_as_it_is_drawn(dem, feedback):
    parameters = QgsRasterDataProvider.VirtualRasterParameters()
    parameters.formula = '"DEM@1" * 2'
    layer = QgsRasterLayer(str(dem), "DEM")
    parameters.crs, parameters.extent, parameters.width, parameters.height = layer.crs(), layer.extent(), SIDE, SIDE
    used = QgsRasterDataProvider.VirtualRasterInputLayers()
    used.name, used.uri, used.provider = "DEM", str(dem), "gdal"
    parameters.rInputLayers = [used]
    uri = QgsRasterDataProvider.encodeVirtualRasterProviderUri(parameters)
    doubled = QgsRasterLayer(uri, "Doubled", "virtualraster")
    assert doubled.isValid()
    source = read(doubled)
    del doubled
    for _ in range(2):
        with source.opened(None, feedback) as arguments:
            heights = gdal.Open(arguments[0]).ReadAsArray()
        assert heights == pytest.approx(2 * gdal.Open(str(dem)).ReadAsArray())


def test_only_the_extent_is_written_out_on_the_same_grid(dem, feedback):
    layer = in_memory(dem)
    extent = Extent(QgsRectangle(LEFT + 21, TOP - 39, LEFT + 37, TOP - 11), QgsCoordinateReferenceSystem("EPSG:32618"))
    with read(layer).opened(extent, feedback) as arguments:
        copy = gdal.Open(arguments[0])
        assert (copy.RasterXSize, copy.RasterYSize) == (9, 15)
        assert copy.GetGeoTransform() == (LEFT + 20, 2.0, 0.0, TOP - 10, 0.0, -2.0)
        original = gdal.Open(str(dem))
        assert copy.ReadRaster() == original.ReadRaster(10, 5, 9, 15)
        copy = None


def test_an_extent_in_degrees_is_written_out_too(dem, feedback):
    layer = in_memory(dem)
    corner = QgsRectangle(-75.0005, 40.6, -74.9998, 40.7)
    extent = Extent(corner, QgsCoordinateReferenceSystem("EPSG:4326"))
    with read(layer).opened(extent, feedback) as arguments:
        copy = gdal.Open(arguments[0])
        assert 0 < copy.RasterXSize < SIDE
        copy = None


def test_an_extent_beside_a_layer_that_must_be_written_out(dem, feedback):
    extent = Extent(QgsRectangle(0, 0, 10, 10), QgsCoordinateReferenceSystem("EPSG:32618"))
    with (
        pytest.raises(ExtentError, match="does not touch the layer Memory"),
        read(in_memory(dem)).opened(extent, feedback),
    ):
        pass


@pytest.mark.parametrize("nodata", [None, -9999.0])
def test_additional_nodata_values_of_the_layer_reach_the_engine(tmp_path, feedback, nodata):
    dem = write_raster(tmp_path / "dem.tif", SIDE, SIDE, nodata=nodata)
    layer = QgsRasterLayer(str(dem), "DEM")
    layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(0.0, 0.05)])
    with read(layer).opened(None, feedback) as arguments:
        assert arguments[0] != str(dem)
        copy = gdal.Open(arguments[0])
        band = copy.GetRasterBand(1)
        assert band.GetNoDataValue() is not None
        first = band.ReadAsArray(0, 0, SIDE, 2)
        assert (first[0] == band.GetNoDataValue()).all()
        assert (first[1] != band.GetNoDataValue()).all()


def test_cancel_while_writing_out(dem, feedback):
    source = read(in_memory(dem))
    feedback.cancel()
    with pytest.raises(CancelledError), source.opened(None, feedback):
        pass


def test_map_services_are_pictures():
    tiles = QgsRasterLayer(
        "type=xyz&url=" + quote("http://127.0.0.1:9/{z}/{x}/{y}.png") + "&zmax=19&zmin=0", "OSM", "wms"
    )
    assert tiles.isValid()
    with pytest.raises(ElevationError, match="these are colours, not elevations"):
        read(tiles)


@pytest.mark.parametrize("band", [0, 2, 99, -1])
def test_a_band_that_does_not_exist(dem, band):
    with pytest.raises(OptionError, match=rf"no band {band}; it has 1"):
        read(QgsRasterLayer(str(dem), "DEM"), band)


def test_a_layer_whose_file_has_gone(dem):
    moved = dem.with_name("moved.tif")
    shutil.move(dem, moved)
    with pytest.raises(RasterOpenError, match="cannot be read"):
        read(QgsRasterLayer(str(dem), "Gone"))
