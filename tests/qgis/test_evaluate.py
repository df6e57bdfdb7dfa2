"""Evaluating: what the engine is told, the figures that come back, and the map of errors."""

import json

import processing
import pytest
from conftest import SIDE, write_raster
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsPalettedRasterRenderer,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterRasterLayer,
    QgsRasterLayer,
    QgsVectorLayer,
)

pytestmark = pytest.mark.usefixtures("provider", "models")

EVALUATE = "demsegmenter:evaluate"

FIGURES = {
    "IOU": 0.5,
    "F1": 0.667,
    "PRECISION": 0.75,
    "RECALL": 0.6,
    "BOUNDARY_F1": 0.4,
    "OBJECTS_FOUND": 7,
    "OBJECTS_MISSED": 2,
    "OBJECTS_INVENTED": 0,
}


@pytest.fixture
def run(feedback, context):
    def run(**parameters):
        return processing.run(EVALUATE, parameters, feedback=feedback, context=context)

    return run


@pytest.fixture
def mask(tmp_path):
    return write_raster(tmp_path / "mask.tif", SIDE, SIDE, kind=gdal.GDT_Byte, value=1, nodata=255)


def test_a_mask_needs_no_head_and_gives_figures(engine, run, mask, polygons):
    result = run(INPUT=str(mask), LABELS=str(polygons))
    assert engine.told["argv"] == [
        "evaluate",
        str(mask),
        "--band=1",
        f"--labels={polygons}",
        "--kind=auto",
        "--vertical-unit=auto",
        "--device=auto",
        "--events",
        "json",
    ]
    assert result == FIGURES, "figures that do not apply, such as lengths of buildings, are left out"


def test_everything_that_was_set_is_told_to_the_engine(engine, run, dem, lines, polygons, models, tmp_path):
    bands = write_raster(tmp_path / "bands.tif", SIDE, SIDE, bands=3)
    result = run(
        INPUT=str(bands),
        HEAD="roads",
        LABELS=str(lines),
        BUFFER=2.5,
        WIDTH_FIELD="area_m2",
        AREA=str(polygons),
        KIND="lines",
        TOLERANCE=5,
        CLASS_VALUE=2,
        THRESHOLD=0.4,
        BAND=3,
        VERTICAL_UNIT="foot",
        DEVICE="cpu",
        BATCH_SIZE=2,
        REPORT=str(tmp_path / "r.html"),
        METRICS=str(tmp_path / "m.json"),
        ERRORS=str(tmp_path / "e.tif"),
    )
    told = engine.told["argv"]
    assert told[:2] == ["evaluate", str(bands)]
    assert sorted(told[2:-2]) == sorted(
        [
            f"--head={models / 'roads.safetensors'}",
            f"--labels={lines}",
            "--buffer=2.5",
            "--width-field=area_m2",
            f"--area={polygons}",
            "--kind=lines",
            "--tolerance=5.0",
            "--class-value=2",
            "--threshold=0.4",
            "--band=3",
            "--vertical-unit=foot",
            "--device=cpu",
            "--batch-size=2",
            f"--report={tmp_path / 'r.html'}",
            f"--metrics={tmp_path / 'm.json'}",
            f"--errors={tmp_path / 'e.tif'}",
        ]
    )
    assert {name: result[name] for name in ("REPORT", "METRICS", "ERRORS")} == {
        "REPORT": str(tmp_path / "r.html"),
        "METRICS": str(tmp_path / "m.json"),
        "ERRORS": str(tmp_path / "e.tif"),
    }
    assert json.loads((tmp_path / "m.json").read_text()) == {}


def test_a_raster_of_labels(engine, run, mask, tmp_path):
    labels = write_raster(tmp_path / "cover.tif", SIDE, SIDE, kind=gdal.GDT_Byte, value=7)
    run(INPUT=str(mask), LABELS=str(labels), LABEL_VALUE=7)
    assert engine.option("labels") == [str(labels)]
    assert engine.option("label-value") == ["7"]


def test_the_map_of_errors_has_named_classes_and_a_place_in_the_group(engine, mask, polygons, project, context):
    layer = QgsRasterLayer(str(mask), "Harlem")
    project.addMapLayer(layer)
    values = {"INPUT": layer.id(), "LABELS": str(polygons), "ERRORS": "TEMPORARY_OUTPUT"}
    processing.runAndLoadResults(EVALUATE, values, context=context)
    (errors,) = project.mapLayersByName("Errors - Harlem")
    assert project.layerTreeRoot().findGroup("Harlem - DEM Segmenter").findLayer(errors.id()) is not None
    assert isinstance(errors.renderer(), QgsPalettedRasterRenderer)
    assert [(c.value, c.label) for c in errors.renderer().classes()] == [
        (1.0, "Found"),
        (2.0, "Missed"),
        (3.0, "Invented"),
    ]
    assert len({c.color.name() for c in errors.renderer().classes()}) == 3


BAD = [
    ({"INPUT": ""}, "No elevation raster was given"),
    ({"INPUT": "{folder}/none.tif"}, "is not a raster that QGIS can open"),
    ({"LABELS": ""}, "No labels were given"),
    ({"LABELS": "{folder}/lines.gpkg"}, "it is not said how wide"),
    ({"HEAD": "sheds"}, "no head called sheds"),
    ({"HEAD": "{folder}/models/encoder.safetensors"}, "is an encoder"),
    ({"KIND": "people"}, "KIND cannot be people"),
    ({"BAND": 2}, "no band 2; it has 1"),
]


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_bad_input_is_said_before_a_run_and_in_one(
    engine, mask, polygons, tmp_path, context, feedback, parameters, message
):
    values = {"INPUT": str(mask), "LABELS": str(polygons), "REPORT": str(tmp_path / "r.html"), **parameters}
    values = {k: v.format(folder=tmp_path) if isinstance(v, str) else v for k, v in values.items()}
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(EVALUATE)
    ok, said = algorithm.checkParameterValues(values, context)
    assert not ok
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(EVALUATE)
    with pytest.raises(QgsProcessingException, match=message) as caught:
        algorithm.run(values, context, feedback, catchExceptions=False)
    assert said == str(caught.value)
    assert not engine.was_started


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ERRORS": "{folder}/mask.tif"}, "ERRORS would overwrite the input"),
        ({"ERRORS": "{folder}/errors.png"}, "only GeoTIFF is written"),
        ({"METRICS": "{folder}/report.html"}, r"end in \.json"),
        ({"REPORT": "{folder}/none/r.html"}, "folder .*none does not exist"),
    ],
)
def test_bad_outputs(engine, mask, polygons, tmp_path, context, feedback, parameters, message):
    before = mask.read_bytes()
    values = {"INPUT": str(mask), "LABELS": str(polygons)}
    values.update({k: v.format(folder=tmp_path) for k, v in parameters.items()})
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(EVALUATE)
    with pytest.raises(QgsProcessingException, match=message):
        algorithm.run(values, context, feedback, catchExceptions=False)
    assert not engine.was_started
    assert mask.read_bytes() == before


def test_labels_are_not_overwritten(engine, mask, tmp_path, context, feedback):
    labels = write_raster(tmp_path / "labels.tif", SIDE, SIDE, kind=gdal.GDT_Byte, value=1)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(EVALUATE)
    with pytest.raises(QgsProcessingException, match="ERRORS would overwrite the input"):
        algorithm.run(
            {"INPUT": str(mask), "LABELS": str(labels), "ERRORS": str(labels)}, context, feedback, catchExceptions=False
        )
    assert not engine.was_started


def test_a_failed_run_is_one_sentence_and_leaves_nothing(engine, run, mask, polygons, tmp_path):
    engine.mode("error")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(QgsProcessingException, match=r"^'dem\.tif' has no CRS\. Assign one\.$"):
        run(INPUT=str(mask), LABELS=str(polygons), REPORT=str(tmp_path / "r.html"))
    assert sorted(tmp_path.iterdir()) == before


def test_a_figure_goes_on_in_a_model(engine, dem, polygons, context, feedback):
    """DEM -> segmentbuildings -> evaluate -> a text made of the IoU."""
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("Judge", "Mine")
    model.addModelParameter(QgsProcessingParameterRasterLayer("dem"), QgsProcessingModelParameter("dem"))
    steps = (
        ("demsegmenter:segmentbuildings", {"INPUT": source.fromModelParameter("dem")}),
        (
            EVALUATE,
            {"INPUT": source.fromChildOutput("a", "OUTPUT"), "LABELS": source.fromStaticValue(str(polygons))},
        ),
        (
            "native:stringconcatenation",
            {"INPUT_1": source.fromStaticValue("IoU "), "INPUT_2": source.fromChildOutput("b", "IOU")},
        ),
    )
    for name, (algorithm, values) in zip("abc", steps):
        child = QgsProcessingModelChildAlgorithm(algorithm)
        child.setChildId(name)
        for parameter, value in values.items():
            child.addParameterSources(parameter, [value])
        model.addChildAlgorithm(child)
    result = processing.run(model, {"dem": str(dem)}, context=context, feedback=feedback)
    assert engine.told["argv"][0] == "evaluate"
    assert result["CHILD_RESULTS"]["c"] == {"CONCATENATION": "IoU 0.5"}


def test_the_mask_may_be_a_layer_that_only_qgis_can_read(engine, run, mask, polygons, feedback):
    gdal.FileFromMemBuffer("/vsimem/mask.tif", mask.read_bytes())
    labels = QgsVectorLayer(str(polygons), "Labels")
    labels.setSubsetString('"area_m2" > 100')
    run(INPUT=QgsRasterLayer("/vsimem/mask.tif", "Mask"), LABELS=labels)
    copy = gdal.Open(str(engine.source_copy))
    assert copy.ReadRaster() == gdal.Open(str(mask)).ReadRaster()
    copy = None
    assert feedback.phases[:2] == [
        "Writing the layer to a temporary GeoTIFF",
        "Writing the layer Labels to a temporary file",
    ]
