"""Places to learn from: read from their folders, with labels that came with them or were drawn, and their trees."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from dem_segmenter.errors import TrainingError
from dem_segmenter.learning.recipe import Recipe, read_recipe
from dem_segmenter.learning.scenes import load_scene, load_scenes

ROOT = Path(__file__).resolve().parents[2]


def test_only_train_scenes_are_loaded(tmp_path: Path) -> None:
    with open(tmp_path / "scenes.csv", "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["scene", "use", "family", "resolution_m", "label_quality", "licence"])
        for name, use in (("a", "train"), ("b", "demo"), ("c", "tune-only")):
            writer.writerow([name, use, name, "1.0", "A", "CC0-1.0"])
            (tmp_path / name).mkdir()
            profile = {"driver": "GTiff", "width": 30, "height": 20, "count": 1, "crs": "EPSG:32632"}
            profile["transform"] = from_origin(0, 20, 1, 1)
            z = np.full((1, 20, 30), 5, np.float32)
            z[0, 0, 0] = -9999
            with rasterio.open(tmp_path / name / "dem.tif", "w", dtype="float32", nodata=-9999, **profile) as out:
                out.write(z)
            with rasterio.open(tmp_path / name / "buildings.tif", "w", dtype="uint8", **profile) as out:
                out.write(np.ones((1, 20, 30), np.uint8))
    (scene,) = load_scenes([tmp_path])
    assert scene.name == "a"
    assert not scene.valid[0, 0]
    assert scene.valid.sum() == 599
    recipe = read_recipe(ROOT / "models" / "recipe.toml")
    assert [s.labels["target"].sum() for s in recipe.labelled([scene], "buildings")] == [600]
    assert recipe.labelled([scene], "buildings", without=["a"]) == []
    assert recipe.labelled([scene], "roads") == []


def write_raster(path: Path, values: np.ndarray) -> None:
    profile = {"driver": "GTiff", "width": values.shape[1], "height": values.shape[0], "count": 1, "crs": "EPSG:32632"}
    profile["transform"] = from_origin(0, values.shape[0], 1, 1)
    nodata = None if values.dtype == np.uint8 else -9999
    with rasterio.open(path, "w", dtype=values.dtype.name, nodata=nodata, **profile) as out:
        out.write(values, 1)


@pytest.mark.parametrize(("quality", "planted"), [("A", True), ("B", True), ("C", False)])
def test_trees_of_well_labelled_places_can_be_planted_elsewhere(tmp_path: Path, quality: str, planted: bool) -> None:
    ground = np.full((40, 60), 100, np.float32)
    surface, buildings = ground.copy(), np.zeros(ground.shape, np.uint8)
    surface[5:15, 5:15] += 7  # a house ...
    buildings[5:15, 5:15] = 1
    surface[5:15, 15:18] += 9  # ... a tree at its wall, one away from it, and a car
    surface[25:35, 40:50] += 12
    surface[25:28, 10:14] += 1.5
    for name, values in (("dem", surface), ("ground", ground), ("buildings", buildings)):
        write_raster(tmp_path / f"{name}.tif", values)
    row = {"family": "f", "resolution_m": "1.0", "label_quality": quality, "licence": "CC0-1.0"}
    scene = load_scene(tmp_path, row)
    assert scene.standing is not None
    assert scene.standing.max() == 12
    assert (scene.canopy is not None) == planted
    if scene.canopy is not None:
        assert scene.canopy[30, 45] == 12
        assert scene.canopy[10, 17] == 9  # three metres from the wall
        assert not scene.canopy[:, :17].any()


def drawn_label(folder: Path, values: np.ndarray) -> Path:
    (folder / "buildings").mkdir(parents=True)
    write_raster(folder / "buildings" / "place.tif", values)
    return folder


def place_without_labels(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """A folder of scenes with one house of 7 m beside one tree of 9 m and a table."""
    surface, label = np.full((120, 160), 100, np.float32), np.zeros((120, 160), np.uint8)
    surface[20:40, 20:40] += 7
    label[20:40, 20:40] = 1
    surface[80:90, 100:110] += 9
    (tmp_path / "scenes" / "place").mkdir(parents=True)
    write_raster(tmp_path / "scenes" / "place" / "dem.tif", surface)
    (tmp_path / "scenes" / "scenes.csv").write_text(
        "scene,use,family,resolution_m,licence\nplace,train,place,1.0,CC0-1.0\n"
    )
    return tmp_path / "scenes", label


def test_labels_that_were_drawn_serve_places_that_come_without(tmp_path: Path) -> None:
    scenes, label = place_without_labels(tmp_path)
    drawn = drawn_label(tmp_path / "labels", label)
    (plain,) = load_scenes([scenes])
    assert not plain.labels
    (scene,) = load_scenes([scenes], drawn=drawn)
    assert (scene.labels["buildings"] == label).all()
    assert scene.quality == "D"
    assert "drawn by this project" in scene.licence
    # The tree can be planted elsewhere, though nobody knows the bare earth here; the house cannot.
    assert scene.canopy is not None
    assert scene.canopy[85, 105] == pytest.approx(9, abs=0.5)
    assert not scene.canopy[15:45, 15:45].any()


def test_labels_that_were_drawn_do_not_take_the_place_of_others(tmp_path: Path) -> None:
    scenes, label = place_without_labels(tmp_path)
    write_raster(scenes / "place" / "buildings.tif", label)
    (scene,) = load_scenes([scenes], drawn=drawn_label(tmp_path / "labels", 1 - label))
    assert (scene.labels["buildings"] == label).all()
    assert scene.quality == ""


def roads_recipe(bare_earth: bool) -> Recipe:
    recipe = read_recipe(ROOT / "models" / "recipe.toml")
    heads = recipe.values["heads"]
    roads = {**heads["roads"], "labels": ["roads", "paved"], "bare_earth": bare_earth}
    return replace(recipe, values={**recipe.values, "heads": {**heads, "roads": roads}})


def test_roads_drawn_where_buildings_were_labelled_by_others(tmp_path: Path) -> None:
    scenes, label = place_without_labels(tmp_path)
    (scenes / "scenes.csv").write_text(
        "scene,use,family,resolution_m,licence,label_quality\nplace,train,place,1.0,CC0-1.0,A\n"
    )
    street, paved = np.zeros_like(label), np.ones_like(label)
    street[100:106] = 1
    paved[:50] = 0
    write_raster(scenes / "place" / "buildings.tif", label)
    write_raster(scenes / "place" / "paved.tif", paved)
    drawn = tmp_path / "labels"
    (drawn / "roads").mkdir(parents=True)
    write_raster(drawn / "roads" / "place.tif", street)
    (scene,) = load_scenes([scenes], drawn=drawn)
    assert scene.drawn == {"roads"}
    recipe = roads_recipe(bare_earth=False)
    # Each label keeps the quality it has: drawing roads makes no drawn label of the buildings.
    (buildings,) = recipe.labelled([scene], "buildings", drawn=False)
    assert buildings.quality == "A"
    (roads,) = recipe.labelled([scene], "roads")
    assert roads.quality == "D"
    assert (roads.labels["target"] == street).all()
    # Without what we drew, what stands in for it.
    (rest,) = recipe.labelled([scene], "roads", drawn=False)
    assert rest.quality == "C"
    assert (rest.labels["target"] == np.where(paved == 0, 0, 255)).all()


def test_roads_are_learned_on_the_bare_earth_of_a_place_too(tmp_path: Path) -> None:
    scenes, label = place_without_labels(tmp_path)
    street = np.zeros_like(label)
    street[100:106] = 1
    write_raster(scenes / "place" / "roads.tif", street)
    ground = np.full(label.shape, 100, np.float32)
    ground[:10] = -9999
    write_raster(scenes / "place" / "ground.tif", ground)
    recipe = roads_recipe(bare_earth=True)
    surface, bare = recipe.labelled(load_scenes([scenes]), "roads")
    assert surface.elevation.max() == 109
    assert (bare.elevation[10:] == 100).all()
    assert bare.valid[10:].all()
    assert not bare.valid[:10].any()
    assert (bare.labels["target"] == street).all()
    assert bare.family == surface.family  # left out together
    assert [s.name for s in recipe.labelled(load_scenes([scenes]), "roads", without=["place"])] == []
    assert [s.name for s in roads_recipe(bare_earth=False).labelled(load_scenes([scenes]), "roads")] == ["place"]


def test_a_label_that_was_drawn_on_another_grid(tmp_path: Path) -> None:
    scenes, label = place_without_labels(tmp_path)
    with pytest.raises(TrainingError, match="not on the grid of 'place'"):
        load_scenes([scenes], drawn=drawn_label(tmp_path / "labels", label[:, 1:]))


def test_every_label_that_was_drawn_says_yes_no_or_unknown() -> None:
    recipe = read_recipe(ROOT / "models" / "recipe.toml")
    labels = sorted((ROOT / "models" / recipe.values["drawn"]).glob("*/*.tif"))
    assert labels
    for path in labels:
        with rasterio.open(path) as source:
            assert source.nodata == 255
            assert set(np.unique(source.read(1))) <= {0, 1, 255}, path.name
        assert path.parent.name in recipe.tasks


def test_a_forest_that_is_known_to_hold_no_building_lends_its_trees(tmp_path: Path) -> None:
    ground = np.full((40, 60), 100, np.float32)
    write_raster(tmp_path / "ground.tif", ground)
    write_raster(tmp_path / "dem.tif", ground + np.float32(15))
    row = {"family": "f", "resolution_m": "1.0", "label_quality": "", "licence": "CC0-1.0"}
    recipe = read_recipe(ROOT / "models" / "recipe.toml")
    scene = load_scene(tmp_path, row)
    assert scene.canopy is None
    assert recipe.labelled([scene], "buildings") == []
    (empty,) = recipe.labelled([replace(scene, name="nz_native_forest")], "buildings")
    assert not empty.labels["target"].any()
    assert empty.canopy is not None
    assert (empty.canopy == 15).all()
