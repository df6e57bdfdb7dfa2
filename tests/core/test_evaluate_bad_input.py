"""``evaluate`` with every bad input: one clear sentence with what to do, nothing written, nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from evaluating import SHAPE, fails, houses, run_job, write_label, write_mask
from labelling import box, write_layer
from segmenting import METRE_GRID, UTM, MemoryReporter, write_dem
from test_bad_input import child

from dem_segmenter.errors import CancelledError, LabelError, OptionError, OutputError, RasterOpenError

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


def test_labels_that_do_not_fit(job: Any, mask: Path, tmp_path: Path, out: Path) -> None:
    far = write_layer(tmp_path / "far.gpkg", [box(900, 900, 910, 910)])
    fails(job, LabelError, "do not touch 'mask'", mask, "--labels", far, "--report", out / "r.html")
    empty = write_layer(tmp_path / "empty.gpkg", [None])
    fails(job, LabelError, "no features with a geometry", mask, "--labels", empty)
    line = write_layer(tmp_path / "line.gpkg", [shapely.LineString([(X, Y), (X + 90, Y - 90)])])
    fails(job, LabelError, "lines, whose width is not known", mask, "--labels", line)
    fails(job, LabelError, "no file", mask, "--labels", tmp_path / "nothing.gpkg")
    ok = write_layer(tmp_path / "ok.gpkg", [box(0, 0, 10, 10)])
    fails(job, LabelError, "area 'far.gpkg' does not touch", mask, "--labels", ok, "--area", far)
    assert list(out.iterdir()) == []


def test_nothing_known_of_both(job: Any, mask: Path, tmp_path: Path) -> None:
    values = np.full(SHAPE, 255, np.uint8)
    nothing = write_dem(tmp_path / "n.tif", values, nodata=255)
    fails(job, LabelError, "Not a single pixel is known of both", nothing, "--labels", mask)
    fails(job, LabelError, "Not a single pixel is known of both", mask, "--labels", nothing)
    values[:, 100:] = 1  # only where the mask is unknown
    beside = write_dem(tmp_path / "b.tif", values, nodata=255)
    fails(job, LabelError, "Not a single pixel is known of both", mask, "--labels", beside, "--kind=lines")


def test_rasters_that_are_no_masks(job: Any, label: Path, tmp_path: Path) -> None:
    fails(job, RasterOpenError, "There is no file", tmp_path / "nothing.tif", "--labels", label)
    (tmp_path / "notes.tif").write_text("These are notes.")
    fails(job, RasterOpenError, "cannot be opened", tmp_path / "notes.tif", "--labels", label)
    photo = write_dem(tmp_path / "photo.tif", np.zeros((3, *SHAPE), np.uint8), photometric="RGB")
    fails(job, OptionError, "red, green and blue", photo, "--labels", label)
    bare = write_dem(tmp_path / "bare.tif", np.ones(SHAPE, np.uint8), crs=None)
    fails(job, LabelError, "has no CRS", bare, "--labels", label)
    assert job(bare, "--labels", label, f"--crs={UTM}")[0].statistics["recall"] == 1.0


@pytest.mark.parametrize(
    ("option", "match"),
    [
        ("--tolerance=-1", "tolerance of -1"),
        ("--tolerance=nan", "tolerance of nan"),
        ("--threshold=1.5", "threshold of 1.5"),
        ("--band=3", "no band 3"),
        ("--buffer=-2", "buffer of -2"),
        ("--crs=EPSG:0", "CRS 'EPSG:0' is not known"),
    ],
)
def test_options_without_sense(job: Any, mask: Path, label: Path, option: str, match: str) -> None:
    fails(job, OptionError, match, mask, "--labels", label, option)


def test_class_value_and_threshold_exclude_each_other(job: Any, mask: Path, label: Path) -> None:
    fails(job, OptionError, "exclude each other", mask, "--labels", label, "--class-value=1", "--threshold=0.5")


def test_a_mask_cut_short(job: Any, label: Path, tmp_path: Path, out: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 2, SHAPE).astype(np.uint8)
    path = write_dem(tmp_path / "m.tif", noise, compress="deflate")
    path.write_bytes(path.read_bytes()[:-400])
    fails(job, RasterOpenError, "cannot be (read|opened)", path, "--labels", label, "--errors", out / "e.tif")
    assert list(out.iterdir()) == []


def test_outputs_never_replace_inputs(job: Any, mask: Path, tmp_path: Path) -> None:
    source = write_layer(tmp_path / "l.gpkg", [box(0, 0, 10, 10)])
    label = write_dem(tmp_path / "label.tif", houses(1).astype(np.uint8))
    before = [path.read_bytes() for path in (mask, label)]
    fails(job, OutputError, "one of the input files", mask, "--labels", source, "--errors", mask)
    fails(job, OutputError, "one of the input files", mask, "--labels", label, "--errors", label)
    fails(job, OptionError, "wrong ending", mask, "--labels", label, "--report", source)
    fails(job, OptionError, "wrong ending", mask, "--labels", label, "--metrics", tmp_path / "m.txt")
    assert [path.read_bytes() for path in (mask, label)] == before


def test_an_old_output_survives_a_failure(job: Any, mask: Path, tmp_path: Path, out: Path) -> None:
    (out / "r.html").write_text("old")
    empty = write_dem(tmp_path / "n.tif", np.full(SHAPE, 255, np.uint8), nodata=255)
    fails(job, LabelError, "Not a single pixel", mask, "--labels", empty, "--report", out / "r.html")
    assert (out / "r.html").read_text() == "old"
    assert [p.name for p in out.iterdir()] == ["r.html"]


@pytest.mark.parametrize("at", [1.0, 70.0, 92.0])
def test_cancelling_leaves_nothing(job: Any, mask: Path, label: Path, out: Path, at: float) -> None:
    class Impatient(MemoryReporter):
        def _emit_progress(self, percent: float, phase: str) -> None:
            if percent >= at:
                self.cancel()

    with pytest.raises(CancelledError):
        job(mask, "--labels", label, "--kind=lines", "--report", out / "r.html", "--errors", out / "e.tif",
            reporter=Impatient())  # fmt: skip
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("limit", [300, 3_000, 60_000])
def test_full_disk(job: Any, tmp_path: Path, out: Path, limit: int) -> None:
    """No file of the child may grow beyond ``limit``, which fails a write just as a full disk does."""
    noise = np.random.default_rng(0).integers(0, 2, (700, 800)).astype(np.uint8)
    path = write_dem(tmp_path / "m.tif", noise)
    code = (
        "import resource, sys; from evaluating import arguments; from segmenting import MemoryReporter\n"
        "from dem_segmenter.commands import evaluate; from dem_segmenter.errors import OutputError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "m, out = sys.argv[1:]\n"
        "args = arguments(m, '--labels', m, '--errors', out + '/e.tif', '--metrics', out + '/m.json')\n"
        "try: evaluate.run(args, MemoryReporter())\n"
        "except OutputError as error: print('caught', error.kind, error.advice)\n"
    )
    done = child(code, path, out)
    assert "caught OutputError" in done.stdout, done.stderr
    assert "free space" in done.stdout
    assert list(out.iterdir()) == []
