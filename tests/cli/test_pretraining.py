"""qgis_process and the real engine: an encoder from a folder of tiles, and a head on it. The runs are very short."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from test_training import python, town, write_raster

__all__ = ["python", "town"]


@pytest.fixture(scope="module")
def tiles(town, tmp_path_factory):
    """A folder with a tile, and one that is none."""
    folder = tmp_path_factory.mktemp("tiles")
    (folder / "town.tif").write_bytes(town.dem.read_bytes())
    (folder / "broken.tif").write_bytes(b"II*\0 cut short")
    return folder


def short(tiles, output, **changed):
    """Parameters of a run of a few steps."""
    return {
        "FOLDER": tiles, "TILE": 64, "ITERATIONS": 3, "BATCH_SIZE": 2, "DEVICE": "cpu", "OUTPUT": output, **changed,
    }  # fmt: skip


@pytest.fixture(scope="module")
def encoder(qgis_process, python, tiles, tmp_path_factory):
    """The answer of a short pre-training."""
    del python
    folder = tmp_path_factory.mktemp("encoder")
    return qgis_process.run(
        "pretrainencoder", **short(tiles, folder / "ours.safetensors", REPORT=folder / "r.html"), timeout=600
    )


def test_an_encoder_a_report_and_figures(encoder):
    results = encoder.results
    assert {"OUTPUT", "REPORT", "LOSS", "STEPS", "CHIPS_SEEN", "DEMS_USED", "DEMS_SKIPPED"} <= set(results)
    assert (results["STEPS"], results["CHIPS_SEEN"], results["DEMS_USED"], results["DEMS_SKIPPED"]) == (3, 6, 1, 1)
    page = Path(results["REPORT"]).read_text(encoding="utf-8")
    assert "town.tif" in page
    assert "broken.tif" in page
    assert "broken.tif" in encoder.said
    assert sorted(p.name for p in Path(results["OUTPUT"]).parent.iterdir()) == ["ours.safetensors", "r.html"]


def test_a_head_is_trained_on_it(qgis_process, encoder, town, tmp_path):
    head = Path(encoder.results["OUTPUT"]).with_name("huts.safetensors")
    qgis_process.run(
        "trainhead", DEMS=town.dem, LABELS=town.labels, AREA=town.area, ENCODER=encoder.results["OUTPUT"], ITERATIONS=2,
        BATCH_SIZE=2, DEVICE="cpu", OUTPUT=head, timeout=600,
    )  # fmt: skip
    qgis_process.run("segment", INPUT=town.dem, HEADS=head, OUTPUT=tmp_path / "mask.tif")
    assert (tmp_path / "mask.tif").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"FOLDER": "{folder}/none"}, "none does not exist"),
        ({"FOLDER": "{folder}/empty"}, "no elevation raster in"),
        ({"FOLDER": "{folder}/broken"}, "None of the 1 files can be used"),
        ({"FOLDER": "{folder}/flat"}, "flat as water"),
        ({"ARCHITECTURE": "resnet18"}, "not a plain vision transformer"),
        ({"TILE": 70}, "patches of 16"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(qgis_process, python, tiles, tmp_path, changed, words):
    del python
    for name in ("empty", "broken", "flat", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "broken" / "a.tif").write_bytes(b"nothing")
    write_raster(tmp_path / "flat" / "lake.tif", np.full((100, 100), 5.0, np.float32), gdal.GDT_Float32)
    given = short(tiles, "{folder}/out/e.safetensors", **changed)
    given = {name: str(value).format(folder=tmp_path) for name, value in given.items()}
    answer = qgis_process.run("pretrainencoder", status=1, **given)
    assert words in answer.said
    assert "Traceback" not in answer.said
    assert list((tmp_path / "out").iterdir()) == []


def test_the_defaults_are_the_engines_own(qgis_process, python):
    """What the dialog shows is what the engine does where nothing is said."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import argparse, json\n"
        "from dem_segmenter.commands import pretrain\n"
        "from dem_segmenter.learning.pretrain_encoder import ARCHITECTURE\n"
        "parser = argparse.ArgumentParser()\n"
        "pretrain.add_arguments(parser)\n"
        "print(json.dumps({**{a.dest: a.default for a in parser._actions}, 'architecture': ARCHITECTURE}))\n"
    )
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run([python, "-I", "-c", code, str(root)], check=True, capture_output=True, text=True)
    engine = json.loads(said.stdout)
    shown = qgis_process("--json", "help", "demsegmenter:pretrainencoder").json["parameters"]
    names = (
        *("ARCHITECTURE", "MASK_RATIO", "ITERATIONS", "SYNTHETIC", "BATCH_SIZE", "DECODER_DEPTH", "LEARNING_RATE"),
        *("WEIGHT_DECAY", "SEED", "BAND", "VERTICAL_UNIT", "DEVICE"),
    )
    for name in names:
        assert shown[name]["default_value"] == engine[name.lower()], name
