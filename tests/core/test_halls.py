"""Halls: roofs that are wider than the opening that looks for the ground."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from scipy import ndimage
from segmenting import METRE_GRID, card, write_dem

from dem_segmenter.elevation.encoding import ReliefEncoding, encoding_from_json
from dem_segmenter.elevation.grid import extent_window, make_grid
from dem_segmenter.elevation.halls import ground_below_halls
from dem_segmenter.elevation.source import DemSource
from dem_segmenter.inference import hall_ground
from dem_segmenter.inference.hall_ground import HallGround
from dem_segmenter.inference.reader import TileBatch, TileReader
from dem_segmenter.inference.tiles import TileLayout
from dem_segmenter.learning.augmentation import AugmentOptions
from dem_segmenter.learning.chips import make_view
from dem_segmenter.learning.made_ground import bridged, embanked, terraced
from dem_segmenter.learning.made_halls import build_halls
from dem_segmenter.learning.scenes import Scene

WINDOW, LENGTH = 70.0, 500.0


def plain(rows: int = 400, cols: int = 400, fall: float = 0.0) -> np.ndarray:
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    return 300.0 + fall * x + 0.05 * np.sin(y / 9.0) * np.cos(x / 11.0)


def inside(z: np.ndarray, place: tuple[slice, slice], height: float) -> np.ndarray:
    z = z.copy()
    z[place] = np.median(z[place]) + height
    return z


HALL = (slice(120, 260), slice(100, 300))  # 140 x 200 m


@pytest.mark.parametrize("fall", [0.0, 0.06])
def test_ground_below_a_hall_is_that_around_it(fall: float) -> None:
    ground = plain(fall=fall)
    below = ground_below_halls(inside(ground, HALL, 12.0), 1.0, WINDOW, LENGTH)
    assert np.isfinite(below[HALL]).all()
    assert np.abs(below[HALL] - ground[HALL]).max() < 0.3 + 100 * fall  # the nearest ground around, on a slope
    far = np.ones(ground.shape, bool)
    far[110:270, 90:310] = False
    assert np.isinf(below[far]).all()


def test_an_opening_alone_takes_the_roof_for_ground() -> None:
    z, known = inside(plain(), HALL, 12.0), np.ones((400, 400), bool)
    old = encoding_from_json({"name": "relief", "scaling": "log", "planar_window": 7.0})
    heights = [np.sinh(e.encode(z, known, 1.0)[1] * np.arcsinh(30.0)) for e in (old, ReliefEncoding())]
    assert heights[0][190, 200] == pytest.approx(0.0, abs=0.1)
    assert heights[1][190, 200] == pytest.approx(12.0, abs=0.2)
    assert np.abs(heights[0] - heights[1])[:100].max() == 0.0  # elsewhere nothing has changed


def test_hills_terraces_and_the_ground_itself_are_no_halls() -> None:
    y, x = np.mgrid[:400, :400].astype(np.float32)
    hill = plain() + np.clip(30.0 - 0.4 * np.hypot(y - 200, x - 200), 0.0, 15.0)  # a flat top between slopes of 40 %
    terrace = plain() + 4.0 * (x > 150)  # a wall on one side only
    peak = plain() + np.maximum(60.0 - 0.8 * np.hypot(y - 200, x - 200), 0.0)  # which the opening flattens
    pit = plain() - 8.0 * ((np.abs(y - 200) < 60) & (np.abs(x - 200) < 60))
    for z in (hill, terrace, peak, pit):
        assert np.isinf(ground_below_halls(z.astype(np.float32), 1.0, WINDOW, LENGTH)).all()


def test_a_hall_on_a_hall_stands_on_the_ground() -> None:
    ground = plain()
    z = inside(inside(ground, (slice(60, 340), slice(60, 340)), 6.0), HALL, 20.0)
    below = ground_below_halls(z, 1.0, WINDOW, LENGTH)
    assert np.abs(below[HALL] - ground[HALL]).max() < 0.5
    assert np.abs(below[70:110, 70:330] - ground[70:110, 70:330]).max() < 0.5


def test_what_is_longer_than_any_hall_is_left() -> None:
    z = inside(plain(), HALL, 12.0)
    assert np.isinf(ground_below_halls(z, 1.0, WINDOW, 150.0)).all()
    assert np.isfinite(ground_below_halls(z, 1.0, WINDOW, 210.0)).any()


def test_a_hall_that_the_edge_cuts_is_one_and_half_a_plain_is_none() -> None:
    z = inside(plain(), (slice(0, 120), slice(100, 300)), 9.0)
    assert np.isfinite(ground_below_halls(z, 1.0, WINDOW, LENGTH)[:100, 120:280]).all()
    half = plain() + 9.0 * (np.mgrid[:400, :400][0] < 120)
    assert np.isinf(ground_below_halls(half.astype(np.float32), 1.0, WINDOW, LENGTH)).all()


def test_a_raster_clipped_to_a_hall_shows_no_ground() -> None:
    z = plain(126, 156)
    z[3:-3, 3:-3] += 9.0
    assert np.isinf(ground_below_halls(z, 1.0, WINDOW, LENGTH)).all()


# ---- streamed


@pytest.mark.parametrize("block", [64, 512])
def test_streamed_in_blocks_as_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(hall_ground, "BLOCK", block)
    rng = np.random.default_rng(0)
    z = plain(1500, 900, 0.01) + rng.normal(0, 0.02, (1500, 900)).astype(np.float32)
    for top, left in ((40, 60), (500, 500), (1100, 30), (1300, 600)):
        z = inside(z, (slice(top, top + 130), slice(left, left + 220)), 10.0)
    dem = write_dem(tmp_path / "dem.tif", z)
    whole = ground_below_halls(z, 1.0, WINDOW, LENGTH)
    with DemSource(dem) as source:
        grid = make_grid(source, None, (1.0, 1.0), 0)
        halls = HallGround(source, grid, WINDOW, LENGTH)
        parts = [halls.below((top, min(top + 112, 1500)), (0, 900)) for top in range(0, 1500, 112)]
    streamed = np.concatenate(parts)
    assert np.mean(np.isfinite(streamed) == np.isfinite(whole)) > 0.999
    both = np.isfinite(streamed) & np.isfinite(whole)
    assert both.sum() > 4 * 120 * 200
    assert np.abs(streamed[both] - whole[both]).max() < 0.2


def test_a_hall_that_lies_half_within_an_extent(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", inside(plain(), HALL, 12.0))
    with DemSource(dem) as source:
        window = extent_window(source, (METRE_GRID.c + 180, METRE_GRID.f - 300, METRE_GRID.c + 380, METRE_GRID.f - 60))
        grid = make_grid(source, window, (1.0, 1.0), 10)
        below = HallGround(source, grid, WINDOW, LENGTH).below((0, grid.rows), (0, grid.cols))
    # The read window begins 170 m east and 50 m south of the corner.
    assert np.isfinite(below[75:205, 0:125]).all()
    assert np.isinf(below[:, 140:]).all()


def test_gaps_and_a_raster_smaller_than_any_hall(tmp_path: Path) -> None:
    z = inside(plain(), HALL, 12.0)
    z[:60] = z[180:200, 150:200] = np.nan
    with DemSource(write_dem(tmp_path / "dem.tif", z)) as source:
        grid = make_grid(source, None, (1.0, 1.0), 0)
        below = HallGround(source, grid, WINDOW, LENGTH).below((0, 400), (0, 400))
    assert np.abs(below[HALL] - 300.0).max() < 0.3
    small = Affine(0.5, 0, 500_000, 0, -0.5, 5_600_000)
    with DemSource(write_dem(tmp_path / "small.tif", z[150:210, 100:160], transform=small)) as source:
        grid = make_grid(source, None, (0.5, 0.5), 0)
        assert np.isinf(HallGround(source, grid, WINDOW, LENGTH).below((0, 60), (0, 60))).all()


def test_tiles_are_told_of_a_hall_larger_than_they_are(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", inside(plain(), HALL, 12.0))
    tile = card().tile
    with DemSource(dem) as source:
        grid = make_grid(source, None, (1.0, 1.0), 0)
        reader = TileReader(source, grid, TileLayout.make(grid.rows, grid.cols, tile, 0.5), ReliefEncoding(), 3)
        highest = max(float(item.channels[:, 1].max()) for item in reader if isinstance(item, TileBatch))
        middle = [
            item.channels[:, 1]
            for item in reader
            if isinstance(item, TileBatch) and 140 <= item.tile_row * tile // 2 <= 200 and 140 <= item.cols[0] <= 180
        ]
    assert np.sinh(highest * np.arcsinh(30.0)) == pytest.approx(12.0, abs=0.3)
    assert middle
    assert min(float(m[0].min()) for m in middle) > np.arcsinh(11.5) / np.arcsinh(30.0)


# ---- built into views


def house_on_plain() -> tuple[np.ndarray, np.ndarray]:
    z, target = plain(), np.zeros((400, 400), np.uint8)
    z[190:202, 190:210] += 6.0
    target[190:202, 190:210] = 1
    return z, target


def test_halls_are_built_where_there_is_room() -> None:
    z, target = house_on_plain()
    roofs = banks = 0
    for seed in range(12):
        made, label = build_halls(z, target, 1.0, np.random.default_rng(seed))
        again, _ = build_halls(z, target, 1.0, np.random.default_rng(seed))
        np.testing.assert_array_equal(made, again)
        built = (label == 1) & (target == 0)
        assert (label[target == 1] == 1).all()
        np.testing.assert_array_equal(made[target == 1], z[target == 1])
        # Roofs may be lower in an annex or between saw teeth, never as low as a kerb.
        assert not built.any() or (made - z)[built].min() > 0.5
        roofs += int(built.any())
        banks += int(((np.abs(made - z) > 0.5) & (label == 0)).any())
    assert roofs >= 8
    assert banks >= 3


def test_no_hall_where_all_is_built() -> None:
    z, target = plain(), np.ones((400, 400), np.uint8)
    made, label = build_halls(z, target, 1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(made, z)
    np.testing.assert_array_equal(label, target)


def test_views_have_halls_only_where_asked_for() -> None:
    z = plain()
    scene = Scene("s", "f", z, np.ones(z.shape, bool), 1.0, {"target": np.zeros(z.shape, np.uint8)})
    for share, some in ((0.0, False), (1.0, True)):
        options = AugmentOptions(canopy=0.0, halls=share)
        views = [make_view(scene, ReliefEncoding(), np.random.default_rng(i), options) for i in range(4)]
        assert any((view.target == 1).any() for view in views) == some


def test_a_house_stands_whole_on_one_terrace() -> None:
    z, target = house_on_plain()
    walls = 0
    for seed in range(6):
        made = terraced(z, target, 1.0, np.random.default_rng(seed))
        lift = (made - z)[target == 1]
        assert float(np.ptp(lift)) < 1e-3
        walls += int(np.abs(np.diff(made - z, axis=0)).max() > 0.4)
    assert walls >= 3


def test_rivers_and_embankments_keep_clear_of_houses() -> None:
    z, target = house_on_plain()
    lowered = raised = decks = 0
    for seed in range(12):
        for made in (
            bridged(z, target, 1.0, np.random.default_rng(seed)),
            embanked(z, target, 1.0, np.random.default_rng(seed)),
        ):
            np.testing.assert_array_equal(made[target == 1], z[target == 1])
            lowered += int((made - z).min() < -1.0)
            raised += int((made - z).max() > 1.0)
        river = bridged(z, target, 1.0, np.random.default_rng(seed)) - z
        _, count = ndimage.label(river < -1.0)
        decks += int(count > 1)  # what a bridge parts
    assert lowered >= 6
    assert raised >= 3
    assert decks >= 3


def test_no_river_where_all_is_built() -> None:
    z, target = plain(), np.ones((400, 400), np.uint8)
    for make in (bridged, embanked):
        np.testing.assert_array_equal(make(z, target, 1.0, np.random.default_rng(0)), z)
