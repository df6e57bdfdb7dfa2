"""``importencoder`` with files, names and disks that will not do: one sentence, nothing written, nothing executed."""

from __future__ import annotations

import errno
import pickle
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from importing import SMALL, run, small_weights
from safetensors.torch import save_file

from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.errors import DemSegmenterError, DownloadError, ModelFileError, OptionError, OutputError
from dem_segmenter.learning.pretrain import save_encoder
from dem_segmenter.network.encoder import Encoder, EncoderOptions

Tensors = dict[str, torch.Tensor]


@pytest.fixture
def weights() -> Tensors:
    return small_weights()


@pytest.fixture
def refused(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Run the job on what must be refused; the output that was there before must stay."""
    output = tmp_path / "out" / "e.safetensors"
    output.parent.mkdir()
    output.write_bytes(b"an older one")

    def refused(kind: type[DemSegmenterError], words: str, source: object, *options: object) -> str:
        with pytest.raises(kind, match=words) as caught:
            run(source, output, *options)
        assert output.read_bytes() == b"an older one"
        assert [p.name for p in output.parent.iterdir()] == ["e.safetensors"]
        return str(caught.value)

    return refused


def named(path: Path, tensors: Tensors) -> Path:
    save_file({k: v.contiguous() for k, v in tensors.items()}, path)
    return path


class Code:
    """Unpickled carelessly, makes a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.trace), "w")


@pytest.mark.parametrize("wrapped", ["bare", "beside", "torch"])
def test_code_in_a_file_is_never_run(tmp_path: Path, refused, weights: Tensors, wrapped: str) -> None:  # type: ignore[no-untyped-def]
    trace, file = tmp_path / "trace", tmp_path / "weights.pth"
    content = {"model": weights, "args": Code(trace)} if wrapped != "bare" else Code(trace)
    if wrapped == "torch":
        torch.save(content, file)
    else:
        file.write_bytes(pickle.dumps(content))
    refused(ModelFileError, "holds more than weights: loading it would run code|is not a file of weights", file)
    assert not trace.exists()
    if wrapped == "torch":
        refused(ModelFileError, r"run code \(.*open\)\. It was not loaded", file)


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights", b"\x89PNG\r\n\x1a\n" + bytes(200), b"\x80\x02}q\x00."])
def test_no_checkpoint(tmp_path: Path, refused, content: bytes, ending: str) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / f"file.{ending}"
    file.write_bytes(content)
    refused(ModelFileError, r"not a (file of weights|safetensors file)|cut short", file)


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_cut_short(tmp_path: Path, refused, weights: Tensors, ending: str, share: float) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / f"file.{ending}"
    if ending == "pth":
        torch.save({"model": weights}, file)
    else:
        named(file, weights)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    refused(ModelFileError, "cut short", file)


def test_missing_left_over_and_misshapen_tensors_are_named(tmp_path: Path, refused, weights: Tensors) -> None:  # type: ignore[no-untyped-def]
    known = ("--architecture", SMALL)
    missing = {k: v for k, v in weights.items() if k != "blocks.3.attn.qkv.bias"}
    words = r"does not fit test_vit; missing from the file: 'blocks\.3\.attn\.qkv\.bias'"
    refused(ModelFileError, words, named(tmp_path / "a.safetensors", missing), *known)
    over = {**weights, "blocks.0.surprise": torch.zeros(1)}
    refused(ModelFileError, "not in the model: 'blocks.0.surprise'", named(tmp_path / "b.safetensors", over), *known)
    wrong = {**weights, "blocks.1.mlp.fc1.weight": torch.zeros(5, 64)}
    words = r"'blocks\.1\.mlp\.fc1\.weight' is \(5, 64\) and not \(192, 64\)"
    refused(ModelFileError, words, named(tmp_path / "c.safetensors", wrong), *known)
    oblong = {**weights, "pos_embed": torch.zeros(1, 100, 64)}
    refused(ModelFileError, r"'pos_embed' is \(1, 100, 64\)", named(tmp_path / "d.safetensors", oblong), *known)
    radar = {**weights, "patch_embed.proj.weight": torch.zeros(64, 2, 16, 16)}
    refused(ModelFileError, "reads 2 channels", named(tmp_path / "f.safetensors", radar), *known)
    small = {**weights, "blocks.2.attn.proj.weight": torch.zeros(64, 64, dtype=torch.int8)}
    words = r"quantised weights, which cannot be used: 'blocks\.2\.attn\.proj\.weight' \(int8\)"
    refused(ModelFileError, words, named(tmp_path / "e.safetensors", small), *known)
    broken = {**weights, "norm.bias": torch.full((64,), torch.nan)}
    refused(ModelFileError, "'norm.bias' holds values that are not numbers", named(tmp_path / "g.safetensors", broken))
    other = named(tmp_path / "h.safetensors", weights)
    refused(ModelFileError, "width 64, 6 blocks, patches of 16 pixels.*Give timm's name", other)
    refused(ModelFileError, "does not fit vit_tiny_patch16_224", other, "--architecture", "vit_tiny_patch16_224")


def test_other_contents(tmp_path: Path, refused, weights: Tensors) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "x.pth"
    for content, words in (
        ({"model": weights, "model_without_ddp": weights}, "under 'model' and more under 'model_without_ddp'"),
        ({"a": 1, "b": "text"}, "'a' is not a tensor"),
        ([weights], "no named tensors"),
        ({"layers.0.blocks.0.attn.qkv.weight": torch.zeros(3)}, "not named as in timm or in the original MAE"),
    ):
        torch.save(content, file)
        refused(ModelFileError, words, file)
    ours = tmp_path / "ours.safetensors"
    small = Encoder(EncoderOptions(model=SMALL, tile=64, blocks=(1, 2, 3, 5)))
    save_encoder(ours, small, ReliefEncoding(), title="Ours", training_data=[], recipe={})
    refused(ModelFileError, "is an encoder or head of DEM Segmenter already", ours)
    refused(ModelFileError, "There is no file", tmp_path / "none.pth")
    refused(ModelFileError, "There is no file", tmp_path)
    refused(OptionError, "No weights were given", " ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "vit_base_patch16_225",
            r"timm knows no model 'vit_base_patch16_225'\. Choose for example .*vit_base_patch16_224",
        ),
        ("vit_base_patch16_224.maee", r"timm knows no model.*vit_base_patch16_224\.mae"),
        (
            "swin_tiny_patch4_window7_224",
            "cannot be an encoder: it is not a plain vision transformer .*SwinTransformer",
        ),
        ("resnet18", "cannot be an encoder: it is not a plain vision transformer"),
        ("vit_base_r50_s16_224", "cannot be an encoder"),
    ],
)
def test_models_that_cannot_be_encoders(tmp_path: Path, refused, weights: Tensors, name: str, words: str) -> None:  # type: ignore[no-untyped-def]
    refused(OptionError, words, name)
    refused(OptionError, words, named(tmp_path / "m.safetensors", weights), "--architecture", name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--tile", 200), "200 pixels cannot be cut into the patches of 16 pixels"),
        (("--tile", 8), "tile is 8, which makes no sense"),
        (("--blocks", 0, 1, 2, 6), "cannot be tapped: test_vit has 6"),
        (("--blocks", 3, 2, 1, 0), "four of them in rising order"),
        (("--ground-resolution", 0), "makes no sense"),
    ],
)
def test_options_that_do_not_suit(tmp_path: Path, refused, weights: Tensors, options: tuple, words: str) -> None:  # type: ignore[no-untyped-def,type-arg]
    refused(OptionError, words, named(tmp_path / "m.safetensors", weights), "--architecture", SMALL, *options)


def test_a_tile_must_be_cut_into_patches_of_14(refused) -> None:  # type: ignore[no-untyped-def]
    words = "224 pixels|patches of 14 pixels of 'vit_small_patch14_dinov2'. Use a multiple of 14, such as 224"
    refused(OptionError, words, "vit_small_patch14_dinov2.lvd142m", "--tile", 256)


def test_no_network(refused, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("dem_segmenter.modelfiles.downloading.cached", lambda source: None)
    said = refused(DownloadError, r"'vit_base_patch16_224\.mae' could not be downloaded", "vit_base_patch16_224.mae")
    assert "download the file on another computer, and give it as input with the model's name" in said
    refused(OptionError, "an architecture was given besides", "vit_base_patch16_224.mae", "--architecture", SMALL)


def test_full_disk(tmp_path: Path, refused, weights: Tensors, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    file = named(tmp_path / "m.safetensors", weights)
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr("dem_segmenter.inference.outputs.shutil.disk_usage", lambda folder: usage(1, 1, 1000))
        refused(OutputError, "is full or nearly so: 1 kB free", file, "--architecture", SMALL)

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left on device"):
        run(file, tmp_path / "new.safetensors", "--architecture", SMALL)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["m.safetensors", "out"]


def test_outputs_that_cannot_be(tmp_path: Path, weights: Tensors) -> None:
    file = named(tmp_path / "m.safetensors", weights)
    with pytest.raises(OutputError, match="is one of the input files"):
        run(file, file, "--architecture", SMALL)
    with pytest.raises(OptionError, match="wrong ending"):
        run(file, tmp_path / "e.pth", "--architecture", SMALL)
    with pytest.raises(OutputError, match="does not exist"):
        run(file, tmp_path / "none" / "e.safetensors", "--architecture", SMALL)


def test_numbers_of_eight_bits_are_quantised(tmp_path: Path, weights: Tensors, refused) -> None:  # type: ignore[no-untyped-def]
    eight = {k: v.to(torch.float8_e4m3fn) if v.is_floating_point() else v for k, v in weights.items()}
    refused(ModelFileError, "quantised", named(tmp_path / "w.safetensors", eight), "--architecture", SMALL)


def test_a_file_that_holds_itself(tmp_path: Path, refused) -> None:  # type: ignore[no-untyped-def]
    content: dict[str, object] = {"epoch": 3}
    content["model"] = content
    torch.save(content, tmp_path / "w.pth")
    refused(ModelFileError, "not a file of weights", tmp_path / "w.pth", "--architecture", SMALL)
    content = {"model": {"blocks": 1}, "notes": []}
    content["notes"].append(content["notes"])  # type: ignore[attr-defined]
    torch.save(content, tmp_path / "w.pth")
    refused(ModelFileError, "not a file of weights", tmp_path / "w.pth", "--architecture", SMALL)
