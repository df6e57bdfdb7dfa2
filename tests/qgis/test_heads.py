"""Which head a user's words mean."""

import pytest
from conftest import BUILDING, head_card, write_model
from qgis.core import QgsSettings

from demsegmenter.dem_segmenter.errors import ModelFileError
from demsegmenter.processing_provider import heads

pytestmark = pytest.mark.usefixtures("qgis_app")


def test_installed_heads_leave_out_encoders_and_broken_files(models):
    (models / "broken.safetensors").write_bytes(b"no model")
    assert [head.name for head in heads.installed_heads()] == ["buildings", "roads"]


@pytest.mark.parametrize("words", ["buildings", "Buildings", " buildings "])
def test_by_name(models, words):
    head = heads.resolve(words)
    assert head.path == models / "buildings.safetensors"
    assert head.classes == (BUILDING,)


def test_by_path(models, tmp_path, monkeypatch):
    path = write_model(tmp_path / "a colleague's.safetensors", head_card("sheds", BUILDING))
    assert heads.resolve(str(path)).name == "sheds"
    assert heads.resolve(path).path == path
    monkeypatch.chdir(tmp_path)
    assert heads.resolve("a colleague's.safetensors").path == path


def test_the_users_folder_comes_first(models, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    mine = write_model(own / "better.safetensors", head_card("buildings", BUILDING))
    QgsSettings().setValue("Processing/Configuration/DEM_SEGMENTER_MODELS", str(own))
    try:
        assert own in heads.model_folders()
        assert heads.resolve("buildings").path == mine
        assert heads.resolve("roads").path == models / "roads.safetensors"
    finally:
        QgsSettings().remove("Processing/Configuration/DEM_SEGMENTER_MODELS")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("sheds", r"no head called sheds\. Choose an installed one \(buildings, roads\) or give the path"),
        ("/nowhere/x.safetensors", r"head file /nowhere/x\.safetensors does not exist"),
        ("", "No head was given"),
    ],
)
def test_one_that_is_not_there(models, words, message):
    with pytest.raises(ModelFileError, match=message):
        heads.resolve(words)


def test_an_encoder_is_no_head(models):
    with pytest.raises(ModelFileError, match="is an encoder and not a head"):
        heads.resolve(str(models / "encoder.safetensors"))


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 some zip", b"\x05\x00\x00\x00\x00\x00\x00\x00{}", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"],
)
def test_a_file_that_is_no_head(models, tmp_path, content):
    path = tmp_path / "odd.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"odd\.safetensors"):
        heads.resolve(str(path))


def test_several(models, tmp_path):
    path = write_model(tmp_path / "x;y.safetensors", head_card("sheds", BUILDING))
    names = [head.name for head in heads.resolve_all(["roads;buildings", str(path), "roads"])]
    assert names == ["roads", "buildings", "sheds"]
    with pytest.raises(ModelFileError, match="No head was given"):
        heads.resolve_all([])
