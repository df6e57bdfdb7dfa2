"""The files a run leaves: valid COGs, whole or not at all; and the memory it takes on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from segmenting import METRE_GRID, UTM, FakeModel, MemoryReporter, card, read, run_segmenter, town, write_dem

from dem_segmenter.errors import OutputError
from dem_segmenter.inference import rasters
from dem_segmenter.inference.outputs import Outputs
from dem_segmenter.inference.rasters import RasterSpec, RowWriter, finish_cog

HERE = Path(__file__).resolve().parent


def python(code: str, *arguments: Any, **options: Any) -> subprocess.Popen[str]:
    """A Python of its own with the checkout and these helpers importable."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def assert_cog(path: Path) -> None:
    """The layout GDAL's own validator asks for: tiled, overviews, directories before data, smallest overview first."""
    tifffile = pytest.importorskip("tifffile")
    with rasterio.open(path) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.block_shapes[0] == (512, 512)
        assert dataset.overviews(1)
        assert dataset.compression is not None
    with tifffile.TiffFile(path) as tiff:
        pages = list(tiff.pages)
        starts = [min(offset for offset in page.dataoffsets if offset) for page in pages]
        assert all(page.offset < min(starts) for page in pages)
        assert starts == sorted(starts, reverse=True)


def test_outputs_are_valid_cogs(tmp_path: Path) -> None:
    z = town(700, 1200, spacing=40)
    z[:200, :300] = np.nan
    _, mask, probability = run_segmenter(
        write_dem(tmp_path / "dem.tif", z), tmp_path, FakeModel(card(tile=256, classes=["building"]))
    )
    assert_cog(mask)
    assert_cog(probability)
    with rasterio.open(mask) as classes:
        assert (classes.count, classes.dtypes[0], classes.nodata) == (1, "uint8", 255)
        assert classes.colormap(1)[1] == (0xD7, 0x30, 0x10, 255)
        assert classes.tags()["CLASS_1"] == "building"
        assert classes.overviews(1) == [2, 4]
        assert set(np.unique(classes.read(1, out_shape=(350, 600)))) <= {0, 1, 255}
    with rasterio.open(probability) as values:
        assert (values.dtypes[0], values.nodata, values.descriptions) == ("float32", -9999.0, ("building",))
        half = values.read(1, out_shape=(350, 600))
        assert ((half == -9999) | ((half >= 0) & (half <= 1))).all()
        full = values.read(1)[400:402, 600:602]
        assert half[200, 300] == pytest.approx(full.mean(), abs=1e-3)


def test_small_masks_have_an_overview_too(tmp_path: Path) -> None:
    _, mask, _ = run_segmenter(write_dem(tmp_path / "dem.tif", town(60, 70)), tmp_path)
    assert_cog(mask)


def test_an_existing_output_is_replaced_with_its_sidecars(tmp_path: Path) -> None:
    (tmp_path / "mask.tif").write_bytes(b"old")
    (tmp_path / "mask.tif.aux.xml").write_text("<PAMDataset/>")
    run_segmenter(write_dem(tmp_path / "dem.tif", town(60, 70)), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dem.tif", "mask.tif", "probability.tif"]
    assert read(tmp_path / "mask.tif").shape == (60, 70)


def test_scratch_is_announced_before_it_exists(tmp_path: Path) -> None:
    class Watching(MemoryReporter):
        def scratch(self, path: Any) -> None:
            assert not Path(path).exists()
            super().scratch(path)

    reporter = Watching()
    run_segmenter(write_dem(tmp_path / "dem.tif", town(60, 70)), tmp_path, reporter=reporter)
    (scratch,) = reporter.scratches
    assert scratch.parent == tmp_path
    assert not scratch.exists()


def test_a_locked_output_is_found_before_anything_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows forbids replacing a file that QGIS has open."""
    paths = {name: (tmp_path / f"{name}.tif", "raster") for name in ("mask", "probability")}
    for path, _ in paths.values():
        path.write_bytes(b"old")
    real = os.replace

    def locked(source: Any, target: Any) -> None:
        if Path(target).name == "probability.tif":
            raise PermissionError(13, "The process cannot access the file")
        real(source, target)

    monkeypatch.setattr(os, "replace", locked)
    with Outputs(paths, [], MemoryReporter()) as outputs:
        for name in paths:
            outputs.scratch(name).write_bytes(b"new")
        with pytest.raises(OutputError, match=r"probability\.tif' cannot be replaced"):
            outputs.publish()
    assert (tmp_path / "mask.tif").read_bytes() == b"old"


def test_a_locked_output_is_found_before_hours_are_spent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dem = write_dem(tmp_path / "dem.tif", town(60, 70))
    (tmp_path / "mask.tif").write_bytes(b"old")

    def locked(source: Any, target: Any) -> None:
        raise PermissionError(13, "The process cannot access the file")

    monkeypatch.setattr(os, "replace", locked)
    model = FakeModel(card())
    with pytest.raises(OutputError, match=r"mask\.tif' cannot be replaced"):
        run_segmenter(dem, tmp_path, model)
    assert not model.batches
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dem.tif", "mask.tif"]
    assert (tmp_path / "mask.tif").read_bytes() == b"old"


def spec(height: int = 300, width: int = 400, **fields: Any) -> RasterSpec:
    return RasterSpec(
        width=width, height=height, crs=rasterio.CRS.from_string(UTM), transform=METRE_GRID,
        dtype="uint8", nodata=255, bands=("a",), **fields,
    )  # fmt: skip


def test_rows_arrive_in_any_portions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 200, (1, 700, 333), dtype=np.uint8)
    writer = RowWriter(tmp_path / "rows.tif", spec(700, 333))
    row = 0
    while row < 700:
        count = int(rng.integers(0, 90))
        writer.write(values[:, row : row + count])
        row += count
    writer.close()
    finish_cog(writer, tmp_path / "out.tif", lambda: None, lambda _: None)
    np.testing.assert_array_equal(read(tmp_path / "out.tif"), values[0])
    assert not (tmp_path / "rows.tif").exists()


def test_a_file_that_lost_pixels_is_noticed(tmp_path: Path) -> None:
    """A disk that swallows a write without a word must not pass for a result."""
    writer = RowWriter(tmp_path / "rows.tif", spec())
    writer.write(np.ones((1, 300, 400), np.uint8))
    writer.close()
    with rasterio.open(tmp_path / "rows.tif", "r+") as damaged:
        damaged.write(np.zeros((1, 1, 1), np.uint8), window=rasterio.windows.Window(399, 299, 1, 1))
    with pytest.raises(OutputError, match="does not hold what was written"):
        finish_cog(writer, tmp_path / "out.tif", lambda: None, lambda _: None)


def test_cancelling_while_the_file_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasters.rasterio.shutil, "copy", lambda *_, **__: time.sleep(5))
    writer = RowWriter(tmp_path / "rows.tif", spec())
    writer.write(np.ones((1, 300, 400), np.uint8))
    writer.close()

    def cancelled() -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        finish_cog(writer, tmp_path / "out.tif", cancelled, lambda _: None)
    assert time.monotonic() - started < 2.0


KILLED = """
import sys, time
from pathlib import Path
from segmenting import FakeModel, MemoryReporter, run_segmenter

class Slow(FakeModel):
    def predict(self, channels):
        time.sleep(0.05)
        if len(self.batches) == 5:
            print("going", flush=True)
        return super().predict(channels)

class Telling(MemoryReporter):
    def scratch(self, path):
        print(path, flush=True)

run_segmenter(sys.argv[1], Path(sys.argv[2]), Slow(), reporter=Telling())
"""


def test_kill_leaves_no_final_output(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", town(900, 900, spacing=50))
    out = tmp_path / "out"
    out.mkdir()
    (out / "mask.tif").write_bytes(b"old")
    with python(KILLED, dem, out) as process:
        assert process.stdout is not None
        scratch = Path(process.stdout.readline().strip())
        assert process.stdout.readline().strip() == "going"
        process.send_signal(signal.SIGKILL)
    # Only what was announced is left, for whoever killed it to remove; the old output is untouched.
    assert set(out.iterdir()) == {scratch, out / "mask.tif"}
    assert (out / "mask.tif").read_bytes() == b"old"


MEMORY = """
import resource, sys
from pathlib import Path
from segmenting import FakeModel, card, run_segmenter
run_segmenter(sys.argv[1], Path(sys.argv[2]), FakeModel(card(tile=224, batch_size=4)), probability=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_memory_does_not_grow_with_height(tmp_path: Path) -> None:
    """Eight times the height, the same peak but for a few MB of cache.

    The same with 4,000 x 4,000 and 4,000 x 40,000 pixels gave 215 and 240 MB, with probabilities 257 and 257 MB.
    """
    peaks = []
    for height in (800, 6400):
        path = tmp_path / f"{height}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=600, height=height, count=1, dtype="float32", crs=UTM,
            transform=METRE_GRID, tiled=True, sparse_ok=True,
        ):  # fmt: skip
            pass
        with python(MEMORY, path, tmp_path) as process:
            peaks.append(float(process.communicate()[0]))
        assert read(tmp_path / "mask.tif").shape == (height, 600)
    short, tall = peaks
    assert tall < 1.15 * short, peaks


def test_a_crs_that_a_geotiff_cannot_hold_comes_along(tmp_path: Path) -> None:
    crs = CRS.from_user_input("+proj=utm +zone=32 +datum=WGS84 +units=m +vunits=us-ft +type=crs")
    _, mask, probability = run_segmenter(
        write_dem(tmp_path / "dem.tif", town(80, 90)), tmp_path, source={"crs": crs.to_wkt(version="WKT2_2019")}
    )
    for path in (mask, probability):
        with rasterio.open(path) as dataset:
            assert dataset.crs, path.name
            assert "US survey foot" in dataset.crs.to_wkt(version="WKT2_2019")
    # One of an earlier result would describe that one.
    _, mask, _ = run_segmenter(tmp_path / "dem.tif", tmp_path)
    with rasterio.open(mask) as dataset:
        assert dataset.crs == CRS.from_user_input(UTM)


def test_the_log_says_which_numbers_were_used(tmp_path: Path) -> None:
    reporter = MemoryReporter()
    run_segmenter(
        write_dem(tmp_path / "dem.tif", town(80, 90)), tmp_path, reporter=reporter, threshold=0.4, min_area=7.0
    )
    assert any("threshold 0.4" in line and "smallest object 7 m²" in line for line in reporter.logs)


def test_a_threshold_at_which_all_is_dropped_is_told(tmp_path: Path) -> None:
    path, reporter = write_dem(tmp_path / "dem.tif", town(80, 90)), MemoryReporter()
    run_segmenter(path, tmp_path, reporter=reporter, min_area=1e6)
    assert any("reaches the threshold, but no object of it stays" in w for w in reporter.warnings)
    for usual in ({"min_area": 0.0}, {"threshold": 0.999999, "min_area": 0.0}):
        reporter = MemoryReporter()
        run_segmenter(path, tmp_path, reporter=reporter, **usual)
        assert not any("no object of it stays" in w for w in reporter.warnings)


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is too long"):
        Outputs({"mask": (tmp_path / ("x" * 240 + ".tif"), "raster")}, [], MemoryReporter())


def test_what_a_killed_run_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    """At a terminal nobody else does; in QGIS the plugin does."""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from dem_segmenter.events import ConsoleReporter\nfrom dem_segmenter.inference.outputs import Outputs\n"
        "outputs = Outputs({'mask': (Path(sys.argv[1]) / 'mask.tif', 'raster')}, [], ConsoleReporter())\n"
        "outputs.scratch('mask').write_bytes(bytes(1000))\nprint('there', flush=True)\ntime.sleep(300)\n"
    )
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    (left,) = tmp_path.glob(".demsegmenter-*.partial")
    strange = tmp_path / ".demsegmenter-old.partial"  # of a version without locks, or of another system
    strange.mkdir()
    long_ago = time.time() - 3600
    os.utime(left / "lock", (long_ago, long_ago))

    def run_another() -> None:
        with Outputs({"mask": (tmp_path / "other.tif", "raster")}, [], MemoryReporter()):
            pass

    run_another()
    assert left.is_dir(), "its run is alive"
    process.kill()
    process.communicate()
    os.utime(left / "lock")
    run_another()
    assert left.is_dir(), "its run may be about to take the lock"
    os.utime(left / "lock", (long_ago, long_ago))
    run_another()
    assert sorted(p.name for p in tmp_path.iterdir()) == [strange.name]
