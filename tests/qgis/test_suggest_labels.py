"""Suggesting what to label next: what the engine is told, and the ranked places in the project."""

import threading
from pathlib import Path

import processing
import pytest
from conftest import SIDE, SQUARE, write_raster, write_vector
from osgeo import gdal, ogr
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsRasterLayer,
    QgsRenderContext,
    QgsSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize

pytestmark = pytest.mark.usefixtures("provider", "models")

SUGGEST = "demsegmenter:suggestlabels"


@pytest.fixture
def run(feedback, context):
    def run(**parameters):
        return processing.run(SUGGEST, parameters, feedback=feedback, context=context)

    return run


def test_only_what_was_set_is_told_to_the_engine(engine, run, dem, models):
    result = run(INPUT=str(dem), OUTPUT="memory:")
    assert engine.told["argv"][:-3] == [
        "suggest",
        str(dem),
        "--band=1",
        f"--head={models / 'buildings.safetensors'}",
        "--vertical-unit=auto",
        "--device=auto",
    ]
    (geopackage,) = engine.option("output")
    assert geopackage.endswith("suggestions.gpkg")
    assert not Path(geopackage).exists(), "the engine's GeoPackage is removed"
    assert result["SUGGESTED"] == 2
    places = result["OUTPUT"]
    assert [f["rank"] for f in places.getFeatures()] == [1, 2]
    assert {"rank", "score", "uncertainty", "novelty"} <= {f.name() for f in places.fields()}
    assert places.crs().authid() == "EPSG:32618"


def test_everything_that_was_set_is_told_to_the_engine(engine, run, polygons, tmp_path):
    bands = write_raster(tmp_path / "bands.tif", SIDE, SIDE, bands=2)
    run(
        INPUT=str(bands),
        HEAD="roads",
        LABELLED=str(polygons),
        COUNT=25,
        CHIP_SIZE=120,
        EXTENT="-75.0005,-74.9998,40.6,40.7 [EPSG:4326]",
        BAND=2,
        VERTICAL_UNIT="foot",
        DEVICE="cpu",
        BATCH_SIZE=2,
        OUTPUT=str(tmp_path / "places.geojson"),
    )
    told = engine.told["argv"]
    for argument in (
        f"--labelled={polygons}",
        "--count=25",
        "--chip-size=120.0",
        "--extent=-75.0005,40.6,-74.9998,40.7",
        "--extent-crs=EPSG:4326",
        "--band=2",
        "--vertical-unit=foot",
        "--device=cpu",
        "--batch-size=2",
    ):
        assert argument in told
    assert engine.option("head")[0].endswith("roads.safetensors")
    assert QgsVectorLayer(str(tmp_path / "places.geojson"), "x").featureCount() == 2


def test_labelled_ground_of_which_a_part_is_selected(engine, run, dem, tmp_path, project):
    layer = QgsVectorLayer(str(write_vector(tmp_path / "done.gpkg", [SQUARE, SQUARE, SQUARE])), "Done")
    project.addMapLayer(layer)
    layer.selectByExpression('"area_m2" < 102')
    run(INPUT=str(dem), LABELLED=QgsProcessingFeatureSourceDefinition(layer.id(), True), OUTPUT="memory:")
    dataset = ogr.Open(str(engine.copy_of("labelled")))
    assert dataset.GetLayer(0).GetFeatureCount() == 2


def test_the_layers_own_crs_is_told(engine, run, dem):
    layer = QgsRasterLayer(str(dem), "DEM")
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    run(INPUT=layer, EXTENT="500010,500050,4499950,4499990", OUTPUT="memory:")
    assert engine.told["argv"][1:4] == [str(dem), "--band=1", "--crs=EPSG:25832"]
    assert engine.option("extent-crs") == ["EPSG:25832"]


def test_a_dem_that_only_qgis_can_read_is_written_out_whole(engine, run, dem):
    gdal.FileFromMemBuffer("/vsimem/dem.tif", dem.read_bytes())
    # The whole, since what is labelled may lie outside the extent.
    run(INPUT=QgsRasterLayer("/vsimem/dem.tif", "M"), EXTENT="500010,500050,4499950,4499990", OUTPUT="memory:")
    copy = gdal.Open(str(engine.source_copy))
    assert (copy.RasterXSize, copy.RasterYSize) == (SIDE, SIDE)
    copy = None
    assert engine.option("extent") == ["500010.0,4499950.0,500050.0,4499990.0"]


def outline(layer, feature):
    """Colour of a place's outline on the map."""
    expressions = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    expressions.setFields(layer.fields())
    expressions.setFeature(feature)
    context = QgsRenderContext()
    context.setExpressionContext(expressions)
    renderer = layer.renderer()
    symbol = renderer.symbol().symbolLayer(0)
    given = symbol.dataDefinedProperties().property(QgsSymbolLayer.Property.PropertyStrokeColor)
    colour, ok = given.valueAsColor(expressions)
    assert ok
    return colour.name()


def test_the_places_are_numbered_and_the_first_is_the_firmest(engine, dem, project, context):
    layer = QgsRasterLayer(str(dem), "Harlem")
    project.addMapLayer(layer)
    processing.runAndLoadResults(SUGGEST, {"INPUT": layer.id(), "OUTPUT": "TEMPORARY_OUTPUT"}, context=context)
    (places,) = project.mapLayersByName("Places to label - Harlem")
    assert project.layerTreeRoot().findGroup("Harlem - DEM Segmenter").findLayer(places.id()) is not None
    assert places.labelsEnabled()
    assert places.labeling().settings().fieldName == "rank"
    first, second = places.getFeatures()
    assert (outline(places, first), outline(places, second)) == ("#7a0177", "#fbb4b9")


def test_the_places_can_be_seen(engine, dem, project, context):
    layer = QgsRasterLayer(str(dem), "Harlem")
    project.addMapLayer(layer)
    processing.runAndLoadResults(SUGGEST, {"INPUT": layer.id(), "OUTPUT": "TEMPORARY_OUTPUT"}, context=context)
    settings = QgsMapSettings()
    settings.setLayers(project.mapLayersByName("Places to label - Harlem"))
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(160, 160))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    # The first place spans x 20..40 and y 4499960..4499980 of the 80 metres: its left edge is at pixel 40.
    assert any(image.pixelColor(x, 60).name() == "#7a0177" for x in range(36, 45))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"INPUT": ""}, "No elevation raster was given"),
        ({"HEAD": ""}, "No head was given"),
        ({"HEAD": "sheds"}, "no head called sheds"),
        ({"LABELLED": "{folder}/none.gpkg"}, "is not a vector layer that QGIS can open"),
        ({"BAND": 2}, "no band 2; it has 1"),
        ({"OUTPUT": "{folder}/none/p.gpkg"}, "folder .*none does not exist"),
        ({"OUTPUT": "{folder}/labels.gpkg", "LABELLED": "{folder}/labels.gpkg"}, "OUTPUT would overwrite the input"),
    ],
)
@pytest.mark.usefixtures("polygons")
def test_bad_input(engine, dem, tmp_path, context, feedback, parameters, message):
    values = {"INPUT": str(dem), "OUTPUT": "memory:", **parameters}
    values = {k: v.format(folder=tmp_path) if isinstance(v, str) else v for k, v in values.items()}
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(SUGGEST)
    with pytest.raises(QgsProcessingException, match=message):
        algorithm.run(values, context, feedback, catchExceptions=False)
    assert not engine.was_started


def test_a_failed_run_is_one_sentence(engine, run, dem):
    engine.mode("error")
    with pytest.raises(QgsProcessingException, match=r"^'dem\.tif' has no CRS\. Assign one\.$"):
        run(INPUT=str(dem), OUTPUT="memory:")


def test_a_cancelled_run_hands_back_nothing(engine, dem, tmp_path, context, feedback):
    engine.mode("slow")
    threading.Timer(1.0, feedback.cancel).start()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(SUGGEST)
    result, _ = algorithm.run({"INPUT": str(dem), "OUTPUT": str(tmp_path / "p.gpkg")}, context, feedback)
    assert result == {}
    assert not (tmp_path / "p.gpkg").exists()
