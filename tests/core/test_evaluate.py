"""The ``evaluate`` job from its command line: masks and heads against labels of any kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from evaluating import SHAPE, fails, houses, run_job, write_label, write_mask
from labelling import box, moved, write_layer
from scipy import ndimage
from segmenting import METRE_GRID, UTM, FakeModel, card, read, town, write_dem

from dem_segmenter import modelfiles
from dem_segmenter.errors import (
    ElevationError,
    OptionError,
)

X, Y = METRE_GRID.c, METRE_GRID.f


@pytest.fixture
def job() -> Any:
    return run_job


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    return write_mask(tmp_path / "mask.tif")


@pytest.fixture
def label(tmp_path: Path) -> Path:
    return write_label(tmp_path / "label.tif")


def by_hand(mask: np.ndarray, label: np.ndarray, known: np.ndarray) -> dict[str, float]:
    hit, either = (mask & label & known).sum(), ((mask | label) & known).sum()
    return {
        "iou": hit / either,
        "precision": hit / (mask & known).sum(),
        "recall": hit / (label & known).sum(),
        "f1": 2 * hit / ((mask & known).sum() + (label & known).sum()),
    }


def test_a_mask_against_a_raster(job: Any, mask: Path, label: Path, out: Path) -> None:
    result, reporter = job(mask, "--labels", label, "--report", out / "r.html", "--metrics", out / "m.json",
                           "--errors", out / "e.tif")  # fmt: skip
    values = dict(result.statistics)
    found, truth = houses(1), houses(1) ^ houses(2)
    known = np.zeros(SHAPE, bool)
    known[:, :100] = True
    assert {k: values[k] for k in ("iou", "f1", "precision", "recall")} == pytest.approx(
        by_hand(found, truth, known), abs=1e-6
    )
    assert values["kind"] == "objects"
    assert values["objects_labelled"] == ndimage.label(truth & known)[1]
    assert values["objects_predicted"] == ndimage.label(found & known)[1]
    assert values["objects_found"] + values["objects_missed"] == values["objects_labelled"]
    assert values["objects_found"] + values["objects_invented"] == values["objects_predicted"]
    assert 0 < values["boundary_f1"] < 1
    assert set(result.outputs) == {"report", "metrics", "errors"}
    assert {p.name for p in out.iterdir()} == {"r.html", "m.json", "e.tif"}
    assert reporter.percents[-1] == 100
    assert reporter.percents == sorted(reporter.percents)

    errors = read(out / "e.tif")
    want = np.where(known, np.select([found & truth, truth, found], [1, 2, 3], 0), 255)
    assert (errors == want).all()
    with rasterio.open(out / "e.tif") as dataset, rasterio.open(mask) as source:
        assert dataset.crs == source.crs
        assert dataset.transform == source.transform
        assert dataset.nodata == 255
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        colors = dataset.colormap(1)
        assert len({colors[value] for value in range(4)}) == 4
        assert dataset.tags()["CLASS_2"] == "missed"

    content = json.loads((out / "m.json").read_text(encoding="utf-8"))
    assert content["figures"] == {k: v for k, v in values.items() if k not in ("kind", "seconds")}
    assert content["inputs"]["source"] == str(mask)
    assert content["inputs"]["labels"] == str(label)
    assert content["grid"]["width"] == 110
    assert content["worst_places"][0]["wrong"] == int(np.isin(want, (2, 3)).sum())

    page = (out / "r.html").read_text(encoding="utf-8")
    assert f"<dd>{values['iou']:.3f}</dd>" in page
    assert page.count("data:image/png") == len(content["worst_places"]) == 1
    assert "Objects found" in page


def test_without_outputs_only_figures(job: Any, mask: Path, label: Path, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    result, _ = job(mask, "--labels", label)
    assert dict(result.outputs) == {}
    assert result.statistics["iou"] > 0
    assert set(tmp_path.iterdir()) == before


def test_a_perfect_mask(job: Any, tmp_path: Path, out: Path) -> None:
    path = write_dem(tmp_path / "m.tif", houses(1).astype(np.uint8))
    result, reporter = job(path, "--labels", path, "--report", out / "r.html")
    values = result.statistics
    assert [values[k] for k in ("iou", "f1", "precision", "recall", "boundary_f1")] == [1.0] * 5
    assert values["objects_missed"] == values["objects_invented"] == 0
    assert "not a single error" in (out / "r.html").read_text(encoding="utf-8")
    assert reporter.warnings == []


@pytest.mark.parametrize("crs", [UTM, "EPSG:4326"])
def test_polygons_and_area_in_any_crs(job: Any, mask: Path, tmp_path: Path, crs: str) -> None:
    boxes = [box(5, 5, 12, 12), box(20, 20, 30, 28), box(105, 5, 109, 9)]
    source = write_layer(tmp_path / "l.gpkg", [moved(b, crs) for b in boxes], crs)
    area = write_layer(tmp_path / "a.gpkg", [moved(box(0, 0, 50, 60), crs)], crs)
    result, reporter = job(mask, "--labels", source, "--area", area)
    truth, known = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    truth[5:12, 5:12] = truth[20:28, 20:30] = known[:60, :50] = True
    want = by_hand(houses(1), truth, known)
    assert {k: result.statistics[k] for k in want} == pytest.approx(want, abs=1e-6)
    assert result.statistics["objects_labelled"] == 2
    assert reporter.warnings == []


def test_without_area_everything_counts_as_labelled(job: Any, mask: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(5, 5, 12, 12)])
    result, reporter = job(mask, "--labels", source)
    assert result.statistics["pixels_rest"] > 5000
    assert any("all of 'mask' counts as labelled" in w for w in reporter.warnings)


def test_roads_by_their_length(job: Any, tmp_path: Path, out: Path) -> None:
    values = np.zeros((200, 300), np.uint8)
    values[58:63] = 1  # along row 60, all of it
    values[138:143, 150:] = 1  # along row 140, half of it
    path = write_dem(tmp_path / "roads.tif", values)
    lines = [[(X, Y - 61.5), (X + 300, Y - 61.5)], [(X, Y - 140.5), (X + 300, Y - 140.5)]]
    source = write_layer(tmp_path / "l.gpkg", [shapely.LineString(line) for line in lines])
    area = write_layer(tmp_path / "a.gpkg", [box(0, 0, 300, 100), box(0, 100, 200, 200)])
    result, _ = job(path, "--labels", source, "--area", area, "--buffer", 2.5, "--metrics", out / "m.json",
                    "--report", out / "r.html")  # fmt: skip
    values = result.statistics
    assert values["kind"] == "lines"
    assert "objects_found" not in values
    assert values["length_labelled"] == pytest.approx(500, abs=1)
    assert values["length_found"] == pytest.approx(350, abs=4)
    assert values["length_missed"] == pytest.approx(150, abs=4)
    assert values["length_predicted"] == pytest.approx(350, abs=4)
    assert values["length_invented"] == pytest.approx(0, abs=1)
    assert values["completeness"] == pytest.approx(0.7, abs=0.01)
    assert values["correctness"] == pytest.approx(1.0, abs=0.01)
    assert values["line_rms"] == pytest.approx(np.sqrt(300 / 350), abs=0.15)
    assert json.loads((out / "m.json").read_text())["kind"] == "lines"
    assert "completeness" in (out / "r.html").read_text(encoding="utf-8")

    strict, _ = job(path, "--labels", source, "--area", area, "--buffer", 2.5, "--tolerance", 0.3)
    assert strict.statistics["length_found"] < 60
    huge, _ = job(path, "--labels", source, "--area", area, "--buffer", 2.5, "--tolerance", 1e7)
    assert huge.statistics["length_found"] == pytest.approx(500, abs=1)
    assert huge.statistics["length_invented"] == 0
    objects, _ = job(path, "--labels", source, "--buffer", 2.5, "--kind=objects")
    assert objects.statistics["objects_labelled"] == 2


def test_roads_of_a_raster_are_thinned(job: Any, tmp_path: Path) -> None:
    values = np.zeros((120, 200), np.uint8)
    values[58:63] = 2
    path = write_dem(tmp_path / "m.tif", values)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(CLASS_1="building", CLASS_2="main road")
    label = write_dem(tmp_path / "l.tif", np.roll(values, 2, axis=0))
    fails(job, OptionError, r"'m' shows the classes 1 \(building\), 2 \(main road\); the", path, "--labels", label)
    fails(job, OptionError, "9 is none of them", path, "--labels", label, "--class-value=9")
    result, _ = job(path, "--labels", label, "--class-value=2")
    assert result.statistics["kind"] == "lines"
    assert result.statistics["length_found"] == pytest.approx(200, abs=3)
    assert result.statistics["line_rms"] == pytest.approx(2.0, abs=0.1)


def test_probabilities_and_thresholds(job: Any, tmp_path: Path) -> None:
    p = np.where(houses(1), 0.7, 0.1).astype(np.float32)
    p[0, 0] = np.nan
    path = write_dem(tmp_path / "p.tif", p)
    label = write_dem(tmp_path / "l.tif", houses(1).astype(np.uint8))
    assert job(path, "--labels", label)[0].statistics["iou"] == 1.0
    nothing, reporter = job(path, "--labels", label, "--threshold=0.8")
    assert nothing.statistics["iou"] == 0.0
    assert nothing.statistics["precision"] is None
    assert nothing.statistics["boundary_f1"] == 0.0
    assert any("precision is not defined" in w for w in reporter.warnings)


def test_a_class_value_is_none_of_probabilities(job: Any, tmp_path: Path, label: Path) -> None:
    path = write_dem(tmp_path / "p.tif", np.random.default_rng(0).uniform(0, 1, (2, 200, 300)).astype(np.float32))
    fails(job, OptionError, "'p' holds probabilities, and 2 is the value of a class", path, "--labels", label,
          "--class-value=2")  # fmt: skip


def test_what_lies_where_the_mask_is_unknown_is_told(job: Any, mask: Path, label: Path, tmp_path: Path) -> None:
    values = read(mask)
    middle = SHAPE[1] // 2
    values[:, middle:] = 255
    half = write_dem(tmp_path / "half.tif", values, nodata=255)
    labelled = read(label) == 1
    beyond = labelled[:, middle:].sum()
    _, reporter = job(half, "--labels", label)
    assert any(
        f"{beyond / labelled.sum():.0%} of what is labelled ({beyond:,.0f} m²) lies where 'half' is unknown" in w
        for w in reporter.warnings
    )
    whole = write_dem(tmp_path / "whole.tif", np.where(read(mask) == 255, 0, read(mask)).astype(np.uint8), nodata=255)
    _, reporter = job(whole, "--labels", label)
    assert not any("was not judged" in w for w in reporter.warnings)


def test_labels_of_one_class_only(job: Any, tmp_path: Path, out: Path) -> None:
    nothing = write_dem(tmp_path / "n.tif", np.zeros(SHAPE, np.uint8))
    result, reporter = job(nothing, "--labels", nothing, "--report", out / "r.html", "--metrics", out / "m.json")
    assert [result.statistics[k] for k in ("iou", "f1", "precision", "recall", "boundary_f1", "object_f1")] == [
        None
    ] * 6
    assert any("recall is not defined" in w for w in reporter.warnings)
    json.loads((out / "m.json").read_text(), parse_constant=pytest.fail)
    assert "–" in (out / "r.html").read_text(encoding="utf-8")
    everything = write_dem(tmp_path / "e.tif", np.ones(SHAPE, np.uint8))
    result, reporter = job(nothing, "--labels", everything)
    assert result.statistics["iou"] == 0.0
    assert any("Label background" in w for w in reporter.warnings)
    result, _ = job(nothing, "--labels", nothing, "--kind=lines")
    assert result.statistics["completeness"] is None
    assert result.statistics["length_labelled"] == 0


def test_a_mask_that_declares_its_background_unknown_is_warned_about(job: Any, tmp_path: Path, label: Path) -> None:
    """Else every figure is 1, and the labels are blamed for it."""
    path = write_dem(tmp_path / "m.tif", houses(1).astype(np.uint8), nodata=0)
    result, reporter = job(path, "--labels", label)
    assert result.statistics["recall"] == 1.0
    assert any("'m' declares 0 as nodata" in w for w in reporter.warnings)
    assert not any("Label background" in w for w in reporter.warnings)


def test_a_mask_of_255_without_nodata_is_warned_about(job: Any, tmp_path: Path, label: Path) -> None:
    path = write_dem(tmp_path / "m.tif", np.where(houses(1), 255, 0).astype(np.uint8))
    result, reporter = job(path, "--labels", label)
    assert result.statistics["precision"] is None
    assert any("give 255 as the class value" in w for w in reporter.warnings)
    assert job(path, "--labels", label, "--class-value=255")[0].statistics["precision"] > 0


def test_labels_of_another_grid_than_the_mask(job: Any, tmp_path: Path) -> None:
    path = write_dem(tmp_path / "m.tif", houses(1).astype(np.uint8))
    fine = np.kron(houses(1).astype(np.uint8), np.ones((4, 4), np.uint8))[:, :200]
    label = write_dem(tmp_path / "l.tif", fine, transform=METRE_GRID @ Affine.scale(0.25))
    result, _ = job(path, "--labels", label)
    assert result.statistics["iou"] == 1.0
    assert result.statistics["pixels_hit"] + result.statistics["pixels_rest"] == 90 * 50


# With a head


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    asked: dict[str, Any] = {"cards": (card(min_area=12.0),)}

    def load(heads: list[str], **options: Any) -> FakeModel:
        asked.update(heads=heads, **options)
        return FakeModel(*asked["cards"])

    monkeypatch.setattr(modelfiles, "load_model", load, raising=False)
    return asked


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    z = town(*SHAPE)
    z[:10, :10] = np.nan
    return write_dem(tmp_path / "dem.tif", z)


def test_a_head_is_run_first(job: Any, head: dict[str, Any], dem: Path, tmp_path: Path, out: Path) -> None:
    from segmenting import run_segmenter

    _, mask, _ = run_segmenter(dem, tmp_path, FakeModel(card(min_area=12.0)), probability=False)
    truth = read(mask)
    label = write_dem(tmp_path / "l.tif", np.roll(truth == 1, 1, axis=1).astype(np.uint8))
    result, reporter = job(dem, "--head=town", "--labels", label, "--report", out / "r.html", "--errors", out / "e.tif",
                           "--metrics", out / "m.json", "--device=cpu")  # fmt: skip
    assert head["heads"] == ["town"]
    assert reporter.started["job"] == "evaluate"
    assert reporter.started["device"] == result.statistics["device"] == "cpu"
    alone, _ = job(mask, "--labels", label)
    same = ("iou", "f1", "precision", "recall", "boundary_f1", "objects_found", "objects_missed", "objects_invented")
    assert {k: result.statistics[k] for k in same} == {k: alone.statistics[k] for k in same}
    assert (read(out / "e.tif")[:10, :10] == 255).all()
    assert json.loads((out / "m.json").read_text())["inputs"]["threshold"] == 0.5
    assert "Evaluation of Buildings" in (out / "r.html").read_text(encoding="utf-8")
    assert reporter.percents == sorted(reporter.percents)


def test_the_threshold_that_walls_chose_is_told(
    job: Any, head: dict[str, Any], dem: Path, label: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head["cards"] = (card(threshold=0.5, object_threshold=0.6, other_thresholds=(0.7,)),)
    monkeypatch.setattr("dem_segmenter.inference.segmenter.choose", lambda found: 1)
    _, reporter = job(dem, "--head=town", "--labels", label, "--metrics", out / "m.json", "--device=cpu")
    inputs = json.loads((out / "m.json").read_text())["inputs"]
    assert (inputs["threshold"], inputs["object_threshold"]) == (0.7, pytest.approx(0.76))
    assert any("threshold 0.7 instead of 0.5" in message for message in reporter.logs)


def test_a_head_with_several_classes(job: Any, head: dict[str, Any], dem: Path, label: Path) -> None:
    head["cards"] = (card("both", ["building", "road"]),)
    fails(job, OptionError, r"finds the classes 1 \(building\), 2 \(road\)", dem, "--head=b", "--labels", label)
    fails(job, OptionError, "7 is none of them", dem, "--head=b", "--labels", label, "--class-value=7")
    result, _ = job(dem, "--head=b", "--labels", label, "--class-value=2", "--threshold=0.3", "--device=cpu")
    assert result.statistics["kind"] == "lines"


def test_a_dem_of_nothing_but_nodata(job: Any, head: dict[str, Any], tmp_path: Path, label: Path) -> None:
    dem = write_dem(tmp_path / "none.tif", np.full(SHAPE, np.nan, np.float32))
    fails(job, ElevationError, "Every pixel of 'none' is nodata", dem, "--head=b", "--labels", label, "--device=cpu")


# The command line


def test_the_job_answers_help_at_once() -> None:
    code = (
        "import sys, argparse; from dem_segmenter.commands import evaluate\n"
        "evaluate.add_arguments(argparse.ArgumentParser())\n"
        "print([m for m in ('torch', 'rasterio', 'numpy', 'timm', 'jinja2') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_real_command_line(tmp_path: Path, mask: Path, label: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "dem_segmenter", "evaluate", mask, "--labels", label]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert 0 < float(said["iou"]) < 1
    assert int(said["objects_found"]) > 0
