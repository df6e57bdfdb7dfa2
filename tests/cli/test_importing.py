"""qgis_process and the real engine: an encoder from published weights, a head on it, a mask. The weights are random."""

import subprocess
from pathlib import Path

import pytest
from test_training import python, town, training, values

from demsegmenter.dem_segmenter.modelfiles import card as cards

__all__ = ["python", "town"]

#: Rotary positions, patches of 14, and small enough for a test.
MODEL = "eva02_tiny_patch14_224"

MAKE = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from dem_segmenter.runtime import import_timm\n"
    "import_timm()\n"
    "import timm, torch\n"
    "from safetensors.torch import save_file\n"
    "torch.manual_seed(0)\n"
    "save_file(timm.create_model(sys.argv[2]).state_dict(), sys.argv[3])\n"
)


@pytest.fixture(scope="module")
def weights(python, tmp_path_factory):
    """A file as timm publishes them."""
    path = tmp_path_factory.mktemp("weights") / "model.safetensors"
    root = Path(__file__).resolve().parents[2]
    subprocess.run([python, "-I", "-c", MAKE, str(root), MODEL, str(path)], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def encoder(qgis_process, weights, tmp_path_factory):
    """The answer of an import."""
    output = tmp_path_factory.mktemp("encoder") / "eva.safetensors"
    return qgis_process.run("importencoder", INPUT=weights, ARCHITECTURE=f"{MODEL}.mim_in22k", TILE=112, OUTPUT=output)


def test_what_became_of_the_weights_is_known(encoder):
    results = encoder.results
    assert (results["MODEL"], results["LICENCE"]) == (MODEL, "MIT")
    assert results["TENSORS_KEPT"] > 100
    assert results["TENSORS_LEFT_OUT"] == 2
    card = cards.read_card(results["OUTPUT"])
    assert (card.licence, card.tile, card.title) == ("MIT", 112, f"{MODEL}.mim_in22k")
    (left_out,) = card.recipe["left_out"].values()
    assert sorted(left_out) == ["fc_norm.bias", "fc_norm.weight"]
    assert [p.name for p in Path(results["OUTPUT"]).parent.iterdir()] == ["eva.safetensors"]


def test_a_head_is_trained_on_it_and_draws_a_mask(qgis_process, encoder, town, tmp_path):
    head = Path(encoder.results["OUTPUT"]).with_name("huts.safetensors")
    short = training(town, encoder.results["OUTPUT"], head, ITERATIONS=2, VALIDATE_EVERY=2)
    qgis_process.run("trainhead", **short, timeout=600)
    qgis_process.run("segment", INPUT=town.dem, HEADS=head, OUTPUT=tmp_path / "mask.tif")
    assert set(values(tmp_path / "mask.tif").flatten().tolist()) <= {0, 1, 255}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"INPUT": "{folder}/text.pth"}, "is not a file of weights"),
        ({"ARCHITECTURE": "swin_tiny_patch4_window7_224"}, "not a plain vision transformer"),
        ({"INPUT": "vit_base_patch16_224.mae"}, "give it as input with the model's name"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(qgis_process, weights, tmp_path, changed, words):
    (tmp_path / "text.pth").write_text("These are no weights.")
    (tmp_path / "out").mkdir()
    given = {"INPUT": weights, "OUTPUT": "{folder}/out/e.safetensors", **changed}
    given = {name: str(value).format(folder=tmp_path) for name, value in given.items()}
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1", "HF_HOME": str(tmp_path / "hub")}
    answer = qgis_process.run("importencoder", status=1, environment=environment, **given)
    assert words in answer.said
    assert "Traceback" not in answer.said
    assert list((tmp_path / "out").iterdir()) == []
