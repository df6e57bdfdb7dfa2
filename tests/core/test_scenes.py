"""Synthetic scenes: repeatable, labels that agree with the relief, and files that GIS programs can read."""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
import pytest
import rasterio
from scipy import ndimage

from dem_segmenter.commands import synthesize
from dem_segmenter.errors import DemSegmenterError, OptionError
from dem_segmenter.events import JsonReporter
from dem_segmenter.scenes import SENSORS, SETTINGS, SceneOptions, generate

ARRAYS = ("dem", "ground", "bare_earth", "dem_without_trees", "buildings", "roads")
BUILT = ("suburb", "village", "city", "old_town", "industrial")


def scene(setting: str, seed: int = 3, sensor: str = "lidar_dense", size: int = 320, **more):
    return generate(SceneOptions(size=size, seed=seed, setting=setting, sensor=sensor, **more))


@pytest.fixture(scope="module")
def built():
    return {setting: scene(setting) for setting in BUILT}


def test_the_same_options_give_the_same_scene():
    np.random.seed(1)
    first = scene("mixed", seed=11, sensor="any", size=160)
    np.random.seed(2)
    second = scene("mixed", seed=11, sensor="any", size=160)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)
    assert first.setting == second.setting != "mixed"
    assert first.sensor == second.sensor != "any"


def test_another_seed_gives_another_place():
    assert not np.array_equal(scene("suburb", 1, size=160).buildings, scene("suburb", 2, size=160).buildings)


def test_the_sensor_does_not_change_the_place():
    one, other = scene("village", 6, "lidar_dense", size=160), scene("village", 6, "stereo", size=160)
    for name in ("ground", "buildings", "roads"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert not np.array_equal(one.dem, other.dem)


def test_mixed_reaches_every_setting():
    drawn = {scene("mixed", seed, size=64).setting for seed in range(60)}
    assert drawn == set(SETTINGS) - {"mixed"}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("resolution", [0.4, 2.0])
def test_every_setting_is_well_formed(setting, resolution):
    made = scene(setting, 5, "any", size=150, resolution=resolution)
    for name in ARRAYS:
        array = getattr(made, name)
        assert array.shape == (150, 150), name
        assert array.dtype == (np.uint8 if name in ("buildings", "roads") else np.float32), name
    assert np.isfinite(made.ground).all()
    assert np.isfinite(made.dem_without_trees).all()
    assert set(np.unique(made.buildings)) | set(np.unique(made.roads)) <= {0, 1}
    assert not (made.buildings & made.roads).any()
    assert np.isfinite(made.dem).mean() > 0.4


@pytest.mark.parametrize("sensor", SENSORS)
def test_every_sensor_keeps_the_relief(sensor):
    made = scene("suburb", 4, sensor, gaps=False)
    height = made.dem - made.ground
    assert np.isfinite(made.dem).all()
    assert np.isfinite(made.bare_earth).all()
    assert np.median(height[made.buildings == 1]) > 2.5
    assert np.median(np.abs(made.bare_earth - made.ground)) < 0.3


@pytest.mark.parametrize("setting", BUILT)
def test_buildings_stand_above_the_ground(built, setting):
    made = built[setting]
    inside = made.buildings == 1
    assert 0.01 < inside.mean() < 0.8
    height = (made.dem_without_trees - made.ground)[inside]
    assert (height > 2.0).mean() > 0.95
    # Away from their edges nothing else built is as high as a house, bridges and lorries apart.
    outside = ndimage.binary_erosion(~inside, iterations=3)
    assert ((made.dem_without_trees - made.ground)[outside] > 2.0).mean() < 0.06


@pytest.mark.parametrize("setting", BUILT)
def test_the_surface_is_not_below_the_ground(built, setting):
    made = built[setting]
    known = np.isfinite(made.dem)
    # Shots that fell beside their pixel's centre may be lower by what the ground drops within a pixel.
    drop = made.ground - ndimage.minimum_filter(made.ground, 3)
    assert ((made.dem - made.ground + drop)[known] > -0.3).mean() > 0.998


@pytest.mark.parametrize("setting", ["farmland", "village", "forest"])
def test_roads_are_smoother_than_the_land_beside_them(setting):
    rough_road, rough_land = [], []
    for seed in range(4):
        made = scene(setting, seed, resolution=0.4)
        away = ndimage.distance_transform_edt(made.roads == 0)
        inside = ndimage.binary_erosion(made.roads == 1, iterations=2)
        bump = np.abs(ndimage.gaussian_laplace((made.ground - made.ground.mean()).astype(float), 1.0))
        if inside.sum() < 50:
            continue
        rough_road.append(np.median(bump[inside]))
        rough_land.append(np.median(bump[(away > 8) & (made.buildings == 0)]))
    assert len(rough_road) >= 2
    assert np.mean(rough_road) < 0.6 * np.mean(rough_land)


def test_bare_earth_has_neither_houses_nor_trees(built):
    made = built["suburb"]
    known = np.isfinite(made.bare_earth)
    assert (np.abs(made.bare_earth - made.ground)[known] < 1.0).mean() > 0.98
    assert (np.abs(made.dem - made.ground)[known] < 1.0).mean() < 0.92


def test_wide_holes_in_the_ground_points_are_filled():
    # So many holes that not all of them are triangulated.
    made = generate(SceneOptions(seed=116))
    known = np.isfinite(made.bare_earth)
    assert np.abs(made.bare_earth - made.ground)[known].max() < 15.0


def test_trees_are_only_added():
    made = scene("forest", 2, gaps=False)
    assert (made.dem - made.dem_without_trees > 2.0).mean() > 0.15
    assert (made.dem - made.dem_without_trees > -0.5).mean() > 0.99


def test_gaps_are_optional():
    seeds = range(24)
    assert any(np.isnan(scene("farmland", seed, "any", size=96).dem).any() for seed in seeds)
    assert not any(np.isnan(scene("farmland", seed, "any", size=96, gaps=False).dem).any() for seed in seeds)


def test_a_scene_is_made_in_seconds():
    start = time.process_time()
    scene("city", 1, "lidar_sparse", size=512)
    assert time.process_time() - start < 10.0


@pytest.mark.parametrize(
    "wrong",
    [{"size": 10}, {"size": 100_000}, {"resolution": 0.0}, {"resolution": float("nan")}, {"seed": -1},
     {"setting": "moon"}, {"sensor": "eye"}],
)  # fmt: skip
def test_wrong_options_are_refused_with_advice(wrong):
    with pytest.raises(OptionError) as caught:
        SceneOptions(**wrong)
    assert caught.value.advice


def test_the_command_writes_a_scene(tmp_path, capfd):
    folder = tmp_path / "new" / "scene"
    arguments = [str(folder), "--size", "300", "--resolution", "0.5", "--seed", "8", "--setting", "suburb"]
    status = _run(arguments)
    events = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert status == 0
    assert events[-1]["event"] == "result"
    assert events[-1]["statistics"]["setting"] == "suburb"
    expected = generate(SceneOptions(300, 0.5, 8, "suburb"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.tif" for name in events[-1]["outputs"]), (
        "nothing but the outputs is left"
    )
    for name, path in events[-1]["outputs"].items():
        with rasterio.open(path) as file:
            assert file.crs.to_epsg() == 32632
            assert file.res == (0.5, 0.5)
            assert file.nodata == (255 if name in ("buildings", "roads") else -9999)
            assert file.profile["tiled"]
            assert file.profile["compress"] == "deflate"
            assert "synthetic" in file.tags()["PLACE"]
            values = file.read(1, masked=True)
        array = getattr(expected, name)
        known = np.isfinite(array)
        np.testing.assert_array_equal(np.ma.getmaskarray(values), ~known)
        np.testing.assert_array_equal(values.data[known], array[known])


def test_the_command_refuses_an_unknown_setting(tmp_path, capfd):
    assert _run([str(tmp_path / "scene"), "--setting", "moon"]) == 1
    last = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert last["kind"] == "OptionError"
    assert "suburb" in last["advice"]
    assert not (tmp_path / "scene").exists()


def test_the_command_leaves_files_of_others_alone(tmp_path, capfd):
    folder = tmp_path / "project"
    assert _run([str(folder), "--size", "64"]) == 0
    assert _run([str(folder), "--size", "64", "--seed", "1"]) == 0  # its own scene is replaced
    with rasterio.open(folder / "dem.tif", "r+") as file:
        file.update_tags(PLACE="our county")
    before = (folder / "dem.tif").read_bytes()
    assert _run([str(folder), "--size", "64"]) == 1
    assert "is there already" in json.loads(capfd.readouterr().out.splitlines()[-1])["message"]
    assert (folder / "dem.tif").read_bytes() == before


def _run(arguments: list[str]) -> int:
    """The command as `cli.main` runs it, without needing the other jobs."""
    parser = argparse.ArgumentParser()
    synthesize.add_arguments(parser)
    reporter = JsonReporter(sys.stdout)
    try:
        result = synthesize.run(parser.parse_args(arguments), reporter)
    except DemSegmenterError as error:
        reporter.error(error)
        return 1
    reporter.result(result.outputs, result.statistics)
    return 0
