"""Pre-training an encoder: what the engine is told, what comes back, and what is kept when it does not end."""

import os
import threading
import time

import processing
import pytest
from conftest import SIDE, write_raster
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterVectorLayer,
    QgsRasterLayer,
    QgsSettings,
)

from demsegmenter.processing_provider import encoders
from demsegmenter.processing_provider.algorithms import pretrain_encoder

pytestmark = pytest.mark.usefixtures("provider", "models")

PRETRAIN = "demsegmenter:pretrainencoder"


def algorithm():
    return QgsApplication.processingRegistry().createAlgorithmById(PRETRAIN)


@pytest.fixture
def run(feedback, context):
    def run(**parameters):
        return processing.run(PRETRAIN, parameters, feedback=feedback, context=context)

    return run


@pytest.fixture
def folder(tmp_path):
    """A folder of tiles."""
    made = tmp_path / "county tiles"
    made.mkdir()
    write_raster(made / "a.tif", SIDE, SIDE)
    return made


def test_the_defaults_are_told(engine, run, dem, folder, tmp_path):
    encoder = tmp_path / "ours.safetensors"
    result = run(DEMS=[str(dem)], FOLDER=str(folder), OUTPUT=str(encoder))
    assert engine.told["argv"] == [
        "pretrain",
        str(dem),
        str(folder),
        "--architecture=vit_tiny_patch16_224",
        "--keep",
        "--vertical-unit=auto",
        "--device=auto",
        f"--output={encoder}",
        "--events",
        "json",
    ]
    owner = algorithm()
    definitions = {p.name(): p.defaultValue() for p in owner.parameterDefinitions()}
    assert (definitions["MASK_RATIO"], definitions["ITERATIONS"], definitions["BATCH_SIZE"]) == (0.75, 1500, 48)
    assert result == {
        "OUTPUT": str(encoder),
        "LOSS": 0.41,
        "HELD_OUT_LOSS": 0.43,
        "STEPS": 1500,
        "CHIPS_SEEN": 72000,
        "DEMS_USED": 2000,
        "DEMS_SKIPPED": 3,
    }
    assert encoders.resolve(str(encoder)).name == "ours"


def test_everything_that_was_set_is_told(engine, run, tmp_path, folder):
    dem = write_raster(tmp_path / "bands.tif", SIDE, SIDE, bands=2)
    result = run(
        DEMS=[str(dem)],
        FOLDER=str(folder),
        ARCHITECTURE="vit_small_patch8_224",
        MASK_RATIO=0.6,
        ITERATIONS=7,
        SYNTHETIC=12,
        KEEP=False,
        BATCH_SIZE=5,
        NORMALIZE=False,
        GROUND_RESOLUTION=1.5,
        TILE=160,
        DECODER_WIDTH=64,
        DECODER_DEPTH=3,
        LEARNING_RATE=0.0002,
        WARMUP=1,
        WEIGHT_DECAY=0.1,
        SEED=9,
        TITLE=" Gelände, Stand 2024 ",
        BAND=2,
        VERTICAL_UNIT="foot",
        DEVICE="cuda:1",
        OUTPUT=str(tmp_path / "e.safetensors"),
        REPORT=str(tmp_path / "r.html"),
    )
    told = engine.told["argv"]
    assert told[1:3] == [str(dem), str(folder)]
    assert set(told[3:]) == {
        "--architecture=vit_small_patch8_224",
        "--mask-ratio=0.6",
        "--iterations=7",
        "--synthetic=12",
        "--batch-size=5",
        "--raw-target",
        "--ground-resolution=1.5",
        "--tile=160",
        "--decoder-width=64",
        "--decoder-depth=3",
        "--learning-rate=0.0002",
        "--warmup=1",
        "--weight-decay=0.1",
        "--seed=9",
        "--title=Gelände, Stand 2024",
        "--band=2",
        "--vertical-unit=foot",
        "--device=cuda:1",
        f"--output={tmp_path / 'e.safetensors'}",
        f"--report={tmp_path / 'r.html'}",
        "--events",
        "json",
    }
    assert result["REPORT"] == str(tmp_path / "r.html")
    assert (tmp_path / "r.html").exists()


def test_what_few_need_is_advanced():
    flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    owner = algorithm()
    plain = [p.name() for p in owner.parameterDefinitions() if not p.flags() & flag]
    assert plain == [
        *("DEMS", "FOLDER", "START_FROM", "ARCHITECTURE", "MASK_RATIO", "ITERATIONS", "SYNTHETIC", "KEEP"),
        *("OUTPUT", "REPORT"),
    ]


def test_an_encoder_to_start_from_brings_its_size(engine, run, folder, models):
    run(FOLDER=str(folder), START_FROM="Tiny", ARCHITECTURE="vit_base_patch16_224", OUTPUT="TEMPORARY_OUTPUT")
    assert engine.option("start-from") == [str(models / "encoder.safetensors")]
    assert engine.option("architecture") == []


def test_a_folder_alone_or_synthetic_places_alone_will_do(engine, run, folder):
    run(FOLDER=str(folder), OUTPUT="TEMPORARY_OUTPUT")
    assert engine.told["argv"][1] == str(folder)
    run(SYNTHETIC=3, OUTPUT="TEMPORARY_OUTPUT")
    assert engine.told["argv"][1].startswith("--")


def test_very_many_rasters_are_told_in_a_file(engine, run, dem, tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain_encoder, "MOST_ARGUMENTS", 2)
    rasters = [str(write_raster(tmp_path / f"t{i}.tif", SIDE, SIDE)) for i in range(3)]
    run(DEMS=rasters, OUTPUT="TEMPORARY_OUTPUT")
    (path,) = engine.option("list")
    assert engine.copy_of("list").read_text(encoding="utf-8").split() == rasters
    assert not os.path.exists(path)


def test_layers_that_only_qgis_can_read_are_written_out(engine, run, dem, project):
    elevation = QgsRasterLayer(str(dem), "Moved")
    elevation.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
    project.addMapLayers([elevation])
    run(DEMS=[elevation.id()], OUTPUT="TEMPORARY_OUTPUT")
    assert engine.told["source"] != str(dem)
    assert gdal.Open(str(engine.source_copy)).GetSpatialRef().GetAuthorityCode(None) == "25832"
    assert not os.path.exists(engine.told["source"])


def test_an_encoder_in_the_own_folder_is_offered_at_once(engine, run, folder, tmp_path, feedback):
    own = tmp_path / "own"
    own.mkdir()
    QgsSettings().setValue("Processing/Configuration/DEM_SEGMENTER_MODELS", str(own))
    try:
        run(FOLDER=str(folder), OUTPUT=str(own / "ours.safetensors"))
        assert "ours" in [e.name for e in encoders.installed_encoders()]
        assert any("choose ours as encoder" in line for line in feedback.infos)
    finally:
        QgsSettings().remove("Processing/Configuration/DEM_SEGMENTER_MODELS")
    run(FOLDER=str(folder), OUTPUT=str(tmp_path / "e.safetensors"))
    assert any(f"choose the file {tmp_path / 'e.safetensors'} as encoder" in line for line in feedback.infos)
    assert not feedback.warnings or not any("temporary" in w for w in feedback.warnings)
    run(FOLDER=str(folder), OUTPUT="TEMPORARY_OUTPUT")
    assert any("is a temporary file" in w for w in feedback.warnings)


def start_and_cancel(folder, encoder, context, feedback, **parameters):
    """Cancel a run that is under way; seconds from the cancel to its end."""
    cancelled_at = []

    def cancel():
        cancelled_at.append(time.monotonic())
        feedback.cancel()

    feedback.progressChanged.connect(lambda _: cancelled_at or threading.Timer(0.3, cancel).start())
    result, _ = algorithm().run({"FOLDER": str(folder), "OUTPUT": str(encoder), **parameters}, context, feedback)
    assert result == {}
    return time.monotonic() - cancelled_at[0]


def test_a_cancel_keeps_the_encoder_so_far(engine, folder, tmp_path, context, feedback):
    engine.mode("training")
    encoder = tmp_path / "e.safetensors"
    assert start_and_cancel(folder, encoder, context, feedback) > 2.0
    assert encoders.resolve(str(encoder)).name == "ours"
    assert f"Cancelled. The encoder so far is in {encoder}." in feedback.infos
    assert any("To go on where it stopped" in line and str(encoder) in line for line in feedback.infos)
    assert (tmp_path / "e.safetensors.training").exists(), "what it goes on from is no scratch"


def test_a_cancel_that_keeps_nothing_leaves_what_was_there(engine, folder, tmp_path, context, feedback):
    engine.mode("training")
    encoder = tmp_path / "e.safetensors"
    encoder.write_bytes(b"an older one")
    start_and_cancel(folder, encoder, context, feedback, KEEP=False)
    assert encoder.read_bytes() == b"an older one"
    assert not any("so far is in" in line for line in feedback.infos)
    assert any("To go on where it stopped" in line for line in feedback.infos)


def test_a_run_that_was_killed_says_how_to_go_on(engine, run, folder, tmp_path, feedback):
    encoder = tmp_path / "e.safetensors"
    (tmp_path / "e.safetensors.training").write_text("how far it was")
    engine.mode("killed")
    with pytest.raises(QgsProcessingException, match="memory ran out"):
        run(FOLDER=str(folder), OUTPUT=str(encoder))
    assert any("To go on where it stopped" in line for line in feedback.infos)


BAD = [
    ({"FOLDER": ""}, "There is no elevation to learn from"),
    ({"FOLDER": "{folder}/none"}, r"The folder .*none does not exist"),
    ({"DEMS": ["{folder}/none.tif"]}, r"none\.tif is not a raster that QGIS can open"),
    ({"DEMS": ["{folder}/dem.tif"], "BAND": 4}, "no band 4; it has 1"),
    ({"START_FROM": "huge"}, r"no encoder called huge\. Choose an installed one \(tiny\)"),
    ({"START_FROM": "{folder}/models/roads.safetensors"}, "is a head and not an encoder"),
]


@pytest.mark.usefixtures("dem")
@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_bad_input_is_said_before_a_run_and_in_one(engine, folder, tmp_path, context, feedback, parameters, message):
    def fill(value):
        if isinstance(value, list):
            return [fill(each) for each in value]
        return value.format(folder=tmp_path) if isinstance(value, str) else value

    values = {"FOLDER": str(folder), "OUTPUT": str(tmp_path / "out.safetensors"), **parameters}
    values = {name: fill(value) for name, value in values.items()}
    ok, said = algorithm().checkParameterValues(values, context)
    assert not ok
    with pytest.raises(QgsProcessingException, match=message) as caught:
        algorithm().run(values, context, feedback, catchExceptions=False)
    assert said == str(caught.value)
    assert not engine.was_started


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"OUTPUT": "{folder}/e.txt"}, r"OUTPUT cannot be written to .*e\.txt\. Let .* end in \.safetensors"),
        ({"REPORT": "{folder}/report.pdf"}, r"REPORT cannot be written to .*report\.pdf\. Let .* end in \.html"),
        ({"OUTPUT": "{folder}/models/encoder.safetensors", "START_FROM": "tiny"}, "OUTPUT would overwrite the input"),
        ({"OUTPUT": "{folder}/none/x.safetensors"}, "folder .*none does not exist"),
    ],
)
def test_bad_outputs(engine, folder, models, tmp_path, context, feedback, parameters, message):
    values = {"FOLDER": str(folder), "OUTPUT": str(tmp_path / "out.safetensors"), **parameters}
    values = {name: value.format(folder=tmp_path) for name, value in values.items()}
    with pytest.raises(QgsProcessingException, match=message):
        algorithm().run(values, context, feedback, catchExceptions=False)
    assert not engine.was_started


def test_a_model_pretrains_and_trains_a_head_on_it(engine, dem, polygons, context, feedback, tmp_path):
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("Learn", "Mine")
    for parameter in (QgsProcessingParameterMultipleLayers("dems"), QgsProcessingParameterVectorLayer("labels")):
        model.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
    steps = {
        "encoder": (PRETRAIN, {"DEMS": source.fromModelParameter("dems")}),
        "head": (
            "demsegmenter:trainhead",
            {
                "DEMS": source.fromModelParameter("dems"),
                "LABELS": source.fromModelParameter("labels"),
                "ENCODER": source.fromChildOutput("encoder", "OUTPUT"),
            },
        ),
    }
    for name, (identifier, given) in steps.items():
        child = QgsProcessingModelChildAlgorithm(identifier)
        child.setChildId(name)
        for parameter, value in given.items():
            child.addParameterSources(parameter, [value])
        final = QgsProcessingModelOutput(name.title(), name.title())
        final.setChildId(name)
        final.setChildOutputName("OUTPUT")
        child.setModelOutputs({name.title(): final})
        model.addChildAlgorithm(child)
    wanted = [output.name() for output in model.destinationParameterDefinitions()]
    targets = {name: str(tmp_path / f"{name[-9:]}.safetensors") for name in wanted}
    processing.run(model, {"dems": [str(dem)], "labels": str(polygons), **targets}, context=context, feedback=feedback)
    assert engine.told["argv"][0] == "train"
    assert engine.option("encoder")[0] in targets.values()
