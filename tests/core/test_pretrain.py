"""``pretrain``: DEMs in, encoder and report out; runs that are cut off, cancelled, or go wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from piling import CHECKOUT, arguments, cut_short, relief, run, start, write_dem, write_pile
from safetensors.torch import load_file
from segmenting import CancelAt, MemoryReporter

from dem_segmenter.errors import CancelledError, ModelFileError, OptionError, OutputError, TrainingError
from dem_segmenter.learning import checkpoints, pretraining
from dem_segmenter.modelfiles.card import read_card
from dem_segmenter.modelfiles.loading import load_encoder
from dem_segmenter.network.masked_autoencoder import MaskedAutoencoder, Reconstruction


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pile(tmp_path_factory.mktemp("pile"))


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_file(path)


def same(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_encoder_and_report_from_a_folder(pile: Path, tmp_path: Path) -> None:
    output, report = tmp_path / "county.safetensors", tmp_path / "county.html"
    done, reporter = run(arguments(output, pile, "--report", report, "--title", "Our county"))
    assert done.outputs == {"encoder": output, "report": report}
    assert (done.statistics["iterations"], done.statistics["chips"], done.statistics["dems"]) == (6, 12, 3)
    assert 0 < done.statistics["loss"] < 10
    card = read_card(output)
    assert (card.kind, card.name, card.title, card.tile) == ("encoder", "county", "Our county", 64)
    assert card.architecture["blocks"] == [3, 5, 7, 11]
    assert "tile0.tif" in card.training_data[0]["name"]
    encoder, _, _, _ = load_encoder(output)
    features = encoder(torch.zeros(1, 7, 64, 64))
    assert [tuple(f.shape) for f in features] == [(1, 192, 4, 4)] * 4
    page = report.read_text(encoding="utf-8")
    for text in ("How training went", "hidden", "tile1.tif", "Share of patches hidden", "data:image/png"):
        assert text in page
    assert "http" not in page.replace("http://www.w3.org", "")  # self-contained
    assert sorted(p.name for p in tmp_path.iterdir()) == ["county.html", "county.safetensors"]
    assert reporter.warnings == []


def test_a_run_that_was_cut_off_is_the_run_itself(pile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    run(arguments(whole, pile))
    step = pretraining.Pretraining._step

    def dies(self: pretraining.Pretraining, *given: object) -> None:
        if len(self.losses) == 4:
            raise KeyboardInterrupt  # nothing of ours runs any more, as with a kill
        step(self, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(pretraining.Pretraining, "_step", dies)
        with pytest.raises(KeyboardInterrupt):
            run(arguments(parts, pile))
    state = checkpoints.read_state(tmp_path / "parts.safetensors.training", _identity(tmp_path), torch.device("cpu"))
    assert state is not None
    assert len(state["losses"]) == 3
    assert not parts.exists()
    run(arguments(parts, pile))
    assert same(whole, parts)
    other = tmp_path / "other.safetensors"
    run(arguments(other, pile, "--seed", 1))
    assert not same(whole, other)


def _identity(folder: Path) -> str:
    return str(torch.load(folder / "parts.safetensors.training", weights_only=True)["identity"])


def _written(state: Path) -> int:
    """When a state was written; 0 if there is none."""
    try:
        return state.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def test_a_process_that_is_killed_goes_on_to_the_same_weights(pile: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    more = ("--iterations", 12, "--save-every", 1)
    # Like the others in a process with one thread: sums are rounded otherwise where more threads share them, in torch
    # and in the BLAS under numpy, and pytest's own process has as many as there are cores.
    uncut = start(arguments(whole, pile, *more))
    _, err = uncut.communicate(timeout=400)
    assert uncut.returncode == 0, err
    # One by one, each a little later: while it starts, reads, trains, or writes. The last one is left alone, as is one
    # that is done before its time has come.
    kills, state = 0, tmp_path / "parts.safetensors.training"
    for patience in (0.0, 0.7, None):
        before = _written(state)
        process = start(arguments(parts, pile, *more))
        if patience is not None:
            deadline = time.monotonic() + 200
            while time.monotonic() < deadline and process.poll() is None:
                if _written(state) not in (0, before):
                    time.sleep(patience)
                    break
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)  # not sent to one that has ended
        out, err = process.communicate(timeout=400)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        kills += 1
    assert kills
    assert process.returncode == 0, err
    assert "iterations: 12\n" in out
    assert "Warning" not in err
    (step,) = re.findall(r"Going on from step (\d+)", err)
    assert 0 < int(step) < 12
    assert f"step {step}:" not in err  # not taken again
    assert same(whole, parts)
    assert not state.exists()


@pytest.mark.parametrize("keep", [True, False])
def test_a_cancelled_run_keeps_its_state_and_goes_on(pile: Path, tmp_path: Path, keep: bool) -> None:
    whole, output = tmp_path / "whole.safetensors", tmp_path / "e.safetensors"
    with pytest.raises(CancelledError, match="which was kept"):
        run(arguments(output, pile, *(["--keep"] if keep else [])), CancelAt(60.0))
    assert output.exists() == keep
    assert (tmp_path / "e.safetensors.training").exists()
    if keep:
        assert 0 < read_card(output).recipe["steps_taken"] < 6
    run(arguments(output, pile))
    run(arguments(whole, pile))
    assert same(whole, output)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e.safetensors", "whole.safetensors"]


def test_cancelling_while_headers_are_read(pile: Path, tmp_path: Path) -> None:
    reporter = MemoryReporter()
    reporter.cancel()
    with pytest.raises(CancelledError, match="nothing was written"):
        run(arguments(tmp_path / "e.safetensors", pile), reporter)
    assert list(tmp_path.iterdir()) == []


def test_the_state_of_another_run_is_put_aside(pile: Path, tmp_path: Path) -> None:
    output = tmp_path / "e.safetensors"
    with pytest.raises(CancelledError):
        run(arguments(output, pile), CancelAt(60.0))
    kept = (tmp_path / "e.safetensors.training").read_bytes()
    done, reporter = run(arguments(output, pile, "--mask-ratio", 0.5))
    assert done.statistics["iterations"] == 6
    assert any("put aside" in w for w in reporter.warnings)
    assert (tmp_path / "e.safetensors.training.old").read_bytes() == kept


def test_a_loss_that_is_no_number_keeps_the_state_before_it(
    pile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "e.safetensors"
    calls = 0
    forward = MaskedAutoencoder.forward

    def spoilt(self: MaskedAutoencoder, *given: torch.Tensor) -> Reconstruction:
        nonlocal calls
        out = forward(self, *given)
        calls += self.training
        return out._replace(loss=out.loss * float("nan")) if calls == 5 and self.training else out

    with monkeypatch.context() as patch:
        patch.setattr(MaskedAutoencoder, "forward", spoilt)
        with pytest.raises(TrainingError, match=r"no number|no longer a number") as caught:
            run(arguments(output, pile))
    assert "learning rate" in caught.value.advice
    assert "goes on from step 4" in caught.value.advice
    state = torch.load(tmp_path / "e.safetensors.training", weights_only=True)
    assert len(state["losses"]) == 4
    assert all(torch.isfinite(v).all() for v in state["model"].values())
    assert not output.exists()
    # As the message says: with a lower rate it goes on.
    done, reporter = run(arguments(output, pile, "--learning-rate", 1e-5))
    assert done.statistics["iterations"] == 6
    assert not reporter.warnings


def test_a_gradient_that_is_no_number_does_not_reach_the_weights(
    pile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(*_: object, **__: object) -> torch.Tensor:
        return torch.tensor(float("inf"))

    with monkeypatch.context() as patch:
        patch.setattr(pretraining.nn.utils, "clip_grad_norm_", overflow)
        with pytest.raises(TrainingError, match="no longer a number at step 1"):
            run(arguments(tmp_path / "e.safetensors", pile))
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_fits_only_in_part_changes_nothing(pile: Path, tmp_path: Path) -> None:
    """As of another version: the run begins anew, as if the state were not there."""
    with pytest.raises(CancelledError):
        run(arguments(tmp_path / "e.safetensors", pile), CancelAt(60.0))
    file = tmp_path / "e.safetensors.training"
    state = torch.load(file, weights_only=True)
    last = list(state["model"])[-1]
    state["model"]["of another version"] = state["model"].pop(last)
    torch.save(state, file)
    run(arguments(tmp_path / "e.safetensors", pile))
    run(arguments(tmp_path / "anew.safetensors", pile))
    assert same(tmp_path / "e.safetensors", tmp_path / "anew.safetensors")


@pytest.mark.parametrize("watched", [True, False], ids=["held-out chips", "training loss"])
def test_a_loss_that_rose_is_told(pile: Path, tmp_path: Path, watched: bool) -> None:
    given = ["--iterations", 40, "--learning-rate", 1.0, "--warmup", 0]
    sources = [pile] if watched else ["--synthetic", 1]
    done, reporter = run(arguments(tmp_path / "e.safetensors", *sources, *given))
    assert (done.statistics["held_out_loss"] is not None) == watched
    assert any("Run it again with a lower learning rate (it was 1)" in w for w in reporter.warnings)


def test_a_full_disk(pile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "e.safetensors"
    save, times = torch.save, 0

    def full(state: object, path: Path) -> None:
        nonlocal times
        times += 1
        if times == 2:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        save(state, path)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.torch, "save", full)
        with pytest.raises(OutputError, match="No space left"):
            run(arguments(output, pile))
    assert [p.name for p in tmp_path.iterdir()] == ["e.safetensors.training"]  # of step 3, whole
    done, _ = run(arguments(output, pile))
    assert done.statistics["iterations"] == 6


def test_a_disk_that_really_fills(pile: Path, tmp_path: Path) -> None:
    # No file may grow beyond the limit, which fails a write just as a full disk does.
    code = (
        "import resource, signal, sys\n"
        "from dem_segmenter.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "sys.exit(main(['pretrain', *sys.argv[1:]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments(tmp_path / "e.safetensors", pile)],
        cwd=CHECKOUT, env={**os.environ, "DEM_SEGMENTER_THREADS": "1"}, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert "Unexpected" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_going_on_from_an_encoder(pile: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    run(arguments(first, pile, "--ground-resolution", 1.5))
    given = arguments(second, pile, "--start-from", first, "--iterations", 2, "--learning-rate", 1e-6)
    del given[:2]  # the tile is the encoder's own
    run(given)
    before, after = weights(first), weights(second)
    # Two tiny steps from there, and not from anywhere else.
    moved = max(float((before[k].float() - after[k].float()).abs().max()) for k in before)
    assert 0 < moved < 1e-3
    card = read_card(second)
    assert (card.tile, card.ground_resolution, card.recipe["start_from"]) == (64, 1.5, "a")
    assert len(card.training_data) == 2
    with pytest.raises(OptionError, match="has the architecture vit_tiny_patch16_224, not vit_small"):
        run(arguments(second, pile, "--start-from", first, "--architecture", "vit_small_patch16_224"))


def test_synthetic_places_alone_and_other_settings(tmp_path: Path) -> None:
    output = tmp_path / "e.safetensors"
    done, _ = run(
        arguments(output, "--synthetic", 1, "--raw-target", "--architecture", "vit_tiny_patch16_384", "--iterations", 2,
                  "--decoder-width", 64, "--decoder-depth", 1, "--mask-ratio", 0.5, "--report", tmp_path / "r.html")
    )  # fmt: skip
    assert (done.statistics["dems"], done.statistics["held_out_loss"]) == (0, None)
    recipe = read_card(output).recipe
    assert (recipe["normalise"], recipe["decoder"], recipe["mask_ratio"]) == (False, [64, 1], 0.5)


#: Each process leaves the weights it ended with.
LEAVES_WEIGHTS = """
run = p.Pretraining.run
def spied(self, *a, **k):
    run(self, *a, **k)
    torch.save((self.model.state_dict(), self.losses), os.path.join(os.environ["LEFT"], "rank" + os.environ["RANK"]))
p.Pretraining.run = spied
"""

#: The second process cannot read a DEM at its third step.
FAILS = """
if os.environ["RANK"] == "1":
    step = p.Pretraining._step
    class Broken:
        def next(self):
            raise OSError("the server is gone")
    def fails(self, pool, reporter):
        step(self, Broken() if len(self.losses) == 2 else pool, reporter)
    p.Pretraining._step = fails
"""

#: The second process does not see the state, as in a folder that only the first one has.
SEES_NO_STATE = """
if os.environ["RANK"] == "1":
    p.read_state = lambda *_: None
"""


def on_two_processes(folder: Path, argv: list[str], spy: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a run under torchrun, with something changed in it."""
    lines = "import os\nif os.environ.get('RANK'):\n    import dem_segmenter.learning.pretraining as p, torch\n"
    body = "".join(f"    {line}\n" for line in spy.strip().splitlines())
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(lines + body)
    process = start(
        [*argv, "--events", "json"],
        "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        PYTHONPATH=os.pathsep.join([str(folder), str(CHECKOUT)]), LEFT=str(folder),
    )  # fmt: skip
    out, err = process.communicate(timeout=500)
    return process.returncode, out, err


def test_torchrun_trains_one_network_on_two_processes(pile: Path, tmp_path: Path) -> None:
    output, spy = tmp_path / "e.safetensors", tmp_path / "spy"
    status, out, err = on_two_processes(spy, arguments(output, pile, "--iterations", 3), LEAVES_WEIGHTS)
    assert status == 0, err
    (first, losses), (second, others) = (torch.load(spy / f"rank{i}", weights_only=True) for i in (0, 1))
    assert all(torch.equal(first[k], second[k]) for k in first)
    assert losses == others
    assert len(losses) == 3
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["event"] for e in events].count("start") == 1, "only the first process speaks"
    (result,) = [e for e in events if e["event"] == "result"]
    assert (result["statistics"]["processes"], result["statistics"]["chips"]) == (2, 3 * 2 * 2)
    # Two processes see other chips than one.
    alone = tmp_path / "alone.safetensors"
    run(arguments(alone, pile, "--iterations", 3))
    assert not same(alone, output)


def test_processes_stop_together_and_go_on_together(pile: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    more = ("--iterations", 4, "--save-every", 100)
    status, _, err = on_two_processes(tmp_path / "spy", arguments(whole, pile, *more), "pass")
    assert status == 0, err
    status, out, err = on_two_processes(tmp_path / "spy", arguments(parts, pile, *more), FAILS)
    assert status != 0
    assert "the server is gone" in err
    (error,) = [e for e in map(json.loads, out.splitlines()) if e["event"] == "error"]
    assert error["message"] == "Another process of this run has failed."
    file = tmp_path / "parts.safetensors.training"
    assert len(torch.load(file, weights_only=True)["losses"]) == 2, "the step before is kept"
    kept = file.read_bytes()
    status, out, _ = on_two_processes(tmp_path / "spy", arguments(parts, pile, *more), SEES_NO_STATE)
    assert status != 0
    (error,) = [e for e in map(json.loads, out.splitlines()) if e["event"] == "error"]
    assert "do not agree on the step the run goes on from: 0 in one, 2 in another" in error["message"]
    assert file.read_bytes() == kept
    status, _, err = on_two_processes(tmp_path / "spy", arguments(parts, pile, *more), "pass")
    assert status == 0, err
    assert same(whole, parts)
    assert not file.exists()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (["--mask-ratio", "1"], OptionError, "mask ratio"),
        (["--iterations", "0"], OptionError, "iterations"),
        (["--learning-rate", "nan"], OptionError, "learning rate"),
        (["--tile", "70"], OptionError, "patches of 16"),
        (["--architecture", "resnet50"], OptionError, "not a plain vision transformer"),
        (["--architecture", "vit_none_patch16_224"], OptionError, "timm knows no model"),
        (["--decoder-width", "33"], OptionError, "33 wide"),
        (["--start-from", "nowhere"], ModelFileError, "no encoder 'nowhere'"),
        (["--start-from", "buildings"], ModelFileError, "no encoder 'buildings'"),
    ],
)
def test_options_that_make_no_sense(pile: Path, tmp_path: Path, given: list[str], error: type, words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        run(arguments(tmp_path / "e.safetensors", pile, *given))
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    output = tmp_path / "e.safetensors"
    with pytest.raises(OptionError, match="no elevation"):
        run(arguments(output))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "readme.txt").write_text("nothing here")
    with pytest.raises(TrainingError, match=r"no elevation raster in .*empty") as caught:
        run(arguments(output, tmp_path / "empty"))
    assert ".tif" in caught.value.advice
    assert not output.exists()


def test_constant_dems_are_nothing_to_learn_from(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    write_dem(tmp_path / "flat" / "lake.tif", np.full((160, 160), 417.25, np.float32))
    with pytest.raises(TrainingError, match="flat as water"):
        run(arguments(tmp_path / "e.safetensors", tmp_path / "flat"))
    write_dem(tmp_path / "flat" / "shore.tif", relief(0, 160))
    done, _ = run(arguments(tmp_path / "e.safetensors", tmp_path / "flat", "--iterations", 2))
    assert np.isfinite(done.statistics["loss"])


def test_heights_in_centimetres_are_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "cm").mkdir()
    write_dem(tmp_path / "cm" / "hill.tif", 30_000.0 + 100.0 * relief(0, 160))
    with pytest.raises(TrainingError, match=r"'hill' holds the value [\d,. ]+which cannot be a height") as caught:
        run(arguments(tmp_path / "e.safetensors", tmp_path / "cm"))
    assert "centimetres" in caught.value.advice


def test_a_broken_tile_is_named_skipped_and_counted(pile: Path, tmp_path: Path) -> None:
    folder = write_pile(tmp_path / "pile", 4)
    (folder / "broken.tif").write_bytes(b"II*\0 no tiff at all")
    cut_short(folder / "short.tif")
    done, reporter = run(arguments(tmp_path / "e.safetensors", folder, "--report", tmp_path / "r.html"))
    assert (done.statistics["dems"], done.statistics["dems_skipped"]) == (5, 1)
    assert done.statistics["dems_damaged"] == 1
    assert sum("broken.tif" in w for w in reporter.warnings) == 1
    assert sum("short.tif" in w for w in reporter.warnings) == 1
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "broken.tif" in page
    assert "1 DEMs could not be read" in page


def test_all_broken_is_an_error(tmp_path: Path) -> None:
    for name in ("headers", "pixels"):
        (tmp_path / name).mkdir()
    for i in range(3):
        (tmp_path / "headers" / f"{i}.tif").write_bytes(b"nothing")
        cut_short(tmp_path / "pixels" / f"{i}.tif")
    with pytest.raises(TrainingError, match="None of the 3 files can be used"):
        run(arguments(tmp_path / "e.safetensors", tmp_path / "headers"))
    with pytest.raises(TrainingError, match="None of the DEMs can be read"):
        run(arguments(tmp_path / "e.safetensors", tmp_path / "pixels"))
    assert not (tmp_path / "e.safetensors").exists()


def test_a_list_of_files(pile: Path, tmp_path: Path) -> None:
    names = tmp_path / "list.txt"
    names.write_text("\n".join(str(p) for p in sorted(pile.glob("*.tif"))[:2]) + "\n", encoding="utf-8")
    done, _ = run(arguments(tmp_path / "e.safetensors", "--list", names, "--iterations", 1))
    assert done.statistics["dems"] == 2
    with pytest.raises(OptionError, match="cannot be read"):
        run(arguments(tmp_path / "e.safetensors", "--list", tmp_path / "none.txt"))
