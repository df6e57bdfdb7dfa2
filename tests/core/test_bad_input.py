"""Every bad input: one clear sentence with what to do, nothing written, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from rasterio.enums import ColorInterp
from segmenting import METRE_GRID, UTM, FakeModel, MemoryReporter, parse, town, write_dem

from dem_segmenter import modelfiles
from dem_segmenter.commands import segment
from dem_segmenter.elevation.source import DemSource
from dem_segmenter.errors import (
    DemSegmenterError,
    DeviceError,
    ElevationError,
    ExtentError,
    ModelFileError,
    OptionError,
    OutputError,
    RasterOpenError,
)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the segment job with the fake model; the output folder must be empty after a failure."""
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(modelfiles, "load_model", lambda heads, **_: FakeModel(), raising=False)

    def run(source: Any, *arguments: Any) -> MemoryReporter:
        reporter = MemoryReporter()
        args = parse(source, "--head", "buildings", "-o", out / "mask.tif", "--device", "cpu", *arguments)
        segment.run(args, reporter)
        return reporter

    run.out = out
    return run


@pytest.fixture
def dem(tmp_path: Path) -> Path:
    return write_dem(tmp_path / "dem.tif", town(100, 120))


def fails(job: Any, kind: type[DemSegmenterError], match: str, source: Any, *arguments: Any) -> DemSegmenterError:
    """The job fails with this error, says what to do, and leaves no file behind."""
    with pytest.raises(kind, match=match) as caught:
        job(source, *arguments)
    assert caught.value.advice
    assert list(job.out.iterdir()) == []
    return caught.value


# The raster


def test_missing_file(job: Any, tmp_path: Path) -> None:
    fails(job, RasterOpenError, "There is no file", tmp_path / "nothing.tif")


def test_not_a_raster(job: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.tif").write_text("These are notes.")
    fails(job, RasterOpenError, "cannot be opened as a raster", tmp_path / "notes.tif")


def test_a_folder(job: Any, tmp_path: Path) -> None:
    fails(job, RasterOpenError, "cannot be opened as a raster", tmp_path)


def test_a_file_cut_short(job: Any, tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", town(100, 120), compress="deflate")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    fails(job, RasterOpenError, "cannot be (read|opened)", path)


@pytest.mark.parametrize("source", ["type=xyz&url=https://tiles.example/{z}/{x}/{y}.png", "<GDAL_WMS></GDAL_WMS>"])
def test_web_maps_are_colours(job: Any, source: str) -> None:
    fails(job, ElevationError, "colours, not elevations", source)


def test_wms_description_is_colours(job: Any, tmp_path: Path) -> None:
    path = tmp_path / "map.xml"
    path.write_text(
        "<GDAL_WMS><Service name='TMS'><ServerUrl>http://127.0.0.1:9/${z}/${x}/${y}.png</ServerUrl></Service>"
        "<DataWindow><UpperLeftX>-20037508</UpperLeftX><UpperLeftY>20037508</UpperLeftY><LowerRightX>20037508"
        "</LowerRightX><LowerRightY>-20037508</LowerRightY><TileLevel>5</TileLevel></DataWindow>"
        "<Projection>EPSG:3857</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>"
        "<BandsCount>3</BandsCount></GDAL_WMS>"
    )
    fails(job, ElevationError, "colours, not elevations", path)


@pytest.mark.parametrize("bands", [3, 4])
@pytest.mark.parametrize("band", [1, 3])
def test_colour_image(job: Any, tmp_path: Path, bands: int, band: int) -> None:
    path = write_dem(tmp_path / "photo.tif", np.zeros((bands, 100, 100), np.uint8), photometric="RGB")
    fails(job, ElevationError, "colours, not elevations", path, "--band", band)


def test_palette_image(job: Any, tmp_path: Path) -> None:
    path = write_dem(tmp_path / "map.tif", np.zeros((100, 100), np.uint8))
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {0: (0, 0, 0, 255), 1: (255, 0, 0, 255)})
        dataset.colorinterp = (ColorInterp.palette,)
    fails(job, ElevationError, "colour table: these are colours", path)


@pytest.mark.parametrize(("size", "words"), [(7.0, "may be missed"), (15.0, "expect little"), (45.0, "")])
def test_coarse_pixels(job: Any, tmp_path: Path, size: float, words: str) -> None:
    """The fake head works at 4 m; a country's elevation at 50 m would keep a computer busy for days, for nothing."""
    path = write_dem(tmp_path / "coarse.tif", town(40, 40), transform=Affine(size, 0, 500000, 0, -size, 5600000))
    if words:
        assert any(words in w and f"{size:g} m wide" in w for w in job(path).warnings)
    else:
        error = fails(job, ElevationError, "45 m wide; the head works at 4 m and finds nothing", path)
        assert "12 m or less" in error.advice


def test_grey_bytes_are_taken_with_a_warning(job: Any, tmp_path: Path) -> None:
    reporter = job(write_dem(tmp_path / "grey.tif", (town(100, 100) - 190).astype(np.uint8)))
    assert any("taken as metres" in w for w in reporter.warnings)
    assert (job.out / "mask.tif").exists()


def test_complex_numbers(job: Any, tmp_path: Path) -> None:
    path = write_dem(tmp_path / "sar.tif", np.zeros((100, 100), np.complex64))
    fails(job, ElevationError, "complex numbers", path)


@pytest.mark.parametrize("band", [0, 2, -1])
def test_band_that_does_not_exist(job: Any, dem: Path, band: int) -> None:
    error = fails(job, ElevationError, f"has 1 band; there is no band {band}", dem, f"--band={band}")
    assert "from 1 to 1" in error.advice


def test_geopackage_with_several_rasters_names_them(job: Any, tmp_path: Path, dem: Path) -> None:
    path = tmp_path / "two.gpkg"
    rasterio.shutil.copy(dem, path, driver="GPKG", RASTER_TABLE="FIRST")
    rasterio.shutil.copy(dem, path, driver="GPKG", RASTER_TABLE="SECOND", APPEND_SUBDATASET="YES")
    error = fails(job, RasterOpenError, "container without a band", path)
    assert "FIRST" in error.advice
    assert "SECOND" in error.advice


def test_no_crs(job: Any, tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", town(100, 100), crs=None)
    fails(job, ElevationError, "has no CRS", path)
    job(path, "--crs", UTM)
    with rasterio.open(job.out / "mask.tif") as mask:
        assert mask.crs.to_epsg() == 25832


def test_no_geotransform(job: Any, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write_dem(tmp_path / "dem.tif", town(100, 100), transform=Affine.identity())
    fails(job, ElevationError, "no position on the ground", path)


@pytest.mark.parametrize(("value", "nodata"), [(-9999.0, -9999.0), (np.nan, None), (np.nan, np.nan)])
def test_all_nodata(job: Any, tmp_path: Path, value: float, nodata: float | None) -> None:
    path = write_dem(tmp_path / "dem.tif", np.full((100, 100), value, np.float32), nodata=nodata)
    fails(job, ElevationError, "Every pixel of 'dem' is nodata", path)


def test_heights_in_millimetres(job: Any, tmp_path: Path) -> None:
    path = write_dem(tmp_path / "dem.tif", (town(100, 100) * 1000).astype(np.int32))
    error = fails(job, ElevationError, "or beyond 12000 m", path)
    assert "millimetres" in error.advice


def test_three_by_three(job: Any, tmp_path: Path) -> None:
    fails(job, ElevationError, "too small: 3 x 3 pixels", write_dem(tmp_path / "dem.tif", town(3, 3)))


# Extent and options


def test_extent_outside(job: Any, dem: Path) -> None:
    fails(job, ExtentError, "outside of 'dem'", dem, "--extent=0,0,10,10")
    fails(job, ExtentError, "outside of 'dem'", dem, "--extent=-71,40,-70,41", "--extent-crs=EPSG:4326")


def test_extent_in_the_order_of_qgis(job: Any, dem: Path) -> None:
    """Read as our order it is some strip of the raster, without a word."""
    with rasterio.open(dem) as dataset:
        x0, y0, x1, y1 = dataset.bounds
    x0, x1, y0, y1 = x0 + 10, x1 - 10, y0 + 10, y1 - 10
    error = fails(job, ExtentError, "as QGIS writes it", dem, f"--extent={x0},{x1},{y0},{y1}")
    assert f"{x0:.8g},{y0:.8g},{x1:.8g},{y1:.8g}" in error.advice
    job(dem, f"--extent={x0},{y0},{x1},{y1}")


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,3,4,5"])
def test_extent_that_is_none(job: Any, dem: Path, text: str) -> None:
    fails(job, OptionError, "not four numbers", dem, f"--extent={text}")


@pytest.mark.parametrize(
    ("option", "match"),
    [
        ("--threshold=1.5", "threshold of 1.5"),
        ("--threshold=nan", "threshold of nan"),
        ("--min-area=-1", "minimum area of -1"),
        ("--overlap=0.95", "overlap of 0.95"),
        ("--overlap=-0.1", "overlap of -0.1"),
        ("--batch-size=0", "batch of 0"),
        ("--crs=EPSG:0", "CRS 'EPSG:0' is not known"),
    ],
)
def test_options_without_sense(job: Any, dem: Path, option: str, match: str) -> None:
    fails(job, OptionError, match, dem, option)


def test_device_that_is_not_there(job: Any, dem: Path) -> None:
    fails(job, DeviceError, "cuda:7.* is not available", dem, "--device=cuda:7")


@pytest.mark.parametrize(("name", "match"), [("castles", "no head called 'castles'"), ("empty", "not a safetensors")])
def test_head_that_is_not_there(job: Any, dem: Path, monkeypatch: pytest.MonkeyPatch, name: str, match: str) -> None:
    from dem_segmenter.modelfiles import loading

    monkeypatch.setattr(modelfiles, "load_model", loading.load_model, raising=False)
    head = name
    if name == "empty":
        head = str(dem.parent / "empty.safetensors")
        Path(head).write_bytes(b"")
    with pytest.raises(ModelFileError, match=match):
        segment.run(parse(dem, "--head", head, "-o", job.out / "mask.tif", "--device=cpu"), MemoryReporter())
    assert list(job.out.iterdir()) == []


# Outputs


def test_output_is_the_input(job: Any, dem: Path) -> None:
    before = dem.read_bytes()
    link = dem.parent / "link.tif"
    link.symlink_to(dem)
    hard = dem.parent / "hard.tif"
    os.link(dem, hard)
    for output in (dem, link, hard, dem.parent / ".." / dem.parent.name / "dem.tif"):
        args = parse(dem, "--head", "x", "-o", output, "--device", "cpu")
        with pytest.raises(OutputError, match="one of the input files"):
            segment.run(args, MemoryReporter())
    assert dem.read_bytes() == before


def test_output_is_a_source_of_the_vrt(job: Any, dem: Path) -> None:
    vrt = dem.parent / "dem.vrt"
    rasterio.shutil.copy(dem, vrt, driver="VRT")
    with pytest.raises(OutputError, match="one of the input files"):
        segment.run(parse(vrt, "--head", "x", "-o", dem, "--device", "cpu"), MemoryReporter())


def test_outputs_share_a_path(job: Any, dem: Path) -> None:
    fails(job, OptionError, "mask and probability have the same path", dem, "--probability", job.out / "mask.tif")


def test_output_is_a_geopackage_of_several_layers(job: Any, dem: Path, tmp_path: Path) -> None:
    """The whole file would be replaced, and with it what has nothing to do with this run."""
    path, lost = tmp_path / "project.gpkg", tmp_path / "earlier.gpkg"
    houses = np.array([shapely.box(0, 0, 1, 1)])
    for layer, target in (("houses", path), ("area", path), ("houses", lost)):
        pyogrio.raw.write(
            target, shapely.to_wkb(houses), [], [], layer=layer, geometry_type="Polygon", crs="EPSG:25832",
            driver="GPKG", append=target.exists(),
        )  # fmt: skip
    before = path.read_bytes()
    error = fails(job, OutputError, r"several layers \(area, houses\)", dem, "--footprints", path)
    assert "of its own" in error.advice
    assert path.read_bytes() == before
    job(dem, "--footprints", lost)
    assert [name for name, _ in pyogrio.list_layers(lost)] == ["footprints"]


def test_output_folder_that_does_not_exist(job: Any, dem: Path) -> None:
    missing = job.out / "deep" / "p.tif"
    fails(job, OutputError, "does not exist", dem, "--probability", missing)


def test_output_with_a_wrong_ending(job: Any, dem: Path) -> None:
    error = fails(job, OptionError, "wrong ending", dem, "--probability", job.out / "p.png")
    assert ".tif" in error.advice


def test_output_folder_that_is_not_writable(job: Any, dem: Path) -> None:
    job.out.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:  # root may write anywhere: be nobody for a moment
            for folder in (dem.parent, *dem.parent.parents):
                if folder.stat().st_uid == 0 and folder != Path("/") and "pytest" in str(folder):
                    folder.chmod(0o755)
            os.seteuid(65534)
        fails(job, OutputError, "cannot be written to", dem)
    finally:
        if root:
            os.seteuid(0)
        job.out.chmod(0o755)


def test_an_old_output_survives_a_failure(job: Any, tmp_path: Path) -> None:
    (job.out / "mask.tif").write_bytes(b"old")
    path = write_dem(tmp_path / "dem.tif", np.full((100, 100), np.nan, np.float32))
    with pytest.raises(ElevationError):
        job(path)
    assert (job.out / "mask.tif").read_bytes() == b"old"
    assert [p.name for p in job.out.iterdir()] == ["mask.tif"]


def test_too_little_space_is_seen_beforehand(job: Any, dem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage(dem.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=1000))
    fails(job, OutputError, "full or nearly so: 1 kB free", dem)


@pytest.mark.parametrize("limit", [5_000, 60_000, 200_000])
def test_full_disk(job: Any, tmp_path: Path, limit: int) -> None:
    """No file of the child may grow beyond ``limit``, which fails a write just as a full disk does."""
    rng = np.random.default_rng(0)
    write_dem(tmp_path / "noise.tif", town(600, 700) + rng.normal(0, 1, (600, 700)).astype(np.float32))
    code = (
        "import resource, sys; from pathlib import Path; from segmenting import run_segmenter\n"
        "from dem_segmenter.errors import OutputError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try: run_segmenter(sys.argv[1], Path(sys.argv[2]))\n"
        "except OutputError as error: print('caught', error.kind, error.advice)\n"
    )
    done = child(code, tmp_path / "noise.tif", job.out)
    assert "caught OutputError" in done.stdout, done.stderr
    assert "free space" in done.stdout
    assert list(job.out.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount")
def test_full_disk_by_name(job: Any, tmp_path: Path) -> None:
    """A real small disk: the message says that it is full."""
    rng = np.random.default_rng(0)
    path = write_dem(tmp_path / "noise.tif", town(600, 700) + rng.normal(0, 1, (600, 700)).astype(np.float32))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", job.out], check=False).returncode:
        pytest.skip("this container forbids mounts")
    try:
        error = fails(job, OutputError, "is full", path, "--probability", job.out / "p.tif")
        assert "Free some space" in error.advice
    finally:
        subprocess.run(["umount", job.out], check=True)


def test_opening_fails_closed(tmp_path: Path) -> None:
    """A refused raster is closed again: Windows could not delete it otherwise."""
    path = write_dem(tmp_path / "dem.tif", town(20, 20), transform=METRE_GRID)
    with pytest.raises(ElevationError):
        DemSource(path, band=5)
    descriptors = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)]
    assert str(path) not in descriptors


def _is_open(fd: str) -> bool:
    return os.path.islink(f"/proc/self/fd/{fd}")


def child(code: str, *arguments: Any) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own, with the checkout and the tests' helpers importable."""
    here = Path(__file__).resolve().parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parents[1])])}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
