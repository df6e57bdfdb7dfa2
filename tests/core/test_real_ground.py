"""Synthetic roads in real ground."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from scipy import ndimage

from dem_segmenter.errors import TrainingError
from dem_segmenter.learning.made_scenes import built_scenes
from dem_segmenter.scenes.peatland import peatland
from dem_segmenter.scenes.real_ground import OPEN_SETTINGS, build_roads


def rough_ground(size: int = 200, seed: int = 0) -> np.ndarray:
    """Hills with a texture of some decimetres; ``(size, size) float32, metres``."""
    rng = np.random.default_rng(seed)
    hills = ndimage.gaussian_filter(rng.standard_normal((size, size)), 20) * 120
    texture = ndimage.gaussian_filter(rng.standard_normal((size, size)), 1) * 0.5
    return (300 + hills + texture).astype(np.float32)


@pytest.mark.parametrize("setting", OPEN_SETTINGS)
def test_the_same_seed_builds_the_same_roads_and_another_builds_others(setting: str) -> None:
    ground = rough_ground()
    first, second = (build_roads(ground, 1.0, seed=3, setting=setting) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    other = build_roads(ground, 1.0, seed=4, setting=setting)
    assert not np.array_equal(first[1], other[1])


def test_roads_are_smoother_than_the_ground_they_lie_in_and_the_rest_is_left_as_it_was() -> None:
    ground = rough_ground()
    ratios = []
    for seed in range(6):
        built, roads = build_roads(ground, 1.0, seed=seed, setting="forest")
        assert built.dtype == np.float32
        assert roads.dtype == np.uint8
        assert set(np.unique(roads)) <= {0, 1}
        far = np.abs(built - ground) < 1e-3
        assert far.mean() > 0.3
        inside = ndimage.binary_erosion(roads == 1)
        if inside.sum() > 200:
            rough = np.abs(built - ndimage.gaussian_filter(built, 1.0))
            ratios.append(rough[inside].mean() / rough[far].mean())
    assert len(ratios) >= 3
    assert np.median(ratios) < 0.7, ratios


def test_causeways_stand_above_the_ground_beside_them() -> None:
    rng = np.random.default_rng(1)
    bog = (100 + ndimage.gaussian_filter(rng.normal(0, 0.3, (260, 260)), 1.5)).astype(np.float32)

    def rises(causeways: float) -> list[float]:
        found = []
        for seed in range(4):
            built, roads = build_roads(bog, 1.0, seed=seed, setting="forest", causeways=causeways)
            away = ndimage.distance_transform_edt(roads == 0)
            found.append(float(built[roads == 1].mean() - built[(away > 15) & (away < 25)].mean()))
        return found

    high, usual = rises(1.0), rises(0.0)
    assert min(high) > 0.2
    assert np.mean(high) > np.mean(usual) + 0.2


def test_a_bog_is_level_and_rough_and_never_the_same() -> None:
    bogs = [peatland(220, 0.5, seed=seed) for seed in range(6)]
    assert all(bog.shape == (220, 220) and bog.dtype == np.float32 for bog in bogs)
    assert np.array_equal(bogs[0], peatland(220, 0.5, seed=0))
    roughness = []
    for bog in bogs:
        assert np.ptp(ndimage.gaussian_filter(bog, 20)) < 5  # over 110 m
        roughness.append(float((bog - ndimage.gaussian_filter(bog, 4)).std()))
    # Of the height of kerbs and causeways, and differing from bog to bog.
    assert all(0.01 < rough < 0.4 for rough in roughness)
    assert max(roughness) > 1.5 * min(roughness)
    # Pools: some bogs hold patches that are level to the millimetre.
    assert any((ndimage.maximum_filter(b, 5) - ndimage.minimum_filter(b, 5) < 1e-3).mean() > 0.002 for b in bogs)


def test_bogs_are_generated_ground(places: Path) -> None:
    scenes = built_scenes([places], ["peatland"], 3, seed=5, size=128)
    assert [s.family for s in scenes] == ["synthetic-peatland"] * 3
    assert all(s.made and s.valid.all() and "CC0" in s.licence for s in scenes)
    assert any((s.labels["roads"] == 1).any() for s in scenes)


def test_ground_has_to_be_square() -> None:
    with pytest.raises(ValueError, match="200 x 100"):
        build_roads(rough_ground()[:, :100], 1.0, seed=0)


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A folder with a wood (surface and ground) and a moor (ground only, a third of it unknown)."""
    ground = rough_ground()
    for name, layers in (("wood", {"dem": ground + 20, "ground": ground}), ("moor", {"dem": ground})):
        (tmp_path / name).mkdir()
        for layer, values in layers.items():
            if name == "moor":
                values = values.copy()
                values[:, :60] = -9999
            with rasterio.open(
                tmp_path / name / f"{layer}.tif", "w", driver="GTiff", width=200, height=200, count=1, nodata=-9999,
                dtype="float32", crs="EPSG:25832", transform=from_origin(500_000, 5_000_000, 1, 1),
            ) as out:  # fmt: skip
                out.write(values, 1)
    with open(tmp_path / "scenes.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["scene", "use", "family", "resolution_m", "licence"])
        writer.writeheader()
        writer.writerows(
            {"scene": n, "use": "train", "family": n, "resolution_m": "1.0", "licence": "CC0"} for n in ("wood", "moor")
        )
    return tmp_path


def test_scenes_are_built_in_the_bare_earth_of_each_place_in_turn(places: Path) -> None:
    scenes = built_scenes([places], ["wood", "moor"], 4, seed=1, size=160)
    assert [s.family for s in scenes] == ["wood", "moor", "wood", "moor"]
    assert all(s.elevation.shape == (160, 160) and s.quality == "S" and set(s.labels) == {"roads"} for s in scenes)
    wood, moor = scenes[0], scenes[1]
    # 20 m higher is the surface, which is not what roads are built in.
    assert abs(float(np.median(wood.elevation)) - float(np.median(rough_ground()))) < 15
    assert wood.valid.all()
    assert 0.5 < moor.valid.mean() < 0.95
    assert (moor.elevation[~moor.valid] == 0).all()
    assert sum(int(s.labels["roads"].sum()) for s in scenes) > 500


def test_a_place_that_is_not_there_is_named(places: Path) -> None:
    with pytest.raises(TrainingError, match="'fen'"):
        built_scenes([places], ["wood", "fen"], 2)
