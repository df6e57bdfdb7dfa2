"""Model files: what is written is read back, and what is broken is refused with a sentence."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from dem_segmenter.elevation.encoding import ColourEncoding, Encoding, ReliefEncoding
from dem_segmenter.errors import ModelFileError, OutputError
from dem_segmenter.learning.pretrain import save_encoder
from dem_segmenter.modelfiles import load_model
from dem_segmenter.modelfiles.card import (
    Card,
    ClassInfo,
    find_head,
    from_stac_item,
    installed_models,
    read_card,
    read_header,
    to_stac_item,
)
from dem_segmenter.modelfiles.store import load_tensors, save_model
from dem_segmenter.network.encoder import Encoder, EncoderOptions
from dem_segmenter.network.texture import planarity
from dem_segmenter.network.upernet import HeadOptions, UperNetHead

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder(EncoderOptions(tile=64))


def write_pair(
    folder: Path, encoder: Encoder, name: str = "sheds", encoding: Encoding | None = None, **changes: object
) -> Path:
    """An encoder and a head on it."""
    digest = save_encoder(
        folder / "encoder-a.safetensors", encoder, encoding or ReliefEncoding(), title="A", training_data=[], recipe={}
    )
    options = HeadOptions(width=8, detail=4)
    card = Card(
        kind="head",
        name=name,
        title=name.title(),
        architecture={"type": "UperNet", **options.to_json()},
        encoder_sha256=digest,
        encoder_name="encoder-a",
        classes=(ClassInfo("shed", 1, "#aa0011"),),
        tile=64,
        threshold=0.4,
    )
    path = folder / f"{name}.safetensors"
    save_model(path, UperNetHead(options).state_dict(), replace(card, **changes))
    return path


def test_card_survives_the_file(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder, metrics=({"place": "x", "iou": 0.5},))
    card = read_card(path)
    assert (card.name, card.threshold, card.tile) == ("sheds", 0.4, 64)
    assert card.classes == (ClassInfo("shed", 1, "#aa0011"),)
    assert card.metrics[0]["iou"] == 0.5
    assert from_stac_item(json.loads(json.dumps(to_stac_item(card)))) == card


def test_card_is_a_stac_item_with_the_mlm_extension(tmp_path: Path, encoder: Encoder) -> None:
    item = json.loads(read_header(write_pair(tmp_path, encoder))["__metadata__"]["stac_item"])
    assert item["type"] == "Feature"
    assert item["stac_extensions"][0].endswith("schema.json")
    # Required by the MLM extension 1.4.
    for key in ("mlm:name", "mlm:architecture", "mlm:tasks", "mlm:input", "mlm:output"):
        assert item["properties"][key]
    assert all(k.split(":")[0] in ("mlm", "demseg") or ":" not in k for k in item["properties"])


def test_a_loaded_head_predicts_on_its_encoder(tmp_path: Path, encoder: Encoder) -> None:
    model = load_model([write_pair(tmp_path, encoder)], device="cpu")
    (p,) = model.predict(torch.zeros(2, 7, 64, 64))
    assert p.shape == (2, 2, 64, 64)
    assert p.dtype == torch.float32
    torch.testing.assert_close(p.sum(1), torch.ones(2, 64, 64))
    assert not any(q.requires_grad for q in model.encoder.parameters())


def test_planes_gain_what_the_card_says_and_nothing_else_does(tmp_path: Path, encoder: Encoder) -> None:
    torch.manual_seed(0)
    path = write_pair(tmp_path, encoder)
    card, tensors, _ = load_tensors(path)
    assert card.planarity_bonus == 0.0
    save_model(tmp_path / "bonus.safetensors", tensors, replace(card, name="bonus", planarity_bonus=1.25))
    z = 50.0 + np.random.default_rng(0).normal(0, 2.0, (64, 64)).astype(np.float32)
    z[:, 32:] = 0.3 * np.arange(32)  # a roof beside a crown
    x = torch.from_numpy(ReliefEncoding().encode(z, np.ones(z.shape, bool), 0.75))[None]
    without, gained = load_model([path, tmp_path / "bonus.safetensors"], device="cpu").predict(x)
    gain = (torch.logit(gained[0, 1].double()) - torch.logit(without[0, 1].double())).numpy()
    assert gained.sum(1).numpy() == pytest.approx(1.0, abs=1e-5)
    assert np.allclose(gain, 1.25 * planarity(x)[0, 0].numpy(), atol=1e-3)
    # Where trees show no leaves, planes count half, and what is none is marked down.
    shown = load_model([path, tmp_path / "bonus.safetensors"], device="cpu").on_smooth_surface().predict(x)
    assert torch.equal(shown[0], without)
    moved = (torch.logit(shown[1][0, 1].double()) - torch.logit(without[0, 1].double())).numpy()
    assert np.allclose(moved, gain - 0.625, atol=1e-3)
    assert gain[8:-8, 40:-8].min() > 0.6
    assert np.allclose(gain[8:-8, 8:24], 0.0, atol=1e-3)


def test_planes_are_looked_for_only_where_the_encoder_shows_them(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder, encoding=ReliefEncoding(scaling="tanh"), planarity_bonus=1.0)
    with pytest.raises(ModelFileError, match="'sheds' looks for planes in logarithmic relief"):
        load_model([path], device="cpu")


def test_right_angles_are_looked_for_only_where_the_encoder_shows_heights(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder, encoding=ReliefEncoding(scaling="tanh"), right_angles_bonus=3.0)
    assert load_model([path], device="cpu").heads[0].card.right_angles_bonus == 3.0
    path = write_pair(tmp_path, encoder, encoding=ColourEncoding(), right_angles_bonus=3.0)
    with pytest.raises(ModelFileError, match="'sheds' looks for walls at right angles in relief"):
        load_model([path], device="cpu")


@pytest.mark.parametrize("name", ["planarity_bonus", "right_angles_bonus", "edge_radius", "max_width", "walled"])
def test_cards_from_before_ask_for_nothing_new(tmp_path: Path, encoder: Encoder, name: str) -> None:
    item = to_stac_item(read_card(write_pair(tmp_path, encoder, **{name: 1.5})))
    assert getattr(from_stac_item(item), name) == 1.5
    del item["properties"][f"demseg:{name}"]
    assert getattr(from_stac_item(item), name) == 0.0
    item["properties"][f"demseg:{name}"] = None  # edited by hand
    with pytest.raises(ModelFileError, match="damaged"):
        from_stac_item(item)


def test_the_thresholds_that_walls_may_choose_survive_the_file(tmp_path: Path, encoder: Encoder) -> None:
    item = to_stac_item(read_card(write_pair(tmp_path, encoder, other_thresholds=(0.4, 0.6))))
    assert from_stac_item(json.loads(json.dumps(item))).other_thresholds == (0.4, 0.6)
    del item["properties"]["demseg:other_thresholds"]
    assert from_stac_item(item).other_thresholds == ()


def test_a_head_is_refused_without_its_own_encoder(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder)
    os.remove(tmp_path / "encoder-a.safetensors")
    with torch.no_grad():
        other = Encoder(EncoderOptions(tile=64))
    save_encoder(tmp_path / "encoder-b.safetensors", other, ReliefEncoding(), title="B", training_data=[], recipe={})
    with pytest.raises(ModelFileError) as caught:
        load_model([path], device="cpu")
    # Both are named.
    assert "'encoder-a'" in str(caught.value)
    assert "'encoder-b'" in str(caught.value)


def test_heads_of_two_encoders_do_not_mix(tmp_path: Path, encoder: Encoder) -> None:
    one = write_pair(tmp_path, encoder, "one")
    two = write_pair(tmp_path, encoder, "two", encoder_sha256="0" * 64, encoder_name="elsewhere")
    with pytest.raises(ModelFileError, match=r"different encoders.*encoder-a.*elsewhere"):
        load_model([one, two], device="cpu")


def test_an_encoder_is_no_head(tmp_path: Path, encoder: Encoder) -> None:
    write_pair(tmp_path, encoder)
    with pytest.raises(ModelFileError, match="not a head"):
        load_model([tmp_path / "encoder-a.safetensors"], device="cpu")


@pytest.mark.parametrize("content", [b"", b"abc", b"PK\x03\x04" + b"\0" * 100, os.urandom(64), b"\x80\x04" + b"x" * 99])
def test_not_a_safetensors_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "head.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="not a safetensors file"):
        load_model([path], device="cpu")


def test_cut_short(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="cut short"):
        load_model([path], device="cpu")


def test_no_card(tmp_path: Path) -> None:
    path = tmp_path / "bare.safetensors"
    save_file({"x": torch.zeros(3)}, str(path))
    with pytest.raises(ModelFileError, match="no DEM Segmenter card"):
        load_model([path], device="cpu")


def test_damaged_card(tmp_path: Path) -> None:
    for text in ("{", "{}", '{"properties": {"demseg:kind": "head"}}', "[]"):
        path = tmp_path / "bad.safetensors"
        save_file({"x": torch.zeros(3)}, str(path), {"stac_item": text})
        with pytest.raises(ModelFileError, match="damaged"):
            load_model([path], device="cpu")


def test_changed_tensors_are_noticed(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x40
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        load_tensors(path)


def test_tensors_that_do_not_fit_the_card(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder)
    tensors = load_file(str(path))
    tensors["surprise"] = torch.zeros(1)
    save_model(path, tensors, read_card(path))
    with pytest.raises(ModelFileError, match="surprise"):
        load_model([path], device="cpu")


def test_missing_file_and_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no head file"):
        find_head(tmp_path / "none.safetensors")
    with pytest.raises(ModelFileError, match="no head called 'castles'"):
        find_head("castles", [tmp_path])


def test_own_folder_comes_before_the_embedded_one(tmp_path: Path, encoder: Encoder) -> None:
    path = write_pair(tmp_path, encoder, "buildings")
    assert find_head("buildings", [tmp_path]) == path
    assert path in installed_models([tmp_path])


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("x")
    with pytest.raises(OutputError):
        save_model(blocker / "head.safetensors", {"x": torch.zeros(1)}, Card(kind="head", name="x", title="X"))
    assert list(tmp_path.iterdir()) == [blocker]


def test_a_lying_header_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.safetensors"
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    with pytest.raises(ModelFileError, match="not a safetensors file"):
        read_header(path)


def test_reading_a_card_loads_no_engine() -> None:
    code = (
        "import sys; import dem_segmenter.modelfiles.card\n"
        "print([m for m in ('torch', 'numpy', 'rasterio', 'timm', 'safetensors') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", math.nan), ("threshold", -1.0), ("object_threshold", 1.5), ("walled", -0.1), ("walled", math.nan),
        ("other_thresholds", (0.6, 1.0)), ("other_thresholds", ("low",)), ("other_thresholds", (math.nan,)),
        ("other_thresholds", (0.1,) * 9),
        ("max_width", -1.0), ("min_area", math.nan), ("edge_radius", -3.0), ("overlap", 1.0), ("tile", 0), ("tile", -1),
        ("encoder_sha256", None), ("ground_resolution_range", (0.75, 0.5)), ("ground_resolution_range", (0.0, 0.5)),
        ("classes", (ClassInfo("shed", 1, "#zzz"),)), ("classes", (ClassInfo("shed", 255, "#aa0011"),)),
        ("classes", (ClassInfo("shed", 1, "#aa0011"), ClassInfo("barn", 1, "#aa0011"))), ("classes", ()),
    ],
)  # fmt: skip
def test_a_card_that_says_what_cannot_be(tmp_path: Path, encoder: Encoder, name: str, value: object) -> None:
    """Edited by hand, it would be an empty mask, or a fault much later."""
    path = write_pair(tmp_path, encoder, **{name: value})
    with pytest.raises(ModelFileError, match="damaged"):
        load_model([path], device="cpu")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("tile", 100, "tiles of 100 pixels"),
        ("classes", (ClassInfo("shed", 1, "#aa0011"), ClassInfo("barn", 2, "#00aa11")), "2 classes; the head tells 1"),
    ],
)
def test_a_card_that_does_not_fit_its_model(
    tmp_path: Path, encoder: Encoder, name: str, value: object, words: str
) -> None:
    path = write_pair(tmp_path, encoder, **{name: value})
    with pytest.raises(ModelFileError, match=words):
        load_model([path], device="cpu")


def test_an_installed_name_is_not_a_file_that_lies_about(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_pair(tmp_path, encoder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sheds").write_text("notes about sheds")
    assert find_head("sheds", [tmp_path]) == path
