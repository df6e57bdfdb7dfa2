"""Importing an encoder: what the engine is told, and what comes back."""

import os

import processing
import pytest
from qgis.core import (
    QgsApplication,
    QgsProcessingException,
    QgsProcessingParameterDefinition,
)

from demsegmenter.processing_provider import encoders

pytestmark = pytest.mark.usefixtures("provider", "models")

IMPORT = "demsegmenter:importencoder"
MAE = "vit_base_patch16_224.mae"


def algorithm():
    return QgsApplication.processingRegistry().createAlgorithmById(IMPORT)


@pytest.fixture
def run(feedback, context):
    def run(**parameters):
        return processing.run(IMPORT, parameters, feedback=feedback, context=context)

    return run


@pytest.fixture
def weights(tmp_path):
    """A file; the stand-in does not look into it."""
    path = tmp_path / "mae pretrained.pth"
    path.write_bytes(b"weights")
    return path


def test_a_file(engine, run, weights, tmp_path, feedback):
    output = tmp_path / "mae.safetensors"
    result = run(INPUT=str(weights), OUTPUT=str(output))
    assert engine.told["argv"] == [
        "importencoder",
        str(weights),
        "--encoding=colours",
        f"--output={output}",
        "--events",
        "json",
    ]
    assert result == {
        "OUTPUT": str(output),
        "MODEL": "vit_base_patch16_224",
        "LICENCE": "CC-BY-NC-4.0",
        "TENSORS_KEPT": 148,
        "TENSORS_LEFT_OUT": 2,
    }
    assert encoders.resolve(str(output)).name == "ours"
    assert any(f"choose the file {output} as encoder" in line for line in feedback.infos)
    assert any("bare-earth" in line for line in feedback.warnings)  # the engine's warnings, licences too, are shown


@pytest.mark.parametrize("given", [{"ARCHITECTURE": MAE}, {"INPUT": MAE}, {"INPUT": f"timm/{MAE}"}])
def test_a_name_alone(engine, run, given, feedback):
    run(**given, OUTPUT="TEMPORARY_OUTPUT")
    assert engine.told["argv"][1] == next(iter(given.values()))
    assert engine.option("architecture") == []
    assert any("is a temporary file" in w for w in feedback.warnings)


def test_everything_that_was_set_is_told(engine, run, weights, tmp_path):
    run(
        INPUT=str(weights),
        ARCHITECTURE=MAE,
        ENCODING="minmax",
        LICENCE="CC0-1.0",
        TITLE=" Aus dem Netz ",
        GROUND_RESOLUTION=0.5,
        TILE=448,
        OUTPUT=str(tmp_path / "e.safetensors"),
    )
    assert set(engine.told["argv"][2:-2]) == {
        f"--architecture={MAE}",
        "--encoding=minmax",
        "--licence=CC0-1.0",
        "--title=Aus dem Netz",
        "--ground-resolution=0.5",
        "--tile=448",
        f"--output={tmp_path / 'e.safetensors'}",
    }


def test_what_few_need_is_advanced():
    flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    owner = algorithm()
    plain = [p.name() for p in owner.parameterDefinitions() if not p.flags() & flag]
    assert plain == ["INPUT", "ARCHITECTURE", "ENCODING", "OUTPUT"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "There is nothing to import. Choose a file of weights, or give a model's name"),
        ({"INPUT": "{folder}/none.pth"}, r"The file .*none\.pth does not exist"),
        ({"INPUT": "none.safetensors"}, "The file none.safetensors does not exist"),
        ({"INPUT": "{folder}"}, "does not exist"),
        ({"ARCHITECTURE": "--offline"}, "--offline is not the name of a model"),
        ({"ARCHITECTURE": "a b"}, "a b is not the name of a model. Give one such as vit_base_patch16_224.mae"),
        ({"ARCHITECTURE": MAE, "ENCODING": "grey"}, "ENCODING|ncorrect parameter"),
    ],
)
def test_bad_input_is_said_before_a_run_and_in_one(engine, tmp_path, context, feedback, parameters, message):
    values = {"OUTPUT": str(tmp_path / "out.safetensors")}
    values.update({name: value.format(folder=tmp_path) for name, value in parameters.items()})
    ok, _ = algorithm().checkParameterValues(values, context)
    assert not ok
    with pytest.raises(QgsProcessingException, match=message):
        algorithm().run(values, context, feedback, catchExceptions=False)
    assert not engine.was_started


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("{folder}/e.pth", r"OUTPUT cannot be written to .*e\.pth\. Let .* end in \.safetensors"),
        ("{folder}/none/e.safetensors", "folder .*none does not exist"),
        ("{folder}/w.safetensors", "OUTPUT would overwrite the input"),
    ],
)
def test_bad_outputs(engine, tmp_path, context, feedback, output, message):
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"weights")
    values = {"INPUT": str(file), "OUTPUT": output.format(folder=tmp_path)}
    with pytest.raises(QgsProcessingException, match=message):
        algorithm().run(values, context, feedback, catchExceptions=False)
    assert not engine.was_started
    assert file.read_bytes() == b"weights"


def test_the_engines_sentence_is_shown(engine, run, weights, tmp_path):
    engine.mode("error")
    output = tmp_path / "e.safetensors"
    with pytest.raises(QgsProcessingException, match="has no CRS"):
        run(INPUT=str(weights), OUTPUT=str(output))
    assert not os.path.exists(output)
