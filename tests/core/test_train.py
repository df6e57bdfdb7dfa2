"""``train``: labels in, head file and report out; bad input; runs that are cut off."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
import shapely
import torch
from segmenting import CancelAt, MemoryReporter
from training import CHIP, NORTH, WEST, write_encoder, write_layer, write_town

from dem_segmenter.commands import JobResult, suggest, train
from dem_segmenter.errors import CancelledError, LabelError, ModelFileError, OptionError, OutputError, TrainingError
from dem_segmenter.learning import training as loop
from dem_segmenter.modelfiles import load_model
from dem_segmenter.modelfiles.card import read_card
from dem_segmenter.modelfiles.store import load_tensors, save_model

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("small")
    return SimpleNamespace(encoder=write_encoder(folder), **vars(write_town(folder)))


def arguments(small: SimpleNamespace, output: Path, *more: object) -> list[str]:
    given = [str(small.dem), "--labels", str(small.labels), "--area", str(small.area), "--class-name", "house"]
    given += ["--encoder", str(small.encoder), "--iterations", "12", "--batch-size", "4", "--validate-every", "6"]
    return [*given, "--device", "cpu", "-o", str(output), *map(str, more)]


def run(command, argv: list[str], reporter: MemoryReporter | None = None) -> tuple[JobResult, MemoryReporter]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    reporter = reporter or MemoryReporter()
    return command.run(parser.parse_args(argv), reporter), reporter


def test_head_and_report_from_labels(small: SimpleNamespace, tmp_path: Path) -> None:
    head, report = tmp_path / "houses.safetensors", tmp_path / "houses.html"
    done, reporter = run(train, arguments(small, head, "--report", report))
    # 240 m of ground give five by five chips of 48 m; a fifth of them is for validation.
    assert (done.statistics["training_chips"], done.statistics["validation_chips"]) == (20, 5)
    assert 0 <= done.statistics["iou"] <= 1
    card = read_card(head)
    assert [c.name for c in card.classes] == ["house"]
    assert card.threshold == done.statistics["threshold"]
    assert {"name": "the encoder small", "licence": "GPL-3.0-or-later"} in card.training_data
    assert 0 < card.min_area <= 72  # houses are of 144 m2
    model = load_model([head], folders=[small.encoder.parent], device="cpu")
    (probability,) = model.predict(np.zeros((1, 7, 64, 64), np.float32))
    assert probability.shape == (1, 2, 64, 64)
    page = report.read_text(encoding="utf-8")
    for text in ("How training went", "Validation chips", "predicted house", "What to label next", "data:image/png"):
        assert text in page
    assert "http" not in page.replace("http://www.w3.org", "")  # self-contained
    assert sorted(p.name for p in tmp_path.iterdir()) == ["houses.html", "houses.safetensors"]
    assert not reporter.warnings


def test_it_learns(small: SimpleNamespace, tmp_path: Path) -> None:
    more = ("--iterations", 120, "--validate-every", 40, "--augmentation", "dihedral")
    done, _ = run(train, arguments(small, tmp_path / "h.safetensors", *more))
    assert done.statistics["iou"] > 0.7


def test_few_labels_only_fit_an_installed_head_of_the_class(small: SimpleNamespace, tmp_path: Path) -> None:
    installed = tmp_path / "models"
    installed.mkdir()
    encoder = Path(shutil.copy(small.encoder, installed))
    more = ["--iterations", 80, "--validate-every", 20, "--augmentation", "dihedral"]
    given = arguments(SimpleNamespace(**{**vars(small), "encoder": encoder}), installed / "first.safetensors", *more)
    first, _ = run(train, given)
    assert first.statistics["iou"] > 0.3
    card, tensors, _ = load_tensors(installed / "first.safetensors")
    assert (card.recipe["start_from"], card.edge_radius) == ("", 0.0)
    save_model(
        installed / "first.safetensors",
        tensors,
        replace(card, edge_radius=2.0, max_width=40.0, walled=0.4, right_angles_bonus=3.5),
    )
    # Steps that spoil everything: what it began with was better, and is what is kept.
    output = tmp_path / "second.safetensors"
    given[given.index("-o") + 1] = str(output)
    second, _ = run(train, [*given, "--learning-rate", "1", "--iterations", "4", "--warmup", "0",
                             "--class-name", "House"])  # fmt: skip
    assert (read_card(output).recipe["start_from"], read_card(output).edge_radius) == ("first", 2.0)
    assert (read_card(output).max_width, read_card(output).walled) == (40.0, 0.4)
    assert read_card(output).right_angles_bonus == 3.5
    assert second.statistics["best_iteration"] == 0
    assert second.statistics["iou"] == pytest.approx(first.statistics["iou"], abs=0.02)  # stored in half precision
    # Of another class, or told so, it starts from nothing.
    run(train, [*given, "--iterations", "2", "--class-name", "shed"])
    assert (read_card(output).recipe["start_from"], read_card(output).edge_radius) == ("", 0.0)
    # What it starts from may be of another class: sheds need be neither as narrow nor as walled as houses.
    run(
        train,
        [*given, "--iterations", "2", "--class-name", "shed", "--start-from", str(installed / "first.safetensors")],
    )
    assert (read_card(output).edge_radius, read_card(output).max_width, read_card(output).walled) == (2.0, 0.0, 0.0)
    assert read_card(output).right_angles_bonus == 0.0


def test_one_seed_one_head(small: SimpleNamespace, tmp_path: Path) -> None:
    # Chips are made in another thread; their order must not depend on its pace.
    first, second, other = (tmp_path / f"{n}.safetensors" for n in "abc")
    run(train, arguments(small, first, "--seed", 3))
    run(train, arguments(small, second, "--seed", 3))
    run(train, arguments(small, other, "--seed", 4))
    tensors = [
        load_model([p], folders=[small.encoder.parent], device="cpu").heads[0].network for p in (first, second, other)
    ]
    weights = [t.classify[0].weight for t in tensors]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_labels_in_another_crs_just_work(small: SimpleNamespace, tmp_path: Path) -> None:
    labels = write_layer(tmp_path / "degrees.gpkg", small.houses, "EPSG:4326")
    given = arguments(small, tmp_path / "h.safetensors")
    given[given.index("--labels") + 1] = str(labels)
    done, _ = run(train, given)
    assert done.statistics["training_chips"] == 20


def test_labels_that_do_not_touch_the_dem(small: SimpleNamespace, tmp_path: Path) -> None:
    labels = write_layer(tmp_path / "far.gpkg", [shapely.box(0, 0, 50, 50)])
    given = arguments(small, tmp_path / "h.safetensors")
    given[given.index("--labels") + 1] = str(labels)
    with pytest.raises(LabelError):
        run(train, given)
    assert not (tmp_path / "h.safetensors").exists()


def test_of_several_dems_those_without_labels_are_left_out(small: SimpleNamespace, tmp_path: Path) -> None:
    far = write_town(tmp_path, name="far", west=WEST + 10_000)
    given = arguments(small, tmp_path / "h.safetensors")
    done, reporter = run(train, [str(far.dem), *given])
    assert any("left out" in w for w in reporter.warnings)
    assert done.statistics["training_chips"] > 0


@pytest.mark.parametrize(
    ("houses", "words"),
    [
        ([shapely.box(WEST + 100, NORTH - 40, WEST + 120, NORTH - 20)], "no object"),
        ([shapely.box(WEST - 50, NORTH - 300, WEST + 300, NORTH + 50)], "no background"),
    ],
)
def test_one_class_only(small: SimpleNamespace, tmp_path: Path, houses: list, words: str) -> None:
    area = [shapely.box(WEST, NORTH - 240, WEST + 60, NORTH - 100)]
    given = arguments(small, tmp_path / "h.safetensors")
    given[given.index("--labels") + 1] = str(write_layer(tmp_path / "l.gpkg", houses))
    given[given.index("--area") + 1] = str(write_layer(tmp_path / "a.gpkg", area))
    with pytest.raises((TrainingError, LabelError), match=r"only one class|touch") as caught:
        run(train, given)
    assert words in str(caught.value) or isinstance(caught.value, LabelError)


def test_an_empty_layer(small: SimpleNamespace, tmp_path: Path) -> None:
    given = arguments(small, tmp_path / "h.safetensors")
    given[given.index("--labels") + 1] = str(write_layer(tmp_path / "none.gpkg", []))
    with pytest.raises(LabelError):
        run(train, given)


def test_invalid_geometries_are_repaired_and_counted(small: SimpleNamespace, tmp_path: Path) -> None:
    x, y = WEST + 30.0, NORTH - 60.0
    bow_tie = shapely.Polygon([(x, y), (x + 12, y + 12), (x + 12, y), (x, y + 12)])
    given = arguments(small, tmp_path / "h.safetensors")
    given[given.index("--labels") + 1] = str(write_layer(tmp_path / "bad.gpkg", [*small.houses, bow_tie]))
    _, reporter = run(train, given)
    assert any("1" in w and "repair" in w for w in reporter.warnings)


def test_fewer_chips_than_asked_for(small: SimpleNamespace, tmp_path: Path) -> None:
    done, reporter = run(train, arguments(small, tmp_path / "h.safetensors", "--chips", 300))
    assert any("300" in w and "only 25" in w for w in reporter.warnings)
    assert done.statistics["training_chips"] == 20


def test_no_more_chips_than_asked_for(small: SimpleNamespace, tmp_path: Path) -> None:
    done, _ = run(train, arguments(small, tmp_path / "h.safetensors", "--chips", 8))
    assert (done.statistics["training_chips"], done.statistics["validation_chips"]) == (8, 2)


def test_without_area_the_labels_bounds_count(small: SimpleNamespace, tmp_path: Path) -> None:
    given = arguments(small, tmp_path / "h.safetensors")
    at = given.index("--area")
    del given[at : at + 2]
    done, reporter = run(train, given)
    assert reporter.warnings
    assert done.statistics["training_chips"] + done.statistics["validation_chips"] == 25


def test_nan_and_nodata_in_the_dem(small: SimpleNamespace, tmp_path: Path) -> None:
    z = small.elevation.copy()
    z[:80] = np.nan
    z[80:120, :40] = -9999
    with rasterio.open(small.dem) as source:
        profile = source.profile
    with rasterio.open(tmp_path / "holes.tif", "w", **profile) as target:
        target.write(z, 1)
    given = arguments(small, tmp_path / "h.safetensors")
    given[0] = str(tmp_path / "holes.tif")
    done, _ = run(train, given)
    # The upper third is gone, and its chips with it.
    assert done.statistics["training_chips"] + done.statistics["validation_chips"] < 20
    assert np.isfinite(done.statistics["iou"])


def test_one_place_only_cannot_be_validated_on(small: SimpleNamespace, tmp_path: Path) -> None:
    area = write_layer(tmp_path / "a.gpkg", [shapely.box(WEST + 2, NORTH - 46, WEST + 46, NORTH - 2)])
    given = arguments(small, tmp_path / "h.safetensors", "--report", tmp_path / "r.html")
    given[given.index("--area") + 1] = str(area)
    done, reporter = run(train, given)
    assert (done.statistics["training_chips"], done.statistics["validation_chips"]) == (1, 0)
    assert done.statistics["iou"] is None
    assert any("validate" in w for w in reporter.warnings)
    assert "not been measured" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_everything_may_be_trained_on(small: SimpleNamespace, tmp_path: Path) -> None:
    done, reporter = run(train, arguments(small, tmp_path / "h.safetensors", "--validation", 0))
    assert (done.statistics["training_chips"], done.statistics["validation_chips"]) == (25, 0)
    assert not reporter.warnings


@pytest.mark.parametrize("keep", [True, False])
def test_cancel(small: SimpleNamespace, tmp_path: Path, keep: bool) -> None:
    head = tmp_path / "h.safetensors"
    with pytest.raises(CancelledError):
        run(train, arguments(small, head, *(["--keep-best"] if keep else [])), CancelAt(60.0))
    assert [p.name for p in tmp_path.iterdir()] == (["h.safetensors"] if keep else [])
    if keep:
        assert 6 <= read_card(head).recipe["best_step"] < 12


def test_a_killed_run_goes_on(small: SimpleNamespace, tmp_path: Path) -> None:
    head = tmp_path / "h.safetensors"
    argv = [sys.executable, "-m", "dem_segmenter", "train", *arguments(small, head, "--iterations", 60)]
    environment = {**os.environ, "DEM_SEGMENTER_THREADS": "1"}
    process = subprocess.Popen(argv, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True)
    state = tmp_path / "h.safetensors.training"
    deadline = time.monotonic() + 240
    while not state.exists() and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert state.exists()
    assert not head.exists()
    done = subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    step = int(re.search(r"Going on from step (\d+)", done.stderr)[1])  # type: ignore[index]
    assert 6 <= step < 60
    assert f"step {step}:" not in done.stderr  # not taken again
    assert head.exists()
    assert not state.exists()


def test_a_state_of_other_labels_is_not_gone_on_with(small: SimpleNamespace, tmp_path: Path) -> None:
    head = tmp_path / "h.safetensors"
    state = tmp_path / "h.safetensors.training"
    torch.save({"identity": "another run"}, state)
    done, _ = run(train, arguments(small, head))
    assert done.statistics["iterations"] == 12
    assert not state.exists()


def test_a_damaged_state_is_begun_anew(small: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "h.safetensors.training").write_bytes(b"cut of")
    run(train, arguments(small, tmp_path / "h.safetensors"))
    assert (tmp_path / "h.safetensors").exists()


def test_a_full_disk(small: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loop.torch, "save", full)
    with pytest.raises(OutputError, match="No space left"):
        run(train, arguments(small, tmp_path / "h.safetensors"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", [100_000, 30_000_000])
def test_a_disk_that_really_fills(small: SimpleNamespace, tmp_path: Path, limit: int) -> None:
    # No file may grow beyond the limit, which fails a write just as a full disk does; with a large one all is well.
    out = tmp_path / "out"
    out.mkdir()
    argv = arguments(small, out / "h.safetensors", "--report", out / "h.html")
    code = (
        "import resource, signal, sys\n"
        "from dem_segmenter.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "sys.exit(main(['train', *sys.argv[1:]]))\n"
    )
    environment = {**os.environ, "DEM_SEGMENTER_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=300
    )
    if limit < 1_000_000:
        assert done.returncode == 1, done.stderr
        assert "cannot be written" in done.stderr
        assert "Unexpected" not in done.stderr
        assert list(out.iterdir()) == []
    else:
        assert done.returncode == 0, done.stderr


def test_a_loss_that_is_no_number(small: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop.Training, "_loss", lambda self, logits, target: logits.float().sum() * float("nan"))
    with pytest.raises(TrainingError, match="no longer a number"):
        run(train, arguments(small, tmp_path / "h.safetensors"))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["--iterations", "0"], OptionError),
        (["--batch-size", "1"], OptionError),
        (["--validation", "1"], OptionError),
        (["--learning-rate", "nan"], OptionError),
        (["--color", "red"], OptionError),
        (["--class-name", " "], OptionError),
        (["--encoder", "nowhere"], ModelFileError),
        (["--start-from", "nothing"], ModelFileError),
        (["--start-from", "buildings"], TrainingError),
    ],
)
def test_options_that_make_no_sense(small: SimpleNamespace, tmp_path: Path, given: list[str], error: type) -> None:
    with pytest.raises(error):
        run(train, arguments(small, tmp_path / "h.safetensors", *given))


def test_classes_have_colours_of_their_own() -> None:
    def color(name: str, *given: str) -> str:
        parser = argparse.ArgumentParser()
        train.add_arguments(parser)
        return train._color(parser.parse_args(["--class-name", name, *given, "-o", "h", "--labels", "l", "d"]))

    assert color("building") == color("Building ") == "#e4572e"
    assert len({color(name) for name in ("building", "road", "burial mound", "ditch")}) == 4
    assert color("ditch", "--color", "#123456") == "#123456"


def test_an_input_is_not_overwritten(small: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="input"):
        run(train, arguments(small, small.encoder))


def test_suggestions_leave_out_what_is_labelled(small: SimpleNamespace, tmp_path: Path) -> None:
    head = tmp_path / "h.safetensors"
    run(train, arguments(small, head))
    left = write_layer(tmp_path / "done.gpkg", [shapely.box(WEST, NORTH - 240, WEST + 2 * CHIP, NORTH)])
    out = tmp_path / "next.gpkg"
    folders = ["--models-dir", str(small.encoder.parent), "--device", "cpu"]
    done, reporter = run(
        suggest,
        [str(small.dem), "--head", str(head), "--labelled", str(left), "-o", str(out), "--count", "50", *folders],
    )
    assert done.statistics["count"] == 15  # three of five columns are left
    assert any("50" in w for w in reporter.warnings)
    import pyogrio

    _, _, shapes, columns = pyogrio.raw.read(out)
    shapes = shapely.from_wkb(shapes)
    assert min(s.bounds[0] for s in shapes) >= WEST + 2 * CHIP - 1e-6
    assert list(columns[0]) == list(range(1, 16))
    assert (np.diff(columns[1]) <= 1e-9).all()  # the score falls


def test_suggestions_know_labelled_ground_by_its_outline(small: SimpleNamespace, tmp_path: Path) -> None:
    """Squares that touch at their corners have all of the town as their bounds, and a fifth of it as their area."""
    head = tmp_path / "h.safetensors"
    run(train, arguments(small, head))
    squares = [
        shapely.box(WEST + i * CHIP, NORTH - (i + 1) * CHIP, WEST + (i + 1) * CHIP, NORTH - i * CHIP) for i in range(5)
    ]
    left = write_layer(tmp_path / "done.gpkg", squares)
    out = ["-o", str(tmp_path / "next.gpkg"), "--models-dir", str(small.encoder.parent), "--device", "cpu"]
    given = [str(small.dem), "--head", str(head), "--labelled", str(left), "--count", "50", *out]
    done, _ = run(suggest, given)
    assert done.statistics["candidates"] == 20
    # The same ground twice is not twice as much.
    twice = write_layer(
        tmp_path / "twice.gpkg", [shapely.box(*s.bounds[:3], s.bounds[3] - 0.6 * CHIP) for s in squares] * 2
    )
    done, _ = run(suggest, [*given, "--labelled", str(twice)])
    assert done.statistics["candidates"] == 25


def test_ground_that_is_mostly_unknown_is_not_suggested(small: SimpleNamespace, tmp_path: Path) -> None:
    import pyogrio

    head = tmp_path / "h.safetensors"
    run(train, arguments(small, head))
    with rasterio.open(small.dem) as source:
        values, profile = source.read(1), source.profile
    values[:, : values.shape[1] // 2] = -9999.0
    values[:, values.shape[1] // 2 : values.shape[1] // 2 + 3] = -9999.0
    with rasterio.open(tmp_path / "half.tif", "w", **{**profile, "nodata": -9999.0}) as copy:
        copy.write(values, 1)
    out = ["-o", str(tmp_path / "next.gpkg"), "--models-dir", str(small.encoder.parent), "--device", "cpu"]
    done, _ = run(suggest, [str(tmp_path / "half.tif"), "--head", str(head), "--count", "50", *out])
    shapes = shapely.from_wkb(pyogrio.raw.read(tmp_path / "next.gpkg")[2])
    assert 0 < done.statistics["candidates"] == len(shapes) < 25
    middle = WEST + profile["transform"].a * values.shape[1] / 2
    assert all((s.bounds[0] + s.bounds[2]) / 2 > middle for s in shapes)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (["--labelled", "typo.gpkg"], LabelError, "typo.gpkg"),
        (["--seed", "-1"], OptionError, "seed is -1"),
        (["--batch-size", "0"], OptionError, "batch of 0"),
    ],
)
def test_suggestions_refuse_what_makes_no_sense(
    small: SimpleNamespace, tmp_path: Path, given: list[str], error: type, words: str
) -> None:
    argv = [str(small.dem), "--head", "buildings", "-o", str(tmp_path / "n.gpkg"), "--device", "cpu", *given]
    with pytest.raises(error, match=words):
        run(suggest, argv)
    assert list(tmp_path.iterdir()) == []


def test_training_that_improves_nothing_says_so(
    small: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    _, reporter = run(train, arguments(small, first))
    assert not any("improved nothing" in w for w in reporter.warnings)
    looks = iter([0.9, 0.5, 0.4])  # at the head it begins with, and twice later
    monkeypatch.setattr(loop.ProbabilityCounts, "best", lambda self: (0.5, next(looks)))
    done, reporter = run(train, arguments(small, second, "--start-from", first, "--models-dir", tmp_path))
    assert done.statistics["best_iteration"] == 0
    assert any("improved nothing" in w and "that head is what was saved" in w for w in reporter.warnings)
    assert "The class is 'house'; its head starts from the head 'House'." in reporter.logs
    assert load_tensors(first)[2] == load_tensors(second)[2]
