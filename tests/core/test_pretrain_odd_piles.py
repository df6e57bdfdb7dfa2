"""``pretrain`` on piles as they lie about, and what becomes of the states of several runs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from piling import NORTH, UTM, WEST, arguments, cut_short, relief, run, write_dem, write_pile
from rasterio.transform import from_origin
from segmenting import CancelAt, MemoryReporter

from dem_segmenter.errors import CancelledError, OptionError
from dem_segmenter.learning.dem_pile import OpenOptions, random_window, read_pile, read_window


def test_a_state_that_was_put_aside_is_taken_up_again_and_none_is_lost(tmp_path: Path) -> None:
    pile, output = write_pile(tmp_path / "pile", 1), tmp_path / "e.safetensors"
    with pytest.raises(CancelledError):
        run(arguments(output, pile, "--iterations", 8), CancelAt(70.0))
    right = (tmp_path / "e.safetensors.training").read_bytes()
    for _ in range(2):  # a mistyped number, twice
        with pytest.raises(CancelledError):
            run(arguments(output, pile, "--iterations", 80), CancelAt(20.0))
        assert (tmp_path / "e.safetensors.training.old").read_bytes() == right
    mistyped = (tmp_path / "e.safetensors.training").read_bytes()
    done, reporter = run(arguments(output, pile, "--iterations", 8))
    assert done.statistics["iterations"] == 8
    assert any("Going on from step" in line for line in reporter.logs)
    assert any("put aside" in warning for warning in reporter.warnings)
    left = [p for p in tmp_path.iterdir() if ".old" in p.name]
    assert [p.read_bytes() for p in left] == [mistyped]


def test_the_same_dems_by_another_name_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_pile(tmp_path / "pile", 2)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(folder)
    piles = [read_pile([str(s)], OpenOptions(), MemoryReporter()) for s in (folder, "pile", tmp_path / "link")]
    assert piles[0].identity() == piles[1].identity() == piles[2].identity()


def test_a_mosaic_that_is_empty_for_the_greatest_part(tmp_path: Path) -> None:
    tile = write_dem(tmp_path / "tile.tif", relief(0, 700))
    size = 30_000
    (tmp_path / "mosaic.vrt").write_text(
        f'<VRTDataset rasterXSize="{size}" rasterYSize="{size}"><SRS>{UTM}</SRS>'
        f"<GeoTransform>{WEST}, 1, 0, {NORTH}, 0, -1</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue><SimpleSource>'
        f"<SourceFilename>{tile}</SourceFilename><SourceBand>1</SourceBand>"
        '<SrcRect xOff="0" yOff="0" xSize="700" ySize="700"/><DstRect xOff="9000" yOff="9000" xSize="700" ySize="700"/>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    # Of places drawn anywhere in it, one in some two thousand shows the tile.
    done, _ = run(arguments(tmp_path / "e.safetensors", tmp_path / "mosaic.vrt", "--iterations", 2))
    assert done.statistics["iterations"] == 2


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, file names are text")
def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    folder = write_pile(tmp_path / "pile", 1)
    write_dem(folder / "other.tif", relief(3, 160), west=WEST + 1000)
    try:
        (folder / "other.tif").rename(os.fsdecode(os.fsencode(folder) + b"/M\xfcnchen.tif"))
        cut_short(folder / "broken.tif").rename(os.fsdecode(os.fsencode(folder) + b"/K\xf6ln.tif"))
    except OSError:
        pytest.skip("this file system takes text only")
    report = tmp_path / "e.html"
    done, _ = run(arguments(tmp_path / "e.safetensors", folder, "--report", report))
    assert done.outputs["encoder"].is_file()
    assert "nchen.tif" in report.read_text(encoding="utf-8")


def test_eastings_with_the_zone_before_them(tmp_path: Path) -> None:
    # As German surveys deliver them, under the wrong EPSG code: no place on Earth, but metres all the same.
    write_dem(tmp_path / "good.tif", relief(0, 160))
    write_dem(tmp_path / "zone.tif", relief(1, 160), west=32_500_000.0)
    done, _ = run(arguments(tmp_path / "e.safetensors", tmp_path))
    assert done.statistics["dems"] == 2


def test_a_coarse_dem_in_degrees_can_be_read(tmp_path: Path) -> None:
    step = 3.0 / 3600
    path = write_dem(tmp_path / "cop.tif", relief(0, 300), crs="EPSG:4326", transform=from_origin(11, 47, step, step))
    (file,) = read_pile([str(path)], OpenOptions(), MemoryReporter()).files
    with OpenOptions().open(str(path)) as dem:
        elevation, valid, _ = read_window(dem, random_window(file, 100.0, np.random.default_rng(0)), 0.5)
    assert min(elevation.shape) >= 16
    assert valid.all()


def test_a_list_from_notepad(tmp_path: Path) -> None:
    tile = write_pile(tmp_path / "pile", 1) / "tile0.tif"
    (tmp_path / "list.txt").write_text(f"{tile}\n", encoding="utf-8-sig")
    done, _ = run(arguments(tmp_path / "e.safetensors", "--list", tmp_path / "list.txt"))
    assert done.statistics["dems"] == 1


def test_published_weights_are_not_what_pre_training_begins_with(tmp_path: Path) -> None:
    pile = write_pile(tmp_path / "pile", 1)
    with pytest.raises(OptionError, match="begins with random ones") as caught:
        run(arguments(tmp_path / "e.safetensors", pile, "--architecture", "vit_tiny_patch16_224.augreg_in21k"))
    assert "'vit_tiny_patch16_224' alone" in caught.value.advice
