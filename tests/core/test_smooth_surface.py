"""Surfaces on which trees show no leaves are told from others, and read otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from parks import park
from rasterio.transform import from_origin
from rasterio.windows import Window
from segmenting import FakeModel, MemoryReporter, card, run_segmenter, write_dem

from dem_segmenter.elevation.source import DemSource
from dem_segmenter.errors import CancelledError
from dem_segmenter.inference.run import statistics
from dem_segmenter.inference.smooth_surface import SAMPLES, is_smooth, planes


def written(path: Path, z: np.ndarray, resolution: float, **profile: object) -> Path:
    return write_dem(path, z, transform=from_origin(500_000, 5_600_000, resolution, resolution), **profile)


def smooth(path: Path, window: Window | None = None) -> bool:
    with DemSource(str(path)) as source:
        return is_smooth(source, window)


@pytest.mark.parametrize("resolution", [0.2, 0.5, 0.6])
def test_crowns_without_leaves_are_told_from_those_with_some(tmp_path: Path, resolution: float) -> None:
    for leaves in (False, True):
        z, _ = park(resolution, leaves=leaves)
        assert smooth(written(tmp_path / f"{leaves}.tif", z, resolution)) != leaves


def test_a_place_without_trees_is_left_alone(tmp_path: Path) -> None:
    assert not smooth(written(tmp_path / "houses.tif", park(0.5, trees=0)[0], 0.5))
    rows, cols = np.mgrid[:400, :400] * 0.5
    cottages = 100.0 + (np.abs(rows % 20 - 10) < 4) * (np.abs(cols % 20 - 10) < 5) * (
        7.0 - 0.7 * np.abs(rows % 20 - 10)
    )
    assert not smooth(written(tmp_path / "cottages.tif", cottages.astype(np.float32), 0.5)), "gables are bent once only"
    rng = np.random.default_rng(0)
    ground = (100.0 + rng.normal(0.0, 0.02, (400, 400))).astype(np.float32)
    assert not smooth(written(tmp_path / "plain.tif", ground, 0.5))
    far = np.minimum(np.hypot(rows - 50, cols - 50), np.hypot(rows - 150, cols - 120))
    two = ground + 9.0 * np.sqrt(np.clip(1 - (far / 6.0) ** 2, 0, None))
    assert not smooth(written(tmp_path / "two-trees.tif", two.astype(np.float32), 0.5)), "too few to say"
    more = np.hypot(rows % 20 - 10, cols % 20 - 10)
    many = ground + 9.0 * np.sqrt(np.clip(1 - (more / 6.0) ** 2, 0, None))
    assert smooth(written(tmp_path / "many-trees.tif", many.astype(np.float32), 0.5))


def test_what_shows_no_leaves_anyway_is_not_looked_at(tmp_path: Path) -> None:
    assert not smooth(written(tmp_path / "metre.tif", park(1.0)[0], 1.0))
    assert not smooth(written(tmp_path / "tiny.tif", park(0.5)[0][:28, :28], 0.5)), "14 m"
    path = written(tmp_path / "park.tif", park(0.5)[0], 0.5)
    assert not smooth(path, Window(0, 0, 300, 20)), "a strip of 10 m"


def test_gaps_and_the_ground_around_do_not_matter(tmp_path: Path) -> None:
    z, _ = park(0.5)
    holes = z.copy()
    holes[::37, :] = holes[:, 150:170] = -9999.0
    assert smooth(written(tmp_path / "holes.tif", holes, 0.5, nodata=-9999.0))
    far = np.full((z.shape[0] + 900, z.shape[1] + 900), -9999.0, np.float32)
    far[700:-200, 700:-200] = z + 3000.0
    assert smooth(written(tmp_path / "far.tif", far, 0.5, nodata=-9999.0))
    assert not smooth(written(tmp_path / "nothing.tif", np.full_like(z, -9999.0), 0.5, nodata=-9999.0))


def test_only_the_window_asked_for_counts(tmp_path: Path) -> None:
    both = np.hstack([park(0.5)[0], park(0.5, leaves=True)[0]])
    path, side = written(tmp_path / "both.tif", both, 0.5), both.shape[0]
    assert smooth(path, Window(0, 0, side, side))
    assert not smooth(path, Window(side, 0, side, side))


def test_of_a_large_raster_a_few_samples_are_looked_at_and_the_user_can_cancel(tmp_path: Path) -> None:
    z, _ = park(0.5)
    path = written(tmp_path / "large.tif", np.tile(z, (14, 11)), 0.5, compress="deflate", tiled=True)
    calls = []
    with DemSource(str(path)) as source:
        found = planes(source, None, lambda: calls.append(1))
        assert len(calls) == SAMPLES**2
        assert 0 < found.uneven < found.bent < found.standing < z.size * SAMPLES**2
        assert found.smooth
        reporter = MemoryReporter()
        reporter.cancel()
        with pytest.raises(CancelledError):
            is_smooth(source, None, reporter.check_cancelled)


class Planes(FakeModel):
    """A model that is told of smooth surfaces."""

    told = False

    def on_smooth_surface(self) -> Planes:
        self.told = True
        return self


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize("bonus", [0.0, 1.25])
def test_a_head_that_looks_for_planes_is_run_at_its_coarsest_pixels(tmp_path: Path, leaves: bool, bonus: float) -> None:
    dem = written(tmp_path / "dem.tif", park(0.5, leaves=leaves)[0], 0.5)
    model = Planes(card(planarity_bonus=bonus, ground_resolution_range=(0.5, 0.8)), card(name="second"))
    reporter = MemoryReporter()
    run, mask, _ = run_segmenter(dem, tmp_path, model, reporter=reporter)
    special = bool(bonus) and not leaves
    assert statistics(run)["model_resolution_m"] == (0.8 if special else 0.5)
    assert statistics(run)["smooth_surface"] == special
    assert model.told == special
    assert any("no leaves" in log for log in reporter.logs) == special
    assert mask.is_file()
