"""Fixtures: a small DEM, model files, the provider in QGIS's registry, and a stand-in for the engine."""

from __future__ import annotations

import gc
import json
import struct
import sys
from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr
from qgis.core import (
    QgsApplication,
    QgsLayerTreeModel,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
)
from qgis.gui import QgsLayerTreeView
from qgis.PyQt import sip

from demsegmenter.dem_segmenter.modelfiles import card as cards

gdal.UseExceptions()

SIDE = 40
PIXEL = 2.0
LEFT, TOP = 500000.0, 4500000.0


class Listener(QgsProcessingFeedback):
    """Feedback that remembers everything."""

    def __init__(self):
        super().__init__(False)
        self.infos, self.warnings, self.errors, self.debug, self.phases, self.percents = [], [], [], [], [], []
        self.progressChanged.connect(self.percents.append)

    def pushInfo(self, info):
        self.infos.append(info)

    def pushWarning(self, warning):
        self.warnings.append(warning)

    def pushDebugInfo(self, info):
        self.debug.append(info)

    def reportError(self, error, fatalError=False):
        self.errors.append(error)

    def setProgressText(self, text):
        self.phases.append(text)


@pytest.fixture
def feedback(qgis_app):
    return Listener()


def write_raster(path, rows, columns, bands=1, kind=gdal.GDT_Float32, epsg=32618, value=None, nodata=None):
    """A GeoTIFF of a slope with a block on it, or of one value."""
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), columns, rows, bands, kind)
    dataset.SetGeoTransform((LEFT, PIXEL, 0, TOP, 0, -PIXEL))
    if epsg:
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(epsg)
        dataset.SetProjection(crs.ExportToWkt())
    for number in range(1, bands + 1):
        band = dataset.GetRasterBand(number)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if value is not None:
            band.Fill(value)
        else:
            for row in range(rows):
                line = [row * 0.1 + (8.0 if 10 <= row < 20 and 10 <= c < 20 else 0.0) for c in range(columns)]
                band.WriteRaster(0, row, columns, 1, struct.pack(f"{columns}f", *line), buf_type=gdal.GDT_Float32)
    dataset.FlushCache()
    return Path(path)


def write_vector(path, wkts, epsg=32618):
    """A GeoPackage as the engine writes them."""
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(epsg)
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    kind = ogr.CreateGeometryFromWkt(wkts[0]).GetGeometryType()
    layer = dataset.CreateLayer("result", crs, kind)
    layer.CreateField(ogr.FieldDefn("area_m2", ogr.OFTReal))
    layer.CreateField(ogr.FieldDefn("note", ogr.OFTString))
    for number, wkt in enumerate(wkts):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        feature.SetField("area_m2", 100.0 + number)
        feature.SetField("note", f"übrig {number}")
        layer.CreateFeature(feature)
    return Path(path)


def write_suggestions(path, wkts):
    """A GeoPackage of ranked places as the engine writes them."""
    write_vector(path, wkts)
    dataset = ogr.Open(str(path), 1)
    layer = dataset.GetLayer(0)
    layer.CreateField(ogr.FieldDefn("rank", ogr.OFTInteger))
    for name in ("score", "uncertainty", "novelty"):
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTReal))
    for number, feature in enumerate(layer, start=1):
        feature.SetField("rank", number)
        for name in ("score", "uncertainty", "novelty"):
            feature.SetField(name, 1.0 / number)
        layer.SetFeature(feature)
    return Path(path)


def write_model(path, card, sha256=""):
    """A safetensors file without tensors, but with a card; an encoder's hash is what its heads know it by."""
    metadata = {"stac_item": json.dumps(cards.to_stac_item(card)), "sha256": sha256}
    header = json.dumps({"__metadata__": metadata}).encode()
    Path(path).write_bytes(struct.pack("<Q", len(header)) + header)
    return Path(path)


def head_card(name, *classes):
    return cards.Card(kind="head", name=name, title=name.title(), classes=tuple(classes), encoder_sha256="0" * 64)


BUILDING = cards.ClassInfo("building", 1, "#d73027")
ROAD = cards.ClassInfo("road", 2, "#404040")


@pytest.fixture
def dem(tmp_path):
    """A 40 x 40 DEM of 2 m pixels in UTM 18N."""
    return write_raster(tmp_path / "dem.tif", SIDE, SIDE)


SQUARE = "POLYGON((500020 4499960,500040 4499960,500040 4499980,500020 4499980,500020 4499960))"
OTHER = "POLYGON((500050 4499930,500060 4499930,500060 4499940,500050 4499940,500050 4499930))"
LINE = "LINESTRING(500000 4499950,500080 4499950)"


@pytest.fixture
def polygons(tmp_path):
    """Two polygons with the fields area_m2 (100 and 101) and note."""
    return write_vector(tmp_path / "labels.gpkg", [SQUARE, OTHER])


@pytest.fixture
def lines(tmp_path):
    """A line with the fields area_m2 (100) and note."""
    return write_vector(tmp_path / "lines.gpkg", [LINE])


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A folder with a buildings and a roads head and an encoder, in place of the plugin's own."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_model(folder / "buildings.safetensors", head_card("buildings", BUILDING))
    write_model(folder / "roads.safetensors", head_card("roads", ROAD))
    write_model(folder / "encoder.safetensors", cards.Card(kind="encoder", name="tiny", title="Tiny"))
    monkeypatch.setattr(cards, "embedded_folder", lambda: folder)
    return folder


@pytest.fixture
def provider(qgis_app, qgis_processing):
    """The provider, registered."""
    from demsegmenter.processing_provider.provider import DemSegmenterProvider

    registry = QgsApplication.processingRegistry()
    made = DemSegmenterProvider()
    assert registry.addProvider(made)
    yield made
    registry.removeProvider(made)


class FakeEngine:
    """Sets what the stand-in does, and reads what it was told."""

    def __init__(self, folder, monkeypatch):
        self._record = folder / "record.json"
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("FAKE_RECORD", str(self._record))
        made = {
            "output": write_raster(folder / "_mask.tif", SIDE, SIDE, kind=gdal.GDT_Byte, value=1, nodata=255),
            "probability": write_raster(folder / "_p.tif", SIDE, SIDE, value=0.5, nodata=-9999),
            "footprints": write_vector(folder / "_f.gpkg", [SQUARE, OTHER]),
            "centerlines": write_vector(folder / "_c.gpkg", [LINE]),
            "polygons": write_vector(folder / "_g.gpkg", [SQUARE]),
            "errors": write_raster(folder / "_e.tif", SIDE, SIDE, kind=gdal.GDT_Byte, value=3, nodata=255),
            "suggestions": write_suggestions(folder / "_s.gpkg", [SQUARE, OTHER]),
            "encoder": write_model(folder / "_n.safetensors", cards.Card(kind="encoder", name="ours", title="Ours")),
            "head": write_model(folder / "_h.safetensors", head_card("mounds", cards.ClassInfo("mound", 1, "#00ff00"))),
        }
        for name, path in made.items():
            monkeypatch.setenv(f"FAKE_{name.upper()}", str(path))

    def mode(self, mode):
        self._monkeypatch.setenv("FAKE_ENGINE", mode)

    @property
    def told(self):
        return json.loads(self._record.read_text())

    @property
    def was_started(self):
        return self._record.exists()

    @property
    def source_copy(self):
        return self.copy_of("source")

    def copy_of(self, name):
        """What lay in the file of an option while the engine ran."""
        return Path(f"{self._record}.{name}")

    def option(self, name):
        return [a.partition("=")[2] for a in self.told["argv"] if a.startswith(f"--{name}=")]


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """The stand-in for the engine, in place of the real one."""
    from demsegmenter.processing_provider import engine_client

    folder = tmp_path / "fake"
    folder.mkdir()
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", sys.executable)
    monkeypatch.setattr(engine_client, "ENGINE_PROGRAM", Path(__file__).with_name("fake_engine.py"))
    return FakeEngine(folder, monkeypatch)


@pytest.fixture
def project(qgis_app, qgis_processing, monkeypatch):
    """QGIS's project, empty before and after, and the tree of its layers in the stand-in for a window."""
    from processing.gui import Postprocessing

    instance = QgsProject.instance()
    instance.clear()
    tree = QgsLayerTreeView()
    tree.setModel(QgsLayerTreeModel(instance.layerTreeRoot()))
    # QGIS 3.44 and newer put results in there themselves and take no MagicMock for it.
    if getattr(Postprocessing, "iface", None) is not None:
        monkeypatch.setattr(Postprocessing.iface, "layerTreeView", lambda: tree, raising=False)
    yield instance
    instance.clear()


@pytest.fixture
def context(project):
    made = QgsProcessingContext()
    made.setProject(project)
    yield made
    # pytest lets go of the context only after QGIS has gone, and a layer must not outlive that.
    made.temporaryLayerStore().removeAllMapLayers()


# pytest keeps the last test's fixture values a little longer than session fixtures, and the layers that
# processing.run() returns are never freed by QGIS 3.22's bindings. Destroyed after QGIS and GDAL, either crashes Python
# on its way out, when all tests have long passed: the next two let go of them before QGIS is shut down.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Drop pytest's own references; fixtures still hold theirs until they are torn down."""
    item.funcargs.clear()


@pytest.fixture(scope="session", autouse=True)
def _no_layer_outlives_qgis(qgis_app):
    yield
    QgsProject.instance().clear()
    gc.collect()
    for thing in gc.get_objects():
        if isinstance(thing, QgsMapLayer) and not sip.isdeleted(thing):
            sip.delete(thing)
