"""The ``segment`` and ``info`` jobs from their command lines."""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from segmenting import FakeModel, MemoryReporter, card, parse, read, town, write_dem

from dem_segmenter import __version__, modelfiles
from dem_segmenter.commands import info, segment
from dem_segmenter.errors import OptionError

OPTIONS = (
    "--head",
    "--output",
    "--band",
    "--probability",
    "--footprints",
    "--centerlines",
    "--polygons",
    "--extent",
    "--extent-crs",
    "--crs",
    "--vertical-unit",
    "--threshold",
    "--min-area",
    "--overlap",
    "--tta",
    "--device",
    "--batch-size",
    "--models-dir",
)


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    return write_dem(tmp_path / "dem.tif", town(120, 140))


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Puts the fake model in place of the real one and remembers how it was asked for."""
    asked: dict[str, Any] = {"cards": (card(min_area=12.0),)}

    def load(heads: list[str], **options: Any) -> FakeModel:
        asked.update(heads=heads, **options)
        return FakeModel(*asked["cards"])

    monkeypatch.setattr(modelfiles, "load_model", load, raising=False)
    return asked


def test_command_line_has_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--help")
    text = capsys.readouterr().out
    assert all(option in text for option in OPTIONS)


def test_jobs_answer_help_without_torch() -> None:
    """Argument errors must come at once: nothing heavy is imported for them."""
    import subprocess

    code = (
        "import sys, argparse; from dem_segmenter.commands import segment, info\n"
        "segment.add_arguments(argparse.ArgumentParser())\n"
        "print([m for m in ('torch', 'rasterio', 'numpy', 'timm') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("nohup", [True, False])
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_closed_terminal_cancels_unless_nohup_says_otherwise(nohup: bool) -> None:
    code = (
        "import signal\n"
        f"signal.signal(signal.SIGHUP, signal.{'SIG_IGN' if nohup else 'SIG_DFL'})\n"
        "from dem_segmenter.cli import main\n"
        "main(['segment', 'missing.tif', '--head', 'buildings', '-o', 'mask.tif'])\n"
        "print(signal.getsignal(signal.SIGHUP) in (signal.SIG_IGN, signal.SIG_DFL))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout.split()[-1] == str(nohup)


def test_segment_writes_what_was_asked_for(dem: Path, tmp_path: Path, loaded: dict[str, Any]) -> None:
    reporter = MemoryReporter()
    args = parse(
        dem, "--head", "buildings", "-o", tmp_path / "mask.tif", "--probability", tmp_path / "p.tif",
        "--footprints", tmp_path / "f.gpkg", "--device", "cpu", "--models-dir", tmp_path, "--threshold", "0.6",
    )  # fmt: skip
    result = segment.run(args, reporter)
    assert dict(result.outputs) == {
        "mask": tmp_path / "mask.tif", "probability": tmp_path / "p.tif", "footprints": tmp_path / "f.gpkg"
    }  # fmt: skip
    assert loaded["heads"] == ["buildings"]
    assert loaded["folders"] == [tmp_path]
    assert {p.name for p in tmp_path.iterdir()} == {"dem.tif", "mask.tif", "p.tif", "f.gpkg"}

    mask, probability = read(tmp_path / "mask.tif"), read(tmp_path / "p.tif")
    assert ((probability >= 0.6) >= (mask == 1)).all()
    values = result.statistics
    assert values["pixels"] == 120 * 140
    assert values["classes"]["building"]["area_m2"] == np.count_nonzero(mask == 1)
    assert values["device"] == "cpu"
    assert values["model_resolution_m"] == 1.0
    assert values["tiles"] > 4
    assert values["seconds"] >= values["segmentation_seconds"]
    json.dumps(values)
    assert reporter.started["job"] == "segment"
    assert reporter.started["device"] == "cpu"
    assert reporter.started["version"] == __version__

    # Mask and footprints agree: as many objects, about the same area.
    from scipy import ndimage

    pyogrio = pytest.importorskip("pyogrio")
    assert values["footprints_count"] == ndimage.label(mask == 1)[1]
    facts = pyogrio.read_info(tmp_path / "f.gpkg")
    assert facts["features"] == values["footprints_count"]
    assert facts["layer_name"] == "footprints"
    _, _, _, columns = pyogrio.raw.read(tmp_path / "f.gpkg", columns=["area_m2"])
    assert columns[0].sum() == pytest.approx(values["classes"]["building"]["area_m2"], rel=0.05)


def test_road_polygons_and_centrelines(dem: Path, tmp_path: Path, loaded: dict[str, Any]) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    pytest.importorskip("dem_segmenter.vectors.centerlines")
    loaded["cards"] = (card("roads", ["road"], first_value=2, min_area=12.0),)
    args = parse(
        dem, "--head=roads", "-o", tmp_path / "mask.tif", "--polygons", tmp_path / "p.gpkg",
        "--centerlines", tmp_path / "c.gpkg", "--device=cpu",
    )  # fmt: skip
    result = segment.run(args, MemoryReporter())
    assert set(result.outputs) == {"mask", "polygons", "centerlines"}
    facts = pyogrio.read_info(tmp_path / "p.gpkg")
    assert (facts["layer_name"], facts["features"]) == ("roads", result.statistics["polygons_count"])
    assert facts["features"] > 0
    assert pyogrio.read_info(tmp_path / "c.gpkg")["geometry_type"] == "LineString"


def test_several_heads(dem: Path, tmp_path: Path, loaded: dict[str, Any]) -> None:
    loaded["cards"] = (card(), card("roads", ["road"], first_value=2, threshold=0.2))
    args = parse(dem, "--head=a", "--head=b", "-o", tmp_path / "classes.tif", "--tta=flips", "--device=cpu")
    result = segment.run(args, MemoryReporter())
    assert loaded["heads"] == ["a", "b"]
    assert set(result.statistics["classes"]) == {"building", "road"}
    assert set(np.unique(read(tmp_path / "classes.tif"))) == {0, 1, 2}


def test_vectors_of_a_class_that_is_not_there(dem: Path, tmp_path: Path, loaded: dict[str, Any]) -> None:
    loaded["cards"] = (card(), card("water", ["water"], first_value=2))
    args = parse(dem, "--head=a", "-o", tmp_path / "m.tif", "--polygons", tmp_path / "p.gpkg", "--device=cpu")
    reporter = MemoryReporter()
    with pytest.raises(OptionError, match="no class for the polygons"):
        segment.run(args, reporter)
    assert max(reporter.percents) == 0.0  # said before the run, not after it
    assert {p.name for p in tmp_path.iterdir()} == {"dem.tif"}


def test_extent_with_its_crs(dem: Path, tmp_path: Path, loaded: dict[str, Any]) -> None:
    args = parse(
        dem, "--head=a", "-o", tmp_path / "m.tif", "--extent=500020,5599920,500060,5599980",
        "--extent-crs=EPSG:25832", "--device=cpu",
    )  # fmt: skip
    segment.run(args, MemoryReporter())
    with rasterio.open(tmp_path / "m.tif") as mask:
        assert tuple(mask.bounds) == (500020, 5599920, 500060, 5599980)


def info_result(folders: list[Path] | None = None) -> tuple[dict[str, Any], MemoryReporter]:
    parser = argparse.ArgumentParser()
    info.add_arguments(parser)
    reporter = MemoryReporter()
    arguments = [f"--models-dir={folder}" for folder in folders or []]
    return dict(info.run(parser.parse_args(arguments), reporter).statistics), reporter


def test_info_tells_what_the_engine_is_made_of() -> None:
    values, reporter = info_result()
    assert values["ready"] is True
    assert values["version"] == __version__
    assert values["executable"] == sys.executable
    assert {"torch", "timm", "rasterio", "numpy"} <= set(values["packages"])
    assert values["devices"][0]["id"] == "cpu"
    assert values["devices"][0]["memory_mb"] > 500
    assert all(set(m) == {"name", "kind", "title", "path"} for m in values["models"])
    assert reporter.warnings == []
    json.dumps(values)


def test_info_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without(name: str, *rest: Any) -> Any:
        if name == "shapely":
            raise ModuleNotFoundError("No module named 'shapely'", name="shapely")
        if name == "pyogrio":
            raise ImportError("libgdal.so.36: cannot open shared object file")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", without)
    values, reporter = info_result()
    assert values["ready"] is False
    assert values["missing"] == ["pyogrio", "shapely"]
    assert any("'shapely' is not installed" in w for w in reporter.warnings)
    assert any("does not load (libgdal.so.36" in w for w in reporter.warnings)
    assert "torch" in values["packages"]
