"""``importencoder``: weights that were trained elsewhere give the features they gave there."""

from __future__ import annotations

import http.server
import importlib
import threading
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from importing import SMALL, as_timm_loads, mae_decoder, mae_encoder, run, small_weights
from safetensors.torch import load_file, save_file
from torch.nn import functional

from dem_segmenter.errors import DownloadError, OutputError
from dem_segmenter.modelfiles.card import read_card
from dem_segmenter.modelfiles.importing import Wishes, import_encoder
from dem_segmenter.modelfiles.loading import load_encoder
from dem_segmenter.network.architectures import check_name, tapped_blocks
from dem_segmenter.runtime import import_timm

BLOCKS = (3, 5, 7, 11)
MAE = "vit_base_patch16_224.mae"


def test_mae_vit_base_gives_the_features_of_transformers(tmp_path: Path) -> None:
    """Both published layouts, at full size, against Hugging Face's implementation of the paper's model."""
    import_timm()  # mends torchvision where it does not fit torch, for transformers too
    transformers: Any = importlib.import_module("transformers")
    tensors = mae_encoder()
    original, timms = tmp_path / "mae_visualize_vit_base.pth", tmp_path / "model.safetensors"
    torch.save({"model": {**tensors, **mae_decoder()}}, original)
    save_file(tensors, timms)
    done, reporter = run(original, tmp_path / "mae.safetensors")
    assert (done.statistics["model"], done.statistics["licence"]) == ("vit_base_patch16_224", "CC-BY-NC-4.0")
    assert (done.statistics["tensors"], done.statistics["left_out"]) == (148, 106)
    assert done.statistics["parameters"] == 85_797_120
    assert "not for commercial use" in reporter.warnings[0]
    encoder, _, card, _ = load_encoder(tmp_path / "mae.safetensors")
    assert tuple(card.architecture["blocks"]) == BLOCKS
    other = import_encoder(timms, Wishes(architecture=MAE), name="mae", origin="model.safetensors")
    stored = load_file(tmp_path / "mae.safetensors")
    assert stored.keys() == other.tensors.keys()
    assert all(torch.equal(stored[k], other.tensors[k]) for k in stored)
    assert other.card.licence == "CC-BY-NC-4.0"

    # timm's attention is fused; Hugging Face's is told to write the formula out.
    config = transformers.ViTMAEConfig(mask_ratio=0.0, layer_norm_eps=1e-6, attn_implementation="eager")
    reference = transformers.ViTMAEModel(config).eval()
    missing, unexpected = reference.load_state_dict(_for_transformers(tensors), strict=False)
    assert (missing, unexpected) == ([], [])
    torch.manual_seed(2)
    chip = torch.randn(1, 3, 224, 224)
    with torch.inference_mode():
        # Rising noise hides nothing and keeps the patches' order.
        states = reference(chip, noise=torch.arange(196.0)[None], output_hidden_states=True).hidden_states
        found = encoder(chip)
        raw = encoder.vit.forward_intermediates(chip, indices=list(BLOCKS), norm=False, intermediates_only=True)
    for block, features, before in zip(BLOCKS, found, raw, strict=True):
        wanted = states[block + 1][:, 1:]
        torch.testing.assert_close(before.flatten(2).mT, wanted, atol=2e-5, rtol=1e-5)
        torch.testing.assert_close(features.flatten(2).mT, functional.layer_norm(wanted, (768,)), atol=2e-5, rtol=1e-5)


def _for_transformers(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = {
        "cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings",
        "patch_embed.proj": "embeddings.patch_embeddings.projection", "norm.": "layernorm.", "blocks": "layers",
        "norm1": "layernorm_before", "norm2": "layernorm_after", "attn.proj": "attention.o_proj",
    }  # fmt: skip
    renamed: dict[str, torch.Tensor] = {}
    for key, tensor in tensors.items():
        name = key
        for theirs, ours in names.items():
            name = name.replace(theirs, ours) if theirs != "norm." else (name, ours + name[5:])[name.startswith(theirs)]
        if "attn.qkv" in name:
            for part, piece in zip("qkv", tensor.chunk(3), strict=True):
                renamed[name.replace("attn.qkv", f"attention.{part}_proj")] = piece
        else:
            renamed[name] = tensor
    return renamed


@pytest.mark.parametrize(
    ("name", "tile"),
    [
        ("vit_small_patch14_dinov2", 224),  # patches of 14; made for tiles of 518
        ("vit_small_patch14_reg4_dinov2", 112),  # and registers
        ("eva02_tiny_patch14_224", 224),  # rotary positions besides absolute ones
        ("beit_base_patch16_224", 64),  # a table of relative positions in each block
        ("deit_tiny_distilled_patch16_224", 224),  # two tokens before the patches
    ],
)
def test_other_plain_vits_give_what_timm_makes_of_the_file(tmp_path: Path, name: str, tile: int) -> None:
    import timm

    torch.manual_seed(0)
    published = timm.create_model(name, num_classes=0)
    for key, parameter in published.named_parameters():
        if key.endswith(("pos_embed", "bias_table", "token", "gamma_1", "gamma_2")):
            torch.nn.init.normal_(parameter, std=0.3)  # zeros would hide what is mixed up
    file, output = tmp_path / "model.safetensors", tmp_path / "e.safetensors"
    save_file(published.state_dict(), file)
    run(file, output, "--tile", tile)
    encoder, _, card, _ = load_encoder(output)
    assert (encoder.options.model, card.tile) == (name, tile)
    chip = torch.randn(1, 3, tile, tile)
    with torch.inference_mode():
        maps = as_timm_loads(name, file, tile).forward_intermediates(
            chip, indices=list(tapped_blocks(12)), norm=False, intermediates_only=True
        )
        for features, wanted in zip(encoder(chip), maps, strict=True):
            normalised = functional.layer_norm(wanted.permute(0, 2, 3, 1), (wanted.shape[1],)).permute(0, 3, 1, 2)
            torch.testing.assert_close(features, normalised, atol=1e-5, rtol=1e-4)


def test_every_tensor_is_told_of(tmp_path: Path) -> None:
    """Kept, left out with a reason, or the state of a training; in the log and in the card."""
    file, output = tmp_path / "checkpoint.pth", tmp_path / "e.safetensors"
    weights = {f"module.{k}": v for k, v in small_weights().items()}
    beside = {"optimizer": {"state": {0: torch.zeros(3)}}, "epoch": 7, "args": Namespace(model="vit", lr=0.1)}
    # torch's older format, as some files of that time have it.
    torch.save({"model": weights, **beside}, file, _use_new_zipfile_serialization=False)
    done, reporter = run(file, output, "--architecture", SMALL, "--title", "Small", "--licence", "CC0-1.0")
    told = "\n".join(reporter.logs)
    for text in (
        "76 of the file's 80 tensors",
        "norm.weight, norm.bias, head.weight, head.bias",
        "optimizer, epoch, args",
    ):
        assert text in told, told
    assert "160 pixels and were brought to 224" in told
    card = read_card(output)
    assert (card.kind, card.name, card.title, card.licence) == ("encoder", "e", "Small", "CC0-1.0")
    (left_out,) = card.recipe["left_out"].values()
    assert left_out == ["norm.weight", "norm.bias", "head.weight", "head.bias"]
    assert card.recipe["beside_the_weights"] == ["optimizer", "epoch", "args"]
    assert card.recipe["positions"] == [160, 224]
    assert len(card.recipe["file_sha256"]) == 64
    assert card.recipe["imported_from"] == "checkpoint.pth"
    assert reporter.warnings == []
    assert done.outputs == {"encoder": output}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint.pth", "e.safetensors"]


@pytest.mark.parametrize(("encoding", "kind"), [("colours", "ColourEncoding"), ("minmax", "MinMaxEncoding")])
def test_elevation_as_a_picture(tmp_path: Path, encoding: str, kind: str) -> None:
    """Normalised as timm says that the weights' own pictures were."""
    file, output = tmp_path / "m.safetensors", tmp_path / "e.safetensors"
    save_file(small_weights(), file)
    _, reporter = run(file, output, "--architecture", SMALL, "--encoding", encoding, "--ground-resolution", 0.5)
    _, made, card, _ = load_encoder(output)
    assert (type(made).__name__, made.channels, made.mean) == (kind, 3, (0.5, 0.5, 0.5))
    assert card.ground_resolution_range == (0.5, 0.5)
    assert card.licence == "unknown"
    assert "does not say under which licence" in reporter.warnings[0]


def test_half_precision_stays_half(tmp_path: Path) -> None:
    file, output = tmp_path / "m.safetensors", tmp_path / "e.safetensors"
    save_file({k: v.half() for k, v in small_weights().items()}, file)
    run(file, output, "--architecture", SMALL)
    assert {t.dtype for t in load_file(output).values()} == {torch.float16}


def test_an_existing_output_is_replaced_only_when_all_went_well(tmp_path: Path) -> None:
    file, output = tmp_path / "m.safetensors", tmp_path / "e.safetensors"
    save_file(small_weights(), file)
    output.write_bytes(b"an older one")
    run(file, output, "--architecture", SMALL)
    assert read_card(output).kind == "encoder"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is served as the hub; nothing lies in the cache."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    folder = tmp_path / "hub"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr("dem_segmenter.modelfiles.downloading.cached", lambda source: None)
        yield folder
        server.shutdown()
        thread.join()


def test_weights_by_name_are_downloaded(hub: Path, tmp_path: Path) -> None:
    output = tmp_path / "e.safetensors"
    name = "test_vit.r160_in1k"
    place = hub / "timm" / name / "resolve" / "main"
    place.mkdir(parents=True)
    save_file(small_weights(), place / "model.safetensors")
    _, reporter = run(f"timm/{name}", output, "--tile", 96)
    card = read_card(output)
    assert (card.title, card.licence, card.tile) == (name, "Apache-2.0", 96)
    assert card.recipe["imported_from"].endswith(f"/timm/{name}/resolve/main/model.safetensors")
    assert reporter.warnings == []
    assert "the licence of its weights is Apache-2.0" in reporter.logs[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e.safetensors", "hub"]


def test_downloads_that_go_wrong(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output, name = tmp_path / "e.safetensors", "test_vit.r160_in1k"
    with pytest.raises(DownloadError, match="There is no file of weights at http"):
        run(name, output)
    place = hub / "timm" / name / "resolve" / "main"
    place.mkdir(parents=True)
    save_file(small_weights(), place / "model.safetensors")
    with monkeypatch.context() as patch:
        usage = SimpleNamespace(free=1_000_000)  # enough for the file, and not for the encoder beside it
        patch.setattr("dem_segmenter.inference.outputs.shutil.disk_usage", lambda folder: usage)
        with pytest.raises(OutputError, match="full or nearly so"):
            run(name, output)
    monkeypatch.setattr(http.server.SimpleHTTPRequestHandler, "copyfile", lambda self, source, out: out.write(b"part"))
    with pytest.raises(DownloadError, match="broke off after 4 of"):
        run(name, output)
    assert [p.name for p in tmp_path.iterdir()] == ["hub"]


def test_a_name_in_the_cache_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cached.safetensors"
    save_file(small_weights(), file)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda repository, name: str(file))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    _, reporter = run("test_vit.r160_in1k", tmp_path / "e.safetensors")
    assert any("on this computer already" in line for line in reporter.logs)
    assert file.exists()


def test_names() -> None:
    assert check_name(MAE) == "vit_base_patch16_224"
    assert tapped_blocks(12) == BLOCKS
    assert tapped_blocks(24) == (7, 11, 15, 23)


def test_the_original_layout_in_a_size_that_was_never_published(tmp_path: Path) -> None:
    torch.save({"model": mae_encoder(384, 12), "epoch": 3}, tmp_path / "mae_small.pth")
    done, _ = run(tmp_path / "mae_small.pth", tmp_path / "e.safetensors")
    card = read_card(done.outputs["encoder"])
    assert card.architecture["model"] == "vit_small_patch16_224"
    assert "unknown" in card.licence.lower()  # whose it is cannot be told from its layout
