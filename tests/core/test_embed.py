"""A recipe from its first step to the table of families left out, on two tiny towns."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import torch
from rasterio.transform import from_origin
from test_learning import town

from dem_segmenter.errors import OptionError
from dem_segmenter.events import ConsoleReporter, Reporter
from dem_segmenter.learning import embed as embedding
from dem_segmenter.learning import leave_out as leaving_out
from dem_segmenter.learning import recipe_head
from dem_segmenter.learning.embed import embed
from dem_segmenter.learning.intermediate import Task
from dem_segmenter.learning.leave_out import leave_out
from dem_segmenter.learning.left_out_table import rows_of_earlier_run
from dem_segmenter.learning.scenes import Scene
from dem_segmenter.learning.training import TrainOptions
from dem_segmenter.modelfiles.loading import SegmentationModel, load_encoder, load_model
from dem_segmenter.modelfiles.store import load_tensors
from dem_segmenter.network.upernet import UperNetHead

RECIPE = """
title = "Tiny"
[synthetic.pretrain]
count = 1
size = 96
bare_earth_share = 0.0
[synthetic.train]
count = 1
size = 96
[encoder]
model = "vit_tiny_patch16_224"
tile = 64
blocks = [3, 5, 7, 11]
[pretrain]
iterations = 2
batch_size = 2
warmup = 1
[intermediate]
train = { iterations = 2, warmup = 1 }
[intermediate.tasks]
height = { chips = 1, ground = "any" }
buildings = { chips = 2, ground = "real", augment = { stereo = 0.5 } }
[leave_out]
together = [["one", "two"]]
[head]
width = 8
detail = 0
[inference]
overlap = 0.0
[train]
iterations = 2
batch_size = 2
warmup = 1
[heads.buildings]
title = "Buildings"
class = "building"
color = "#e4572e"
labels = ["buildings"]
synthetic_share = 0.5
threshold = 0.5
min_area = 0.0
description = "Buildings."
[heads.height]
title = "Height"
labels = ["height"]
classes = [
  { name = "a", color = "#d9ef8b" }, { name = "b", color = "#91cf60" }, { name = "c", color = "#fee08b" },
  { name = "d", color = "#fc8d59" }, { name = "e", color = "#d73027" },
]
augment = { vertical = [1.0, 1.0], canopy = 0.0 }
synthetic_share = 0.5
threshold = 0.5
min_area = 0.0
description = "Heights."
[folds]
one = ["first"]
two = ["second"]
three = ["third"]
"""


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """Three towns of three families, each with its ground and its buildings."""
    with open(tmp_path / "scenes.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["scene", "use", "family", "resolution_m", "label_quality", "licence"])
        for seed, family in enumerate(("first", "second", "third")):
            scene = town(seed, 96)
            writer.writerow([scene.name, "train", family, "1.0", "A", "CC0-1.0"])
            (tmp_path / scene.name).mkdir()
            profile = {"driver": "GTiff", "width": 96, "height": 96, "count": 1, "crs": "EPSG:32632"}
            profile["transform"] = from_origin(500_000, 5_000_000, 1, 1)
            label = scene.labels["target"]
            for name, values in (("dem", scene.elevation), ("ground", scene.elevation - 6 * label)):
                path = tmp_path / scene.name / f"{name}.tif"
                with rasterio.open(path, "w", dtype="float32", nodata=-9999, **profile) as out:
                    out.write(values.astype(np.float32), 1)
            with rasterio.open(tmp_path / scene.name / "buildings.tif", "w", dtype="uint8", **profile) as out:
                out.write(label, 1)
    return tmp_path


def test_families_left_out_are_unknown_to_the_encoder_too(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    seen: list[tuple[str, set[str]]] = []
    starts: list[bool] = []
    real, real_head = embedding.fine_tune, recipe_head.train_head

    def watched(encoder: object, encoding: object, tasks: dict[str, Task], *args: object, **options: object) -> object:
        families = {scene.family for task in tasks.values() for scene in task.scenes}
        seen.append((Path(str(options["checkpoint"])).name, families))
        assert not any(scene.made for scene in tasks["buildings"].scenes)
        assert tasks["buildings"].augment.stereo == 0.5
        return real(encoder, encoding, tasks, *args, **options)  # type: ignore[arg-type]

    def watched_head(*args: object, **options: object) -> object:
        starts.append(options["start"] is not None)
        return real_head(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(embedding, "fine_tune", watched)
    monkeypatch.setattr(recipe_head, "train_head", watched_head)
    cpu, models, work = torch.device("cpu"), tmp_path / "models", tmp_path / "work"
    files = embed(recipe, [places], models, work, ConsoleReporter(), device=cpu)
    assert set(files) == {"encoder", "buildings", "height"}
    card = load_encoder(models / "encoder.safetensors")[2]
    assert "fine-tuned on height, buildings" in card.description
    assert card.recipe["intermediate"]["tasks"]["height"] == {"chips": 1, "ground": "any"}
    assert load_model([models / "buildings.safetensors"], device=cpu).heads[0].card.encoder_sha256
    assert seen == [("intermediate.pt", {"first", "second", "third", "synthetic-suburb"})]

    assert starts == [True, True]

    seen.clear()
    rows = leave_out(
        recipe, [places], "buildings", models, work, tmp_path / "table.csv", ConsoleReporter(),
        iterations=2, device=cpu, update_card=False,
    )  # fmt: skip
    assert [(row.fold, row.family) for row in rows] == [("one", "first"), ("two", "second"), ("three", "third")]
    assert all(np.isnan(row.unet) for row in rows)
    for name, families in seen:
        left = {"intermediate-without-one+two.pt": {"first", "second"}, "intermediate-without-three.pt": {"third"}}
        assert not families & left[name]
    assert len(seen) == 3
    # How a head is run may change without its being trained again.
    before = load_tensors(models / "buildings.safetensors")
    assert before[0].edge_radius == 0.0
    recipe.write_text(
        recipe.read_text(encoding="utf-8").replace("threshold = 0.5\n", "threshold = 0.4\nedge_radius = 2.0\n", 1),
        encoding="utf-8",
    )
    rows = leave_out(
        recipe, [places], "buildings", models, work, tmp_path / "table.csv", ConsoleReporter(),
        iterations=2, device=cpu, update_card=True, only=["three"], unet_iterations=2, threshold=0.4,
    )  # fmt: skip
    assert [row.fold for row in rows] == ["three"]
    assert 0.0 <= rows[0].unet <= 1.0
    assert (work / "buildings-unet-without-three.pt").is_file()
    after = load_tensors(models / "buildings.safetensors")
    assert after[2] == before[2]
    assert (after[0].edge_radius, after[0].threshold) == (2.0, 0.4)
    # A slip of the pen is told before hours are spent, or nothing but the shipped head is measured.
    with pytest.raises(OptionError, match=r"no fold 'tree'\. Use one of one, two, three, shipped\."):
        leave_out(
            recipe, [places], "buildings", models, work, tmp_path / "table.csv", ConsoleReporter(),
            iterations=2, device=cpu, update_card=True, only=["three", "tree"],
        )  # fmt: skip
    # What was not run again stays in the table and in the card.
    table = rows_of_earlier_run(tmp_path / "table.csv")
    assert [row.fold for row in table] == ["one", "two", "three"]
    assert [row.threshold for row in table if row.fold == "three"] == [0.4]
    assert [figure["place"] for figure in after[0].metrics] == [row.scene for row in table]


def test_a_head_can_be_the_mean_of_one_with_and_one_without_drawn_labels(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The third town comes without labels, and somebody drew them.
    drawn = tmp_path / "drawn" / "buildings"
    drawn.mkdir(parents=True)
    third = places / town(2, 96).name
    (third / "buildings.tif").rename(drawn / f"{third.name}.tif")
    recipe = tmp_path / "tiny.toml"
    text = RECIPE.replace('title = "Tiny"', 'title = "Tiny"\ndrawn = "drawn"', 1)
    text = text.replace(
        'labels = ["buildings"]',
        'labels = ["buildings"]\nsoup = [{ drawn = false }, '
        "{ drawn = true, train = { small = 0.5 }, augment = { halls = 0.5 } }]",
    )
    text = text.replace("chips = 2, ", "chips = 2, drawn = false, ")
    recipe.write_text(text, encoding="utf-8")
    seen: list[list[str]] = []
    halls: list[float] = []
    small: list[float] = []
    real, real_head = embedding.fine_tune, recipe_head.train_head

    def watched(encoder: object, encoding: object, tasks: dict[str, Task], *args: object, **options: object) -> object:
        assert third.name not in [scene.name for scene in tasks["buildings"].scenes]
        return real(encoder, encoding, tasks, *args, **options)  # type: ignore[arg-type]

    def watched_head(
        encoder: object, encoding: object, scenes: list[Scene], head: object, train: TrainOptions, *args: object,
        **options: object,
    ) -> object:  # fmt: skip
        seen.append([scene.name for scene in scenes if not scene.made])
        small.append(train.small)
        halls.append(options["augment"].halls)  # type: ignore[attr-defined]
        return real_head(encoder, encoding, scenes, head, train, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(embedding, "fine_tune", watched)
    monkeypatch.setattr(recipe_head, "train_head", watched_head)
    cpu, models, work = torch.device("cpu"), tmp_path / "models", tmp_path / "work"
    embed(recipe, [places], models, work, ConsoleReporter(), device=cpu, only=["encoder", "buildings"])
    assert [third.name in names for names in seen] == [False, True]
    assert halls == [0.0, 0.5]
    assert small == [0.0, 0.5]
    first, second = (
        torch.load(work / f"{name}.pt", weights_only=True)["average"] for name in ("buildings", "buildings-2")
    )
    shipped = load_model([models / "buildings.safetensors"], device=cpu).heads[0]
    name = "fuse.0.weight"
    assert not torch.equal(first[name], second[name])
    mean = (first[name] + second[name]) / 2
    assert torch.allclose(shipped.network.state_dict()[name], mean, atol=1e-3)  # stored in half precision
    assert any("drawn by this project" in source["licence"] for source in shipped.card.training_data)

    # A place whose labels were drawn is measured like any other when its family is left out.
    rows = leave_out(
        recipe, [places], "buildings", models, work, tmp_path / "table.csv", ConsoleReporter(),
        iterations=2, device=cpu, update_card=False, only=["three"],
    )  # fmt: skip
    assert [(row.scene, row.quality) for row in rows] == [(third.name, "D")]


def test_heads_of_several_rounds_begin_with_the_mean_of_the_round_before(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "tiny.toml"
    text = RECIPE.replace(
        'labels = ["buildings"]', 'labels = ["buildings"]\nsoup = [{ seed = 0 }, { seed = 1 }]\nrounds = 2'
    )
    recipe.write_text(text, encoding="utf-8")
    runs: list[tuple[str, int, torch.Tensor, torch.Tensor]] = []
    real, name = recipe_head.train_head, "fuse.0.weight"

    def watched(*args: Any, checkpoint: Path, start: UperNetHead, **options: Any) -> tuple[UperNetHead, list[float]]:
        begun = start.state_dict()[name].clone()
        head, losses = real(*args, checkpoint=checkpoint, start=start, **options)
        runs.append((checkpoint.name, args[4].seed, begun, head.state_dict()[name].clone()))
        return head, losses

    monkeypatch.setattr(recipe_head, "train_head", watched)
    models = tmp_path / "models"
    embed(recipe, [places], models, tmp_path / "work", ConsoleReporter(), device=torch.device("cpu"),
          only=["encoder", "buildings"])  # fmt: skip
    first, second, third, fourth = runs
    names = ["buildings.pt", "buildings-2.pt", "buildings-round-2.pt", "buildings-round-2-2.pt"]
    assert [run[0] for run in runs] == names
    assert len({run[1] for run in runs}) == 4  # each sees other chips
    assert torch.equal(first[2], second[2])
    assert not torch.equal(first[3], second[3])
    for run in (third, fourth):
        assert torch.allclose(run[2], (first[3] + second[3]) / 2)
    shipped = load_model([models / "buildings.safetensors"], device="cpu").heads[0]
    mean = (third[3] + fourth[3]) / 2
    assert torch.allclose(shipped.network.state_dict()[name], mean, atol=1e-3)  # stored in half precision
    assert (shipped.card.recipe["averaged"], shipped.card.recipe["rounds"]) == (2, 2)


def test_pre_training_is_done_anew_where_it_has_seen_other_ground(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE, encoding="utf-8")
    trainings: list[int] = []
    real = embedding.pretrain

    def watched(scenes: list[Scene], *args: Any, **options: Any) -> object:
        trainings.append(len(scenes))
        return real(scenes, *args, **options)

    monkeypatch.setattr(embedding, "pretrain", watched)

    def run() -> int:
        embed(recipe, [places], tmp_path / "models", tmp_path / "work", ConsoleReporter(),
              device=torch.device("cpu"), only=["encoder"])  # fmt: skip
        return len(trainings)

    assert [run(), run()] == [1, 1]
    name = town(1, 96).name
    for file, add, wanted in (("buildings.tif", 0, 1), ("dem.tif", 1, 2)):  # labels are not looked at
        with rasterio.open(places / name / file, "r+") as raster:
            raster.write(np.roll(raster.read(1), 5, 0) + add, 1)
        assert run() == wanted
    assert run() == 2


def test_roads_left_out_are_measured_on_bare_earth_too(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Streets drawn in two towns whose buildings others labelled.
    drawn = tmp_path / "drawn" / "roads"
    drawn.mkdir(parents=True)
    names = [town(seed, 96).name for seed in (1, 2)]
    for name in names:
        with rasterio.open(places / name / "buildings.tif") as source:
            profile, street = source.profile, np.zeros(source.shape, np.uint8)
        street[40:46] = 1
        with rasterio.open(drawn / f"{name}.tif", "w", **profile) as out:
            out.write(street, 1)
    recipe = tmp_path / "tiny.toml"
    roads = RECIPE[RECIPE.index("[heads.buildings]") : RECIPE.index("[heads.height]")]
    roads = roads.replace("buildings", "roads").replace('"building"', '"road"') + "bare_earth = true\n"
    text = RECIPE.replace('title = "Tiny"', 'title = "Tiny"\ndrawn = "drawn"', 1)
    recipe.write_text(text.replace("[folds]", f"{roads}[folds]"), encoding="utf-8")
    cpu, models, work = torch.device("cpu"), tmp_path / "models", tmp_path / "work"
    learned: list[str] = []
    measured: list[str] = []
    real_head, real_probability = recipe_head.train_head, leaving_out.probability

    def watched_head(
        encoder: object, encoding: object, scenes: list[Scene], *args: object, **options: object
    ) -> object:
        learned[:] = [scene.name for scene in scenes if not scene.made]
        return real_head(encoder, encoding, scenes, *args, **options)  # type: ignore[arg-type]

    def watched(model: SegmentationModel, dem: Path, reporter: Reporter) -> tuple[np.ndarray, bool]:
        measured.append(f"{dem.parent.name}/{dem.name}")
        return real_probability(model, dem, reporter)

    monkeypatch.setattr(recipe_head, "train_head", watched_head)
    monkeypatch.setattr(leaving_out, "probability", watched)
    embed(recipe, [places], models, work, ConsoleReporter(), device=cpu, only=["encoder", "roads"])
    assert learned == [names[0], f"{names[0]}-bare", names[1], f"{names[1]}-bare"]
    rows = leave_out(
        recipe, [places], "roads", models, work, tmp_path / "table.csv", ConsoleReporter(),
        iterations=2, device=cpu, update_card=True, only=["three"],
    )  # fmt: skip
    assert learned == [names[0], f"{names[0]}-bare"]
    assert measured == [f"{names[1]}/dem.tif", f"{names[1]}/ground.tif"]
    assert [(row.scene, row.quality) for row in rows] == [(names[1], "D"), (f"{names[1]}-bare", "D")]
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "labels that we drew: mean IoU" in text
    assert "bare earth: mean IoU" in text
