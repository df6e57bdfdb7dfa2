"""Parts of pre-training: the pile, what is drawn from it, chips by step, architectures, rebuilding."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from piling import NORTH, UTM, WEST, cut_short, relief, write_dem, write_pile
from rasterio.windows import Window
from segmenting import MemoryReporter

from dem_segmenter import runtime
from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.errors import CancelledError, DeviceError, OptionError, RasterOpenError, TrainingError
from dem_segmenter.learning.augmentation import PLAIN, AugmentOptions
from dem_segmenter.learning.chips import View
from dem_segmenter.learning.dem_pile import NAMED, DemPile, OpenOptions, find_rasters, random_window, read_pile
from dem_segmenter.learning.pile_views import MixedViews, PileViews, hold_out, scaled
from dem_segmenter.learning.pretraining import HeldOut
from dem_segmenter.learning.pretraining_report import hidden_pixels
from dem_segmenter.learning.ranks import Ranks, joined
from dem_segmenter.learning.step_pool import VIEWS, StepPool, mask_noise, views_by, views_held
from dem_segmenter.network.architectures import encoder_options, tapped_blocks
from dem_segmenter.network.encoder import Encoder, EncoderOptions
from dem_segmenter.network.masked_autoencoder import MaskedAutoencoder

ENCODING = ReliefEncoding()


def pile_of(*sources: Path, reporter: MemoryReporter | None = None) -> DemPile:
    return read_pile([str(s) for s in sources], OpenOptions(), reporter or MemoryReporter())


def held_out(pile: DemPile, count: int) -> tuple[HeldOut | None, dict[int, list[Window]]]:
    rng, reporter = np.random.default_rng(0), MemoryReporter()
    return hold_out(pile, ENCODING, tile=64, ground_resolution=0.75, count=count, rng=rng, reporter=reporter)


def vrt_of(path: Path, tiles: list[Path], size: int) -> Path:
    """A mosaic of tiles side by side."""
    sources = "".join(
        f"<SimpleSource><SourceFilename>{tile}</SourceFilename><SourceBand>1</SourceBand>"
        f'<SrcRect xOff="0" yOff="0" xSize="{size}" ySize="{size}"/>'
        f'<DstRect xOff="{i * size}" yOff="0" xSize="{size}" ySize="{size}"/></SimpleSource>'
        for i, tile in enumerate(tiles)
    )
    path.write_text(
        f'<VRTDataset rasterXSize="{len(tiles) * size}" rasterYSize="{size}"><SRS>{UTM}</SRS>'
        f"<GeoTransform>{WEST}, 1, 0, {NORTH}, 0, -1</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue>{sources}</VRTRasterBand>'
        "</VRTDataset>"
    )
    return path


def test_folders_are_searched_to_the_bottom(tmp_path: Path) -> None:
    write_pile(tmp_path / "a" / "deep", 2)
    write_dem(tmp_path / "a" / "GRID.ASC.TIF", relief(3, 64))
    for name in ("a/notes.txt", "a/deep/tile0.tif.aux.xml", "a/.hidden.tif"):
        (tmp_path / name).write_text("x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    found = find_rasters([tmp_path / "a", tmp_path / "a" / "deep" / "tile0.tif"])
    assert sorted(Path(p).name for p in found) == ["GRID.ASC.TIF", "tile0.tif", "tile1.tif"]
    with pytest.raises(RasterOpenError, match="no file or folder"):
        find_rasters([tmp_path / "none"])


def test_tiles_of_a_mosaic_are_left_to_the_mosaic(tmp_path: Path) -> None:
    write_pile(tmp_path, 3, 80)
    vrt_of(tmp_path / "all.vrt", [tmp_path / f"tile{i}.tif" for i in (0, 1)], 80)
    pile = pile_of(tmp_path)
    assert [f.name for f in pile.files] == ["all.vrt", "tile2.tif"]
    assert pile.area == 80 * 240


def test_mixed_units_crs_and_resolutions_show_the_same_ground(tmp_path: Path) -> None:
    z = relief(0, 240)
    metres = write_dem(tmp_path / "metres.tif", z)
    coarse = write_dem(tmp_path / "coarse.tif", z[::2, ::2], pixel=2.0)
    there = {"crs": "EPSG:2263", "west": 990_000, "north": 230_000}
    feet = write_dem(tmp_path / "feet.tif", z / 0.3048006, pixel=1 / 0.3048006, **there)
    degrees = write_dem(tmp_path / "degrees.tif", z, pixel=1e-5, crs="EPSG:4326", west=8.0, north=50.0)
    pile = read_pile([str(p) for p in (metres, coarse, feet, degrees)], OpenOptions(), MemoryReporter())
    sizes = {f.name: f.pixel_size for f in pile.files}
    assert sizes["coarse.tif"] == (2.0, 2.0)
    assert sizes["feet.tif"] == pytest.approx((1.0, 1.0), rel=1e-4)
    assert sizes["degrees.tif"][0] < sizes["degrees.tif"][1] == pytest.approx(1.11, rel=0.01)
    assert pile.weights[0] == pytest.approx(pile.weights[1])  # the same ground
    views = PileViews(pile, ENCODING, PLAIN)
    try:
        for seed in range(12):
            view = views.draw(np.random.default_rng(seed))
            assert np.isfinite(view.channels.astype(np.float32)).all()
            assert 0 < np.abs(view.channels[0].astype(np.float32)).max() < 1.3
    finally:
        views.close()
    # Feet without a word about the unit of heights would be taken for metres.
    tops = []
    for path, unit in ((metres, "auto"), (feet, "foot"), (feet, "metre")):
        one = PileViews(read_pile([str(path)], OpenOptions(vertical_unit=unit), MemoryReporter()), ENCODING, PLAIN)
        tops.append(np.sinh(float(one.draw(np.random.default_rng(0)).channels[0].max()) * np.arcsinh(30.0)))
        one.close()
    assert tops[1] == pytest.approx(tops[0], rel=0.05)
    assert tops[2] == pytest.approx(tops[0] / 0.3048, rel=0.05)


def test_warnings_name_ten_and_count_the_rest(tmp_path: Path) -> None:
    write_dem(tmp_path / "good.tif", relief(0, 64))
    for i in range(NAMED + 7):
        (tmp_path / f"bad{i:02}.tif").write_bytes(b"nothing")
    reporter = MemoryReporter()
    pile = pile_of(tmp_path, reporter=reporter)
    assert (len(pile.files), len(pile.skipped)) == (1, NAMED + 7)
    assert sum("Skipped" in w for w in reporter.warnings) == NAMED
    assert reporter.warnings[-1].startswith("7 more files")
    short = [cut_short(tmp_path / f"short{i:02}.tif") for i in range(NAMED + 3)]
    views = PileViews(pile_of(*short, tmp_path / "good.tif"), ENCODING, PLAIN)
    for seed in range(60):
        views.draw(np.random.default_rng(seed))
    assert views.damaged > NAMED
    assert len(views.news()) == NAMED
    assert views.news() == []
    views.close()


def test_reading_headers_can_be_cancelled(tmp_path: Path) -> None:
    class Third(MemoryReporter):
        def progress(self, percent: float, phase: str) -> None:
            if "2 so far" in phase:
                self.cancel()
            super().progress(percent, phase)

    write_pile(tmp_path, 5, 64)
    with pytest.raises(CancelledError):
        pile_of(tmp_path, reporter=Third())


def test_what_is_drawn_depends_on_the_seed_alone_and_not_on_what_was_found_broken(tmp_path: Path) -> None:
    folder = write_pile(tmp_path, 3)
    cut_short(folder / "short.tif")
    pile = pile_of(folder)
    fresh, used = (PileViews(pile, ENCODING, AugmentOptions()) for _ in range(2))
    for seed in range(6):
        used.draw(np.random.default_rng(seed))
    assert used.damaged == 1
    for seed in (7, 8, 9):
        one, other = (v.draw(np.random.default_rng(seed)) for v in (fresh, used))
        assert np.array_equal(one.channels, other.channels)
    assert not np.array_equal(one.channels, used.draw(np.random.default_rng(10)).channels)


def test_windows_lie_anywhere_within(tmp_path: Path) -> None:
    pile = pile_of(write_dem(tmp_path / "a.tif", relief(0, 200)))
    rng = np.random.default_rng(0)
    windows = [random_window(pile.files[0], 60.0, rng) for _ in range(300)]
    assert {(w.width, w.height) for w in windows} == {(60, 60)}
    assert min(w.col_off for w in windows) < 5
    assert 135 < max(w.row_off for w in windows) <= 140
    whole = random_window(pile.files[0], 1000.0, rng)
    assert whole == Window(0, 0, 200, 200)


def test_held_out_ground_is_never_drawn(tmp_path: Path) -> None:
    # Towers stand on the held-out ground alone, once it is known where that is.
    size = 400
    path = write_dem(tmp_path / "plain.tif", relief(1, size))
    pile = pile_of(path)
    held, holes = held_out(pile, 3)
    assert held is not None
    assert held.unseen
    assert held.channels.shape == (3, 7, 64, 64)
    assert held.valid.all()
    z = np.zeros((size, size), np.float32) + np.linspace(0, 4, size, dtype=np.float32)
    for window in holes[0]:
        row, col = (int(v) for v in (window.row_off + window.height // 2, window.col_off + window.width // 2))
        z[row - 5 : row + 5, col - 5 : col + 5] += 20.0
    write_dem(path, z)
    towers = PileViews(pile, ENCODING, PLAIN)
    without = PileViews(pile, ENCODING, PLAIN, holes)
    seen = []
    for seed in range(6):
        assert np.abs(towers.draw(np.random.default_rng(seed)).channels[0]).max() > 0.5
        view = without.draw(np.random.default_rng(seed))
        seen.append(float(np.abs(view.channels[0]).max()))
        assert not view.valid.all()
    assert max(seen) < 0.2


def test_little_ground_is_not_held_out(tmp_path: Path) -> None:
    pile = pile_of(write_dem(tmp_path / "small.tif", relief(0, 120)))
    held, holes = held_out(pile, 8)
    assert held is not None
    assert not held.unseen
    assert holes == {}


def test_memory_does_not_grow_with_the_pile(tmp_path: Path) -> None:
    """A mosaic of 240 tiles, 25 million pixels: as much as one tile's views need, and far less than the ground."""
    size = 320
    tiles = [write_dem(tmp_path / f"t{i}.tif", relief(i % 5, size), west=WEST + i * size) for i in range(240)]
    small = pile_of(tiles[0])
    large = pile_of(vrt_of(tmp_path / "all.vrt", tiles, size))
    assert large.area == 240 * small.area

    def peak(pile: DemPile, side: int) -> float:
        views = PileViews(pile, ENCODING, PLAIN)
        views._span = side
        tracemalloc.start()
        for seed in range(12):
            views.draw(np.random.default_rng(seed))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        views.close()
        return most / 1e6

    one, all_of_it = peak(small, size), peak(large, size)
    assert all_of_it < 1.2 * one + 5
    assert all_of_it < large.area * 4 / 1e6 / 2  # half of the mosaic as float32


class Numbered:
    """Views that hold the number they were drawn with."""

    def draw(self, rng: np.random.Generator) -> View:
        value = rng.random(1).astype(np.float16)
        plane = np.broadcast_to(value[:, None, None], (1, 48, 48)).copy()
        return View(plane, np.zeros((48, 48), np.uint8), np.ones((48, 48), bool))


@pytest.mark.parametrize("batch_size", [2, 48, 700, 1100])
def test_batches_are_a_function_of_the_step(batch_size: int) -> None:
    def batches(first: int, count: int, rank: int = 0, workers: int = 1) -> list[np.ndarray]:
        pool = StepPool(Numbered(), tile=32, batch_size=batch_size, seed=5, rank=rank, start=first, workers=workers)
        try:
            return [pool.next()[0][:, 0, 0, 0] for _ in range(count)]
        finally:
            pool.close()
            assert pool.join(20.0)

    whole = batches(0, 40)
    for first in (1, 15, 17, 30):
        assert all(np.array_equal(a, b) for a, b in zip(whole[first:], batches(first, 40 - first), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(whole, batches(0, 40, workers=4), strict=True))
    assert not np.array_equal(whole[0], batches(0, 1, rank=1)[0])
    assert len(np.unique(whole[39])) <= max(VIEWS, views_by(39, batch_size) - views_by(38, batch_size) + 1)


def test_views_come_at_the_rate_at_which_chips_use_them_up() -> None:
    counts = [views_by(step, 48) for step in range(200)]
    assert counts[0] >= 2
    assert all(later >= earlier for earlier, later in pairwise(counts))
    assert (counts[150] - counts[50]) / 100 == pytest.approx(48 / 16)


@pytest.mark.parametrize("batch_size", [48, 512, 1024, 1100, 4096])
def test_no_view_is_drawn_that_no_chip_is_cut_from(batch_size: int) -> None:
    drawn = [views_by(step, batch_size) for step in range(20)]
    assert all(later - earlier <= views_held(batch_size) for earlier, later in pairwise([0, *drawn]))


def test_masks_are_a_function_of_step_and_process() -> None:
    noise = mask_noise(3, 7, 0, (2, 16))
    assert torch.equal(noise, mask_noise(3, 7, 0, (2, 16)))
    for other in ((4, 7, 0), (3, 8, 0), (3, 7, 1)):
        assert not torch.equal(noise, mask_noise(*other, (2, 16)))


def test_mixing_keeps_the_shares() -> None:
    class Constant:
        def __init__(self, value: float) -> None:
            self.value = value

        def draw(self, rng: np.random.Generator) -> View:
            return View(np.full((1, 1, 1), self.value, np.float16), np.zeros((1, 1)), np.ones((1, 1), bool))

    mixed = MixedViews([(Constant(1.0), 0.3), (Constant(0.0), 0.7)])
    rng = np.random.default_rng(0)
    assert np.mean([mixed.draw(rng).channels for _ in range(2000)]) == pytest.approx(0.3, abs=0.03)


def test_the_augmentation_follows_the_ground_resolution() -> None:
    assert scaled(AugmentOptions(), 0.75) == AugmentOptions()
    assert scaled(AugmentOptions(), 1.5).resolution == pytest.approx((1.2, 2.0))


def test_blocks_are_tapped_in_proportion() -> None:
    assert tapped_blocks(12) == (3, 5, 7, 11)
    assert tapped_blocks(24) == (7, 11, 15, 23)
    for depth in range(4, 41):
        blocks = tapped_blocks(depth)
        assert len(set(blocks)) == 4
        assert list(blocks) == sorted(blocks)
        assert blocks[-1] == depth - 1


@pytest.mark.parametrize("model", ["vit_tiny_patch16_224", "vit_tiny_patch16_384", "vit_small_patch32_224"])
def test_plain_vits_are_trained(model: str) -> None:
    network = MaskedAutoencoder(Encoder(encoder_options(model, 7, 64)))
    network(torch.rand(2, 7, 64, 64)).loss.backward()
    assert network.encoder.vit.blocks[0].attn.qkv.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("model", ["swin_tiny_patch4_window7_224", "resnet18", "vit_base_patch16_rope_224"])
def test_other_networks_are_refused(model: str) -> None:
    with pytest.raises(OptionError, match="not a plain vision transformer"):
        encoder_options(model, 7, 64)


def test_larger_encoders_are_built() -> None:
    options = encoder_options("vit_small_patch8_224", 7, 64)
    assert options.blocks == (3, 5, 7, 11)
    network = MaskedAutoencoder(Encoder(options), width=64, heads=2)
    assert network(torch.rand(1, 7, 64, 64)).prediction.shape == (1, 64, 7 * 65)


@pytest.mark.parametrize("normalise", [True, False])
def test_a_perfect_drawing_rebuilds_the_original(normalise: bool) -> None:
    torch.manual_seed(0)
    model = MaskedAutoencoder(Encoder(EncoderOptions(tile=64)), normalise=normalise)
    x = torch.rand(2, 7, 64, 64)
    seen = model(x)
    assert seen.prediction.shape == model.target(x).shape
    perfect = seen._replace(prediction=model.target(x))
    assert torch.allclose(model.rebuild(x, perfect), x, atol=1e-5)
    rebuilt = model.rebuild(x, seen)
    hidden = torch.from_numpy(hidden_pixels(seen, 16, (64, 64)))
    assert torch.equal(rebuilt.permute(0, 2, 3, 1)[~hidden], x.permute(0, 2, 3, 1)[~hidden])
    assert not torch.allclose(rebuilt, x)
    assert hidden.float().mean() == pytest.approx(0.75)


def test_the_masks_noise_decides_what_is_hidden() -> None:
    model = MaskedAutoencoder(Encoder(EncoderOptions(tile=64)), mask_ratio=0.5)
    noise = torch.arange(16.0)[None]
    assert model(torch.rand(1, 7, 64, 64), None, noise).mask[0].tolist() == [False] * 8 + [True] * 8


def test_one_process_raises_its_own_trouble() -> None:
    ranks = Ranks()
    ranks.agree(None)
    assert ranks.mean(2.5) == 2.5
    with pytest.raises(CancelledError):
        ranks.agree(CancelledError("stop"))


def test_what_a_mosaic_leaves_out_of_a_tile_is_learned_from_too(tmp_path: Path) -> None:
    write_dem(tmp_path / "big.tif", relief(0, 160))
    part = '<SrcRect xOff="0" yOff="0" xSize="60" ySize="60"/><DstRect xOff="0" yOff="0" xSize="60" ySize="60"/>'
    source = f'<SourceFilename relativeToVRT="1">big.tif</SourceFilename><SourceBand>1</SourceBand>{part}'
    text = (
        f'<VRTDataset rasterXSize="60" rasterYSize="60"><SRS>{UTM}</SRS>'
        f"<GeoTransform>{WEST}, 1, 0, {NORTH}, 0, -1</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource>{source}</SimpleSource></VRTRasterBand></VRTDataset>'
    )
    (tmp_path / "clip.vrt").write_text(text)
    assert [f.name for f in pile_of(tmp_path).files] == ["clip.vrt", "big.tif"]
    # With the source's size in it, as gdalbuildvrt writes it.
    size = '<SourceProperties RasterXSize="160" RasterYSize="160" DataType="Float32"/>'
    (tmp_path / "clip.vrt").write_text(text.replace(part, size + part))
    assert [f.name for f in pile_of(tmp_path).files] == ["clip.vrt", "big.tif"]
    (tmp_path / "clip.vrt").write_text(text.replace(part, size.replace("160", "60") + part))
    assert [f.name for f in pile_of(tmp_path).files] == ["clip.vrt"]
    # What is computed from a tile is not the tile.
    (tmp_path / "clip.vrt").write_text(
        text.replace(
            'band="1">', 'band="1" subClass="VRTDerivedRasterBand"><PixelFunctionType>sqrt</PixelFunctionType>'
        ).replace("60", "160")
    )
    assert [f.name for f in pile_of(tmp_path).files] == ["clip.vrt", "big.tif"]


def test_dems_that_are_far_too_coarse_are_skipped_and_told(tmp_path: Path) -> None:
    write_dem(tmp_path / "fine.tif", relief(0, 160))
    write_dem(tmp_path / "global.tif", relief(1, 160), pixel=30.0)
    reporter = MemoryReporter()
    pile = read_pile([str(tmp_path)], OpenOptions(), reporter, ground_resolution=0.75)
    assert [f.name for f in pile.files] == ["fine.tif"]
    assert any("pixels of 'global' are 30 m wide" in w for w in reporter.warnings)
    assert len(read_pile([str(tmp_path)], OpenOptions(), reporter, ground_resolution=10.0).files) == 2
    with pytest.raises(TrainingError, match="None of the 1 files can be used") as caught:
        read_pile([str(tmp_path / "global.tif")], OpenOptions(), reporter, ground_resolution=0.75)
    assert "ground resolution" in caught.value.advice


def test_processes_that_would_share_a_card_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setattr(runtime, "pick_device", torch.device)
    with pytest.raises(DeviceError, match="2 processes would share the graphics card cuda:1"), joined("cuda:1"):
        pass
