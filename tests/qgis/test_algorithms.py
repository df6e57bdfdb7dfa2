"""The algorithms: what they tell the engine, and what they hand back. The engine is the stand-in."""

import os
import threading
import zipfile
from pathlib import Path

import processing
import pytest
from conftest import SIDE, write_raster
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)

from demsegmenter.processing_provider.algorithms import engine_info

pytestmark = pytest.mark.usefixtures("provider", "models")

BUILDINGS = "demsegmenter:segmentbuildings"
ROADS = "demsegmenter:segmentroads"

EXPECTED = {
    "segmentbuildings": (
        "INPUT BAND VERTICAL_UNIT HEAD EXTENT THRESHOLD MIN_AREA OVERLAP TTA DEVICE BATCH_SIZE",
        "OUTPUT PROBABILITY FOOTPRINTS",
    ),
    "segmentroads": (
        "INPUT BAND VERTICAL_UNIT HEAD EXTENT THRESHOLD MIN_AREA OVERLAP TTA DEVICE BATCH_SIZE",
        "OUTPUT PROBABILITY CENTERLINES POLYGONS",
    ),
    "segment": (
        "INPUT BAND VERTICAL_UNIT HEADS EXTENT THRESHOLD MIN_AREA OVERLAP TTA DEVICE BATCH_SIZE",
        "OUTPUT PROBABILITY",
    ),
    "trainhead": (
        "DEMS LABELS BUFFER WIDTH_FIELD AREA SELECTED_ONLY LABEL_VALUE CLASS_NAME START_FROM TITLE COLOR ENCODER "
        "ITERATIONS VALIDATION KEEP_BEST BATCH_SIZE VALIDATE_EVERY CHIPS AUGMENTATION CLASS_WEIGHT LEARNING_RATE POWER "
        "WARMUP WEIGHT_DECAY SEED BAND VERTICAL_UNIT DEVICE",
        "OUTPUT REPORT",
    ),
    "evaluate": (
        "INPUT HEAD LABELS BUFFER WIDTH_FIELD AREA SELECTED_ONLY LABEL_VALUE KIND TOLERANCE CLASS_VALUE THRESHOLD BAND "
        "VERTICAL_UNIT DEVICE BATCH_SIZE",
        "REPORT METRICS ERRORS",
    ),
    "suggestlabels": ("INPUT HEAD LABELLED COUNT CHIP_SIZE EXTENT BAND VERTICAL_UNIT DEVICE BATCH_SIZE", "OUTPUT"),
    "pretrainencoder": (
        "DEMS FOLDER START_FROM ARCHITECTURE MASK_RATIO ITERATIONS SYNTHETIC KEEP BATCH_SIZE NORMALIZE "
        "GROUND_RESOLUTION TILE DECODER_WIDTH DECODER_DEPTH LEARNING_RATE WARMUP WEIGHT_DECAY SEED TITLE BAND "
        "VERTICAL_UNIT DEVICE",
        "OUTPUT REPORT",
    ),
    "importencoder": ("INPUT ARCHITECTURE ENCODING LICENCE TITLE GROUND_RESOLUTION TILE", "OUTPUT"),
    "engineinfo": ("", ""),
}

#: Parameters that a user must fill in.
MANDATORY = ("INPUT", "OUTPUT", "DEMS", "LABELS")


@pytest.fixture
def run(feedback, context):
    def run(algorithm, **parameters):
        return processing.run(algorithm, parameters, feedback=feedback, context=context)

    return run


@pytest.mark.parametrize("name", EXPECTED)
def test_ids_parameters_and_outputs_are_the_contract(name):
    algorithm = QgsApplication.processingRegistry().algorithmById(f"demsegmenter:{name}")
    inputs, outputs = (text.split() for text in EXPECTED[name])
    found = algorithm.parameterDefinitions()
    assert [p.name() for p in found if not p.isDestination()] == inputs
    assert [p.name() for p in found if p.isDestination()] == outputs
    assert set(outputs) <= {o.name() for o in algorithm.outputDefinitions()}


@pytest.mark.parametrize("name", EXPECTED)
def test_everything_is_explained(name):
    algorithm = QgsApplication.processingRegistry().algorithmById(f"demsegmenter:{name}")
    assert len(algorithm.shortHelpString()) > 100
    assert algorithm.shortDescription()
    assert algorithm.tags()
    assert not algorithm.icon().isNull()
    assert Path(algorithm.svgIconPath()).is_file()
    for parameter in algorithm.parameterDefinitions():
        assert len(parameter.help()) > 20, parameter.name()
        unset = bool(parameter.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional)
        assert unset or parameter.name() in MANDATORY or parameter.defaultValue() is not None
    assert algorithm.create().name() == name


def test_only_what_was_set_is_told_to_the_engine(engine, run, dem, tmp_path, models):
    result = run(BUILDINGS, INPUT=str(dem), OUTPUT=str(tmp_path / "out.tif"))
    assert engine.told["argv"][1:] == [
        str(dem),
        "--band=1",
        f"--head={models / 'buildings.safetensors'}",
        f"--output={tmp_path / 'out.tif'}",
        "--tta=none",
        "--vertical-unit=auto",
        "--device=auto",
        "--events",
        "json",
    ]
    assert result == {"OUTPUT": str(tmp_path / "out.tif"), "AREA": 640.0}


def test_everything_that_was_set_is_told_to_the_engine(engine, run, tmp_path):
    dem = write_raster(tmp_path / "bands.tif", SIDE, SIDE, bands=3)
    run(
        ROADS,
        INPUT=str(dem),
        BAND=2,
        VERTICAL_UNIT="foot",
        EXTENT="-75.0005,-74.9998,40.6,40.7 [EPSG:4326]",
        THRESHOLD=0.25,
        MIN_AREA=12.5,
        OVERLAP=0.5,
        TTA="flips",
        DEVICE="cuda:1",
        BATCH_SIZE=3,
        OUTPUT=str(tmp_path / "out.tif"),
        PROBABILITY=str(tmp_path / "p.tif"),
        CENTERLINES="memory:",
        POLYGONS="memory:",
    )
    told = engine.told["argv"]
    for argument in (
        "--band=2",
        "--vertical-unit=foot",
        "--extent=-75.0005,40.6,-74.9998,40.7",
        "--extent-crs=EPSG:4326",
        "--threshold=0.25",
        "--min-area=12.5",
        "--overlap=0.5",
        "--tta=flips",
        "--device=cuda:1",
        "--batch-size=3",
        f"--probability={tmp_path / 'p.tif'}",
    ):
        assert argument in told
    assert engine.option("centerlines")[0].endswith("centerlines.gpkg")
    assert engine.option("polygons")[0].endswith("polygons.gpkg")


def test_choices_can_be_given_by_number_as_the_help_says(engine, run, dem):
    run(BUILDINGS, INPUT=str(dem), TTA=2, OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("tta") == ["dihedral"]


def test_several_heads(engine, run, dem, models):
    run(
        "demsegmenter:segment",
        INPUT=str(dem),
        HEADS=["roads", str(models / "buildings.safetensors")],
        OUTPUT="TEMPORARY_OUTPUT",
    )
    assert engine.option("head") == [str(models / "roads.safetensors"), str(models / "buildings.safetensors")]


@pytest.mark.parametrize(
    ("algorithm", "head", "warned"),
    [(BUILDINGS, "roads", True), (ROADS, "buildings", True), (BUILDINGS, "buildings", False), (ROADS, "roads", False)],
)
def test_a_head_of_another_class_is_pointed_out(engine, run, dem, feedback, algorithm, head, warned):
    run(algorithm, INPUT=str(dem), HEAD=head, OUTPUT="TEMPORARY_OUTPUT")
    assert ("not what this algorithm is called after" in " ".join(feedback.warnings)) == warned


def test_an_extent_without_a_crs_is_in_the_layers(engine, run, dem):
    run(BUILDINGS, INPUT=str(dem), EXTENT="500010,500050,4499950,4499990", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("extent") == ["500010.0,4499950.0,500050.0,4499990.0"]
    assert engine.option("extent-crs") == ["EPSG:32618"]


def test_a_source_that_is_no_plain_file(engine, run, dem, tmp_path):
    gdal.Translate(str(tmp_path / "d.gpkg"), str(dem), format="GPKG", creationOptions=["RASTER_TABLE=heights"])
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.write(dem, "inside/dem.tif")
    for source in (f"GPKG:{tmp_path}/d.gpkg:heights", f"/vsizip/{tmp_path}/d.zip/inside/dem.tif"):
        run(BUILDINGS, INPUT=source, OUTPUT="TEMPORARY_OUTPUT")
        assert engine.told["argv"][1] == source


def test_temporary_outputs(engine, run, dem):
    result = run(
        BUILDINGS,
        INPUT=QgsRasterLayer(str(dem), "DEM"),
        OUTPUT="TEMPORARY_OUTPUT",
        PROBABILITY="TEMPORARY_OUTPUT",
        FOOTPRINTS="TEMPORARY_OUTPUT",
    )
    assert set(result) == {"OUTPUT", "PROBABILITY", "FOOTPRINTS", "AREA", "COUNT"}
    assert result["COUNT"] == 2
    mask = gdal.Open(result["OUTPUT"])
    assert (mask.RasterXSize, mask.RasterYSize) == (SIDE, SIDE)
    footprints = result["FOOTPRINTS"]
    assert footprints.featureCount() == 2
    assert [f.name() for f in footprints.fields()] == ["area_m2", "note"]
    assert sorted(f["note"] for f in footprints.getFeatures()) == ["übrig 0", "übrig 1"]
    assert footprints.crs().authid() == "EPSG:32618"
    assert not os.path.exists(engine.option("footprints")[0]), "the engine's GeoPackage is removed"


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson", "fgb"])
def test_vectors_go_to_any_format(engine, run, dem, tmp_path, ending):
    path = tmp_path / f"footprints.{ending}"
    run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT", FOOTPRINTS=str(path))
    layer = QgsVectorLayer(str(path), "x")
    assert layer.featureCount() == 2
    assert sum(f.geometry().area() for f in layer.getFeatures()) > 0


def test_vectors_go_to_a_table_in_a_geopackage_that_exists(engine, run, dem, tmp_path):
    path = tmp_path / "all.gpkg"
    for name in ("first", "second"):
        table = f"ogr:dbname='{path}' table=\"{name}\" (geom)"
        run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT", FOOTPRINTS=table)
    assert {QgsVectorLayer(f"{path}|layername={n}").featureCount() for n in ("first", "second")} == {2}


def test_a_failed_run_is_one_sentence(engine, run, dem, feedback, context):
    engine.mode("error")
    with pytest.raises(QgsProcessingException, match=r"^'dem\.tif' has no CRS\. Assign one\.$"):
        run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT")


def test_a_missing_engine_is_one_sentence_with_the_command(run, dem, monkeypatch):
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", "/nowhere/python")
    with pytest.raises(QgsProcessingException, match=r"names /nowhere/python.*make engine") as caught:
        run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT")
    assert "Traceback" not in str(caught.value)


def test_a_fault_of_the_plugin_is_one_sentence_too(run, dem, monkeypatch):
    from demsegmenter.processing_provider import engine_client

    def fail(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(engine_client, "run", fail)
    with pytest.raises(QgsProcessingException, match="Unexpected fault in the plugin: ZeroDivisionError") as caught:
        run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT")
    assert "Traceback" not in str(caught.value)


def test_a_cancelled_run_hands_back_nothing_to_load(engine, dem, tmp_path, feedback, context):
    engine.mode("slow")
    threading.Timer(1.0, feedback.cancel).start()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(BUILDINGS)
    target = QgsProcessingOutputLayerDefinition(str(tmp_path / "out.tif"), context.project())
    result, _ = algorithm.run({"INPUT": str(dem), "OUTPUT": target}, context, feedback)
    assert result == {}
    assert context.layersToLoadOnCompletion() == {}
    assert not (tmp_path / "out.tif").exists()
    assert feedback.infos[-1] == "Cancelled."


BAD = [
    ({"INPUT": "{folder}/text.tif"}, "is not a raster that QGIS can open"),
    ({"INPUT": Path("nothing.tif")}, "is not a raster that QGIS can open"),
    ({"INPUT": ""}, "No elevation raster was given"),
    ({"BAND": 7}, "no band 7; it has 1"),
    ({"HEAD": "sheds"}, "no head called sheds"),
    ({"HEAD": "{folder}/none.safetensors"}, "does not exist"),
    ({"HEAD": "{folder}/models/encoder.safetensors"}, "is an encoder"),
    ({"HEAD": ""}, "No head was given"),
    ({"TTA": "sometimes"}, "TTA cannot be sometimes"),
    ({"MIN_AREA": "20,5"}, "MIN_AREA: '20,5' is not a number"),
    ({"THRESHOLD": "half"}, "THRESHOLD: 'half' is not a number"),
]


def filled(parameters, dem, folder):
    values = {"INPUT": str(dem), "OUTPUT": str(folder / "out.tif"), **parameters}
    return {k: v.format(folder=folder) if isinstance(v, str) else v for k, v in values.items()}


@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_bad_input_is_said_before_a_run(dem, tmp_path, context, parameters, message):
    (tmp_path / "text.tif").write_text("no raster")
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(BUILDINGS)
    ok, said = algorithm.checkParameterValues(filled(parameters, dem, tmp_path), context)
    assert not ok
    assert message in said


@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_bad_input_is_said_in_a_run_that_nobody_checked(engine, dem, tmp_path, context, feedback, parameters, message):
    # As for the steps of a model.
    (tmp_path / "text.tif").write_text("no raster")
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(BUILDINGS)
    with pytest.raises(QgsProcessingException, match=message):
        algorithm.run(filled(parameters, dem, tmp_path), context, feedback, catchExceptions=False)
    assert not engine.was_started
    assert not (tmp_path / "out.tif").exists()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"OUTPUT": "{folder}/dem.tif"}, "OUTPUT would overwrite the input"),
        ({"OUTPUT": "{folder}/link.tif"}, "OUTPUT would overwrite the input"),
        ({"PROBABILITY": "{folder}/dem.tif"}, "PROBABILITY would overwrite the input"),
        ({"PROBABILITY": "{folder}/out.tif"}, "OUTPUT and PROBABILITY would be written to the same file"),
        ({"OUTPUT": "{folder}/none/out.tif"}, "folder .*none does not exist"),
        ({"FOOTPRINTS": "{folder}/none/f.gpkg"}, "folder .*none does not exist"),
        ({"FOOTPRINTS": "{folder}/models"}, "models cannot be written"),
        ({"OUTPUT": "{folder}/out.png"}, "only GeoTIFF is written"),
    ],
)
def test_bad_outputs(engine, dem, tmp_path, context, feedback, parameters, message):
    (tmp_path / "link.tif").symlink_to(dem)
    before = dem.read_bytes()
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(BUILDINGS)
    with pytest.raises(QgsProcessingException, match=message):
        algorithm.run(filled(parameters, dem, tmp_path), context, feedback, catchExceptions=False)
    assert not engine.was_started
    assert dem.read_bytes() == before
    assert not (tmp_path / "out.tif").exists()


def test_a_sink_that_cannot_be_made_is_said(engine, run, dem, tmp_path):
    table = 'postgres:dbname=\'nowhere\' host=127.0.0.1 port=9 table="a"."b" (geom)'
    with pytest.raises(QgsProcessingException):
        run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT", FOOTPRINTS=table)


def test_engine_information(engine, run, feedback):
    result = run("demsegmenter:engineinfo")
    assert result["READY"] is True
    assert result["VERSION"] == "9.9"
    assert result["DEVICES"] == "cpu: Some processor (1000 MB)"
    assert result["MODELS"] == "buildings (head): Buildings"
    assert result["PACKAGES"] == "torch 2.13.0"
    assert "DEM_SEGMENTER_PYTHON" in result["MESSAGE"]
    assert any("Some processor" in line for line in feedback.infos)


def test_engine_information_without_an_engine_is_an_answer(run, monkeypatch, feedback):
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", "/nowhere/python")
    result = run("demsegmenter:engineinfo")
    assert result["READY"] is False
    assert "make engine" in result["MESSAGE"]
    assert feedback.warnings == [result["MESSAGE"]]


def test_nothing_is_left_in_the_project(engine, run, dem):
    run(BUILDINGS, INPUT=str(dem), OUTPUT="TEMPORARY_OUTPUT")
    assert QgsProject.instance().mapLayers() == {}


def test_engine_information_has_a_window_of_its_own(engine, provider, context, monkeypatch, qgis_iface):
    """QGIS opens none for algorithms without parameters; its bar takes whole numbers only, and shows no log."""
    from processing.gui import MessageBarProgress

    shown = []

    class Window:
        def setTitle(self, title):
            shown.append(title)

        def setMessage(self, text, kind):
            shown.append(text)

        def showMessage(self):
            shown.append("shown")

    class Bar(QgsProcessingFeedback):
        def __init__(self):
            super().__init__(False)
            self.progressChanged.connect(lambda value: shown.append(value))

    monkeypatch.setattr(MessageBarProgress, "MessageBarProgress", Bar)
    monkeypatch.setattr(engine_info.QgsMessageOutput, "createMessageOutput", Window)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("demsegmenter:engineinfo")
    assert algorithm.countVisibleParameters() == 0
    results, worked = algorithm.run({}, context, Bar())
    assert worked
    title, text, last = shown
    assert (title, last) == ("Engine information", "shown")
    assert results["MESSAGE"] in text
    assert "Devices: cpu: Some processor (1000 MB)" in text
    monkeypatch.setenv("DEM_SEGMENTER_PYTHON", "/nowhere/python")
    shown.clear()
    results, worked = algorithm.run({}, context, Bar())
    assert shown == ["Engine information", results["MESSAGE"], "shown"]
