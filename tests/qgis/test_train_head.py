"""Training a head: what the engine is told, what comes back, and what is kept when it does not end."""

import os
import threading
import time
from dataclasses import replace

import processing
import pytest
from conftest import BUILDING, LINE, SIDE, SQUARE, head_card, write_model, write_raster, write_vector
from osgeo import gdal, ogr
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterVectorLayer,
    QgsRasterLayer,
    QgsSettings,
    QgsVectorLayer,
)

from demsegmenter.dem_segmenter.modelfiles import card as cards
from demsegmenter.processing_provider import heads, paths
from demsegmenter.processing_provider.algorithms import train_head

pytestmark = pytest.mark.usefixtures("provider", "models")

TRAIN = "demsegmenter:trainhead"


@pytest.fixture
def run(feedback, context):
    def run(**parameters):
        return processing.run(TRAIN, parameters, feedback=feedback, context=context)

    return run


@pytest.fixture
def own_folder(tmp_path):
    """The folder of own models that the user has chosen in the settings."""
    folder = tmp_path / "own"
    folder.mkdir()
    QgsSettings().setValue("Processing/Configuration/DEM_SEGMENTER_MODELS", str(folder))
    yield folder
    QgsSettings().remove("Processing/Configuration/DEM_SEGMENTER_MODELS")


def run_unchecked(parameters, context, feedback):
    """As a step of a model runs."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(TRAIN)
    return algorithm.run(parameters, context, feedback, catchExceptions=False)


def layer_in(path):
    dataset = ogr.Open(str(path))
    layer = dataset.GetLayer(0)
    return [feature.GetGeometryRef().Area() for feature in layer]


def test_the_recipe_of_the_paper_is_the_default(engine, run, dem, polygons, tmp_path):
    head = tmp_path / "head.safetensors"
    result = run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(head))
    assert engine.told["argv"] == [
        "train",
        str(dem),
        f"--labels={polygons}",
        "--class-name=building",
        "--augmentation=full",
        "--vertical-unit=auto",
        "--keep-best",
        "--device=auto",
        f"--output={head}",
        "--events",
        "json",
    ]
    owner = algorithm()
    definitions = {p.name(): p.defaultValue() for p in owner.parameterDefinitions()}
    assert (definitions["ITERATIONS"], definitions["BATCH_SIZE"], definitions["VALIDATE_EVERY"]) == (3000, 8, 150)
    assert (definitions["LEARNING_RATE"], definitions["WEIGHT_DECAY"], definitions["POWER"]) == (0.001, 0.05, 1.0)
    assert result == {"OUTPUT": str(head), "IOU": 0.7, "TRAINING_CHIPS": 12, "VALIDATION_CHIPS": 3}


def algorithm():
    return QgsApplication.processingRegistry().createAlgorithmById(TRAIN)


def test_everything_that_was_set_is_told_to_the_engine(engine, run, dem, lines, polygons, models, tmp_path):
    other = write_raster(tmp_path / "other.tif", SIDE, SIDE, bands=3)
    first = write_raster(tmp_path / "first.tif", SIDE, SIDE, bands=2)
    result = run(
        DEMS=[str(first), QgsRasterLayer(str(other), "Other")],
        LABELS=str(lines),
        BUFFER=2.5,
        WIDTH_FIELD="area_m2",
        AREA=str(polygons),
        CLASS_NAME=" farm track ",
        TITLE="Wege, Stand 2024",
        COLOR="#12abef",
        ENCODER="Tiny",
        START_FROM=str(models / "roads.safetensors"),
        ITERATIONS=50,
        BATCH_SIZE=4,
        VALIDATION=0.25,
        VALIDATE_EVERY=10,
        CHIPS=100,
        LEARNING_RATE=0.0003,
        WARMUP=7,
        POWER=0.9,
        WEIGHT_DECAY=0.01,
        CLASS_WEIGHT=1,
        AUGMENTATION="dihedral",
        SEED=5,
        KEEP_BEST=False,
        BAND=2,
        VERTICAL_UNIT="foot",
        DEVICE="cuda:1",
        OUTPUT=str(tmp_path / "head.safetensors"),
        REPORT=str(tmp_path / "report.html"),
    )
    told = engine.told["argv"]
    assert told[1:3] == [str(first), str(other)]
    assert sorted(told[3:-2]) == sorted(
        [
            f"--labels={lines}",
            "--buffer=2.5",
            "--width-field=area_m2",
            f"--area={polygons}",
            "--class-name=farm track",
            "--title=Wege, Stand 2024",
            "--color=#12abef",
            f"--encoder={models / 'encoder.safetensors'}",
            f"--start-from={models / 'roads.safetensors'}",
            "--iterations=50",
            "--batch-size=4",
            "--validation=0.25",
            "--validate-every=10",
            "--chips=100",
            "--learning-rate=0.0003",
            "--warmup=7",
            "--power=0.9",
            "--weight-decay=0.01",
            "--class-weight=1.0",
            "--augmentation=dihedral",
            "--seed=5",
            "--band=2",
            "--vertical-unit=foot",
            "--device=cuda:1",
            f"--output={tmp_path / 'head.safetensors'}",
            f"--report={tmp_path / 'report.html'}",
        ]
    )
    assert result["REPORT"] == str(tmp_path / "report.html")
    assert "A report" in (tmp_path / "report.html").read_text()


def test_a_start_from_nothing(engine, run, dem, polygons):
    run(DEMS=[str(dem)], LABELS=str(polygons), START_FROM="none", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("start-from") == ["none"]


def test_a_head_to_start_from_brings_its_encoder(engine, run, dem, polygons, tmp_path, models):
    encoder = cards.Card(kind="encoder", name="mine", title="Mine")
    write_model(tmp_path / "mine.safetensors", encoder, sha256="1" * 64)
    start = write_model(tmp_path / "huts.safetensors", replace(head_card("huts", BUILDING), encoder_sha256="1" * 64))
    run(DEMS=[str(dem)], LABELS=str(polygons), START_FROM=str(start), OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("encoder") == [str(tmp_path / "mine.safetensors")]
    run(DEMS=[str(dem)], LABELS=str(polygons), START_FROM=str(start), ENCODER="tiny", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("encoder") == [str(models / "encoder.safetensors")]
    run(DEMS=[str(dem)], LABELS=str(polygons), START_FROM="roads", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("encoder") == [], "its encoder is not installed: that is for the engine to say"


def test_a_single_dem_needs_no_list(engine, run, dem, polygons):
    run(DEMS=str(dem), LABELS=str(polygons), OUTPUT="TEMPORARY_OUTPUT")
    assert engine.told["argv"][1] == str(dem)


def test_labels_can_be_a_raster(engine, run, dem, tmp_path):
    labels = write_raster(tmp_path / "cover.tif", SIDE, SIDE, kind=gdal.GDT_Byte, value=7)
    run(DEMS=[str(dem)], LABELS=str(labels), LABEL_VALUE=7, WIDTH_FIELD="", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("labels") == [str(labels)]
    assert engine.option("label-value") == ["7"]


def test_layers_that_only_qgis_can_read_are_written_out(engine, run, dem, tmp_path, project):
    labels = QgsVectorLayer("LineString?crs=EPSG:25832&field=width:double", "Drawn", "memory")
    feature = QgsFeature(labels.fields())
    feature.setGeometry(QgsGeometry.fromWkt(LINE))
    feature.setAttributes([4.0])
    labels.dataProvider().addFeature(feature)
    elevation = QgsRasterLayer(str(dem), "Moved")
    elevation.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    project.addMapLayers([labels, elevation])
    run(DEMS=[elevation.id()], LABELS=labels.id(), WIDTH_FIELD="width", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.told["source"] != str(dem)
    copy = gdal.Open(str(engine.source_copy))
    assert copy.GetSpatialRef().GetAuthorityCode(None) == "25832"
    assert copy.ReadRaster() == gdal.Open(str(dem)).ReadRaster()
    copy = None
    dataset = ogr.Open(str(engine.copy_of("labels")))
    (line,) = list(dataset.GetLayer(0))
    assert line.GetField("width") == 4.0
    assert dataset.GetLayer(0).GetSpatialRef().GetAuthorityCode(None) == "25832"
    for path in (engine.told["source"], engine.option("labels")[0]):
        assert not os.path.exists(path), "temporary copies are removed"


def test_only_selected_features(engine, run, dem, polygons, tmp_path, project):
    layer = QgsVectorLayer(str(polygons), "Labels")
    area = QgsVectorLayer(str(write_vector(tmp_path / "area.gpkg", [SQUARE, SQUARE, SQUARE])), "Area")
    project.addMapLayers([layer, area])
    layer.selectByExpression('"area_m2" = 101')
    area.selectByExpression('"area_m2" > 100')
    run(
        DEMS=[str(dem)],
        LABELS=layer.id(),
        SELECTED_ONLY=True,
        AREA=QgsProcessingFeatureSourceDefinition(area.id(), True),
        OUTPUT="TEMPORARY_OUTPUT",
    )
    assert layer_in(engine.copy_of("labels")) == [100.0]
    assert layer_in(engine.copy_of("area")) == [400.0, 400.0]


def test_so_many_features_of_the_area_at_most(engine, run, dem, polygons):
    area = QgsProcessingFeatureSourceDefinition(str(polygons), False, 1)
    run(DEMS=[str(dem)], LABELS=str(polygons), AREA=area, OUTPUT="TEMPORARY_OUTPUT")
    assert layer_in(engine.copy_of("area")) == [400.0]


def test_a_head_in_the_own_folder_is_offered_at_once(engine, run, dem, polygons, own_folder, feedback):
    assert [h.name for h in heads.installed_heads()] == ["buildings", "roads"]
    path = own_folder / "mounds.safetensors"
    run(DEMS=[str(dem)], LABELS=str(polygons), CLASS_NAME="mound", OUTPUT=str(path))
    assert heads.resolve("mounds").path == path
    assert "mounds" in [h.name for h in heads.installed_heads()]
    assert any("choose mounds wherever a head is asked for" in line for line in feedback.infos)


def test_the_own_folder_is_made_and_no_other(engine, run, dem, polygons, tmp_path, monkeypatch, feedback):
    monkeypatch.setattr(heads, "user_folder", lambda: tmp_path / "profile" / "demsegmenter")
    path = tmp_path / "profile" / "demsegmenter" / "models" / "mounds.safetensors"
    assert str(path.parent) in algorithm().shortHelpString()
    run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(path))
    assert path.is_file()
    with pytest.raises(QgsProcessingException, match=r"folder .*none does not exist"):
        run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(tmp_path / "none" / "x.safetensors"))


def test_a_head_elsewhere_is_used_by_its_path(engine, run, dem, polygons, tmp_path, feedback):
    path = tmp_path / "h.safetensors"
    run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(path))
    assert heads.resolve(str(path)).name == "mounds"
    assert any(f"choose the file {path} wherever" in line for line in feedback.infos)


def test_a_temporary_head_is_warned_of(engine, run, dem, polygons, tmp_path, feedback):
    run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(tmp_path / "h.safetensors"))
    assert not any("temporary" in warning for warning in feedback.warnings)
    result = run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT="TEMPORARY_OUTPUT")
    assert feedback.warnings[-1] == (
        f"{result['OUTPUT']} is a temporary file, which goes with QGIS: copy it to where you want to keep it."
    )


def start_and_cancel(dem, polygons, head, context, feedback, **parameters):
    """Cancel a training that is under way; seconds from the cancel to its end."""
    cancelled_at = []

    def cancel():
        cancelled_at.append(time.monotonic())
        feedback.cancel()

    feedback.progressChanged.connect(lambda _: cancelled_at or threading.Timer(0.3, cancel).start())
    values = {"DEMS": [str(dem)], "LABELS": str(polygons), "OUTPUT": str(head), **parameters}
    result, _ = algorithm().run(values, context, feedback)
    assert result == {}
    return time.monotonic() - cancelled_at[0]


def test_a_cancel_keeps_the_best_head_and_says_where(engine, dem, polygons, tmp_path, context, feedback):
    engine.mode("training")
    head = tmp_path / "head.safetensors"
    assert 2.0 < start_and_cancel(dem, polygons, head, context, feedback) < 10.0
    assert heads.resolve(str(head)).name == "mounds"
    assert f"Cancelled. The best head so far is in {head}." in feedback.infos
    assert feedback.phases == [
        "Step 300 of 3000, loss 0.210, IoU 0.71, 12 minutes left",
        "Stopping, and saving what there is so far",
    ]
    assert any("To go on where it stopped" in line and str(head) in line for line in feedback.infos)
    assert (tmp_path / "head.safetensors.training").exists(), "what it goes on from is no scratch"


def test_a_cancel_is_quick_where_nothing_is_to_be_kept(engine, dem, polygons, tmp_path, context, feedback):
    engine.mode("training")
    head = tmp_path / "head.safetensors"
    head.write_bytes(b"an older one")
    assert start_and_cancel(dem, polygons, head, context, feedback, KEEP_BEST=False) < 2.0
    assert head.read_bytes() == b"an older one"
    assert not any("best head" in line for line in feedback.infos)


def test_an_engine_that_cannot_save_in_time_is_ended(engine, dem, polygons, tmp_path, context, feedback, monkeypatch):
    monkeypatch.setattr(train_head, "SAVING_TIME", 1.0)
    engine.mode("stubborn")
    head = tmp_path / "head.safetensors"
    assert 1.0 < start_and_cancel(dem, polygons, head, context, feedback) < 4.0
    assert not any(".fake.partial" in p.name for p in tmp_path.iterdir())
    assert not any("best head" in line for line in feedback.infos)


def test_a_run_that_was_killed_says_how_to_go_on(engine, run, dem, polygons, tmp_path, feedback):
    head = tmp_path / "head.safetensors"
    (tmp_path / "head.safetensors.training").write_text("how far it was")
    engine.mode("killed")
    with pytest.raises(QgsProcessingException, match="memory ran out"):
        run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(head))
    assert any("To go on where it stopped" in line for line in feedback.infos)


def test_a_failed_run_is_one_sentence(engine, run, dem, polygons, tmp_path):
    engine.mode("error")
    with pytest.raises(QgsProcessingException, match=r"^'dem\.tif' has no CRS\. Assign one\.$"):
        run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT=str(tmp_path / "head.safetensors"))
    assert not (tmp_path / "head.safetensors").exists()


def points():
    layer = QgsVectorLayer("Point?crs=EPSG:32618", "Trees", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt("POINT(0 0)"))
    layer.dataProvider().addFeature(feature)
    return layer


BAD = [
    ({"DEMS": []}, "No elevation raster was given"),
    ({"DEMS": ["{folder}/dem.tif", "{folder}/none.tif"]}, r"none\.tif is not a raster that QGIS can open"),
    ({"LABELS": ""}, "No labels were given"),
    ({"LABELS": "{folder}/none.gpkg"}, r"none\.gpkg is not a layer that QGIS can open"),
    ({"LABELS": lambda: QgsVectorLayer("Polygon?crs=EPSG:32618", "Empty", "memory")}, "layer Empty has no features"),
    ({"LABELS": points}, "layer Trees holds points"),
    ({"LABELS": "{folder}/lines.gpkg"}, "labels in lines.* are lines, and it is not said how wide"),
    ({"LABELS": "{folder}/lines.gpkg", "BUFFER": 0}, "labels in lines.* are lines, and it is not said how wide"),
    ({"LABELS": "{folder}/lines.gpkg", "WIDTH_FIELD": "nichts"}, "has no field nichts"),
    ({"LABELS": "{folder}/lines.gpkg", "WIDTH_FIELD": "note"}, "holds no numbers"),
    ({"SELECTED_ONLY": True}, "Nothing is selected in the layer labels"),
    ({"AREA": "{folder}/none.gpkg"}, r"none\.gpkg is not a vector layer that QGIS can open"),
    ({"CLASS_NAME": " "}, "It is not said what the labels show"),
    ({"ENCODER": "huge"}, r"no encoder called huge\. Choose an installed one \(tiny\)"),
    ({"ENCODER": "{folder}/none.safetensors"}, "encoder file .*none.safetensors does not exist"),
    ({"ENCODER": "{folder}/models/roads.safetensors"}, "is a head and not an encoder"),
    ({"START_FROM": "sheds"}, "no head called sheds"),
    ({"START_FROM": "{folder}/models/encoder.safetensors"}, "is an encoder and not a head"),
    ({"AUGMENTATION": "wild"}, "AUGMENTATION cannot be wild"),
    ({"BAND": 4}, "no band 4; it has 1"),
]


def filled(parameters, dem, polygons, folder):
    def fill(value):
        if isinstance(value, list):
            return [fill(each) for each in value]
        if callable(value):
            return value()
        return value.format(folder=folder) if isinstance(value, str) else value

    values = {"DEMS": [str(dem)], "LABELS": str(polygons), "OUTPUT": str(folder / "out.safetensors"), **parameters}
    return {name: fill(value) for name, value in values.items()}


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_bad_input_is_said_before_a_run_and_in_one(
    engine, dem, polygons, tmp_path, context, feedback, parameters, message
):
    values = filled(parameters, dem, polygons, tmp_path)
    ok, said = algorithm().checkParameterValues(values, context)
    assert not ok
    with pytest.raises(QgsProcessingException, match=message) as caught:
        run_unchecked(values, context, feedback)
    assert said == str(caught.value)
    assert not engine.was_started
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"OUTPUT": "{folder}/head.txt"}, r"OUTPUT cannot be written to .*head\.txt\. Let .* end in \.safetensors"),
        ({"REPORT": "{folder}/report.pdf"}, r"REPORT cannot be written to .*report\.pdf\. Let .* end in \.html"),
        ({"OUTPUT": "{folder}/models/encoder.safetensors", "ENCODER": "tiny"}, "OUTPUT would overwrite the input"),
        ({"OUTPUT": "{folder}/models/roads.safetensors", "START_FROM": "roads"}, "OUTPUT would overwrite the input"),
        ({"OUTPUT": "{folder}/none/x.safetensors"}, "folder .*none does not exist"),
    ],
)
def test_bad_outputs(engine, dem, polygons, models, tmp_path, context, feedback, parameters, message):
    before = {path: path.read_bytes() for path in models.iterdir()}
    with pytest.raises(QgsProcessingException, match=message):
        run_unchecked(filled(parameters, dem, polygons, tmp_path), context, feedback)
    assert not engine.was_started
    assert {path: path.read_bytes() for path in models.iterdir()} == before


def test_a_model_trains_and_segments_with_what_was_trained(engine, dem, polygons, context, feedback, tmp_path):
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("Learn", "Mine")
    for parameter in (QgsProcessingParameterMultipleLayers("dems"), QgsProcessingParameterVectorLayer("labels")):
        model.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
    first = QgsProcessingModelChildAlgorithm(TRAIN)
    first.setChildId("train")
    first.addParameterSources("DEMS", [source.fromModelParameter("dems")])
    first.addParameterSources("LABELS", [source.fromModelParameter("labels")])
    final = QgsProcessingModelOutput("Head", "Head")
    final.setChildId("train")
    final.setChildOutputName("OUTPUT")
    first.setModelOutputs({"Head": final})
    model.addChildAlgorithm(first)
    second = QgsProcessingModelChildAlgorithm("demsegmenter:segmentbuildings")
    second.setChildId("use")
    second.addParameterSources("INPUT", [source.fromStaticValue(str(dem))])
    second.addParameterSources("HEAD", [source.fromChildOutput("train", "OUTPUT")])
    final = QgsProcessingModelOutput("Mask", "Mask")
    final.setChildId("use")
    final.setChildOutputName("OUTPUT")
    second.setModelOutputs({"Mask": final})
    model.addChildAlgorithm(second)
    head = tmp_path / "head.safetensors"
    targets = {}
    for output in model.destinationParameterDefinitions():
        targets[output.name()] = str(head if output.type() == "fileDestination" else tmp_path / "mask.tif")
    processing.run(model, {"dems": [str(dem)], "labels": str(polygons), **targets}, context=context, feedback=feedback)
    assert engine.told["argv"][0] == "segment"
    assert engine.option("head") == [str(head)]
    assert (tmp_path / "mask.tif").exists()


def test_own_heads_belong_where_the_settings_say_or_in_the_profile(own_folder):
    assert heads.own_folder() == own_folder
    QgsSettings().remove("Processing/Configuration/DEM_SEGMENTER_MODELS")
    assert heads.own_folder() == paths.user_folder() / "models"


def test_the_dem_is_not_its_own_labels(engine, run, dem):
    """QGIS fills in the active layer, which is the DEM more often than not."""
    with pytest.raises(QgsProcessingException, match="is given as the raster and as its labels"):
        run(DEMS=[str(dem)], LABELS=str(dem), OUTPUT="TEMPORARY_OUTPUT")
    assert not engine.was_started


def test_a_temporary_head_is_warned_of_before_hours_are_spent(engine, run, dem, polygons, feedback):
    run(DEMS=[str(dem)], LABELS=str(polygons), OUTPUT="TEMPORARY_OUTPUT")
    assert "is a temporary file" in feedback.warnings[0]
