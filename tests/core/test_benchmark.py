"""The low-label benchmark: its chips, its cells, what is run again and what is not, its tables."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from segmenting import MemoryReporter

from dem_segmenter.benchmark import cells as cells_module
from dem_segmenter.benchmark import run as running
from dem_segmenter.benchmark import tables
from dem_segmenter.benchmark.cells import Cell, PlainChips, Result, Setup, build, run_cell, store, stored, take_up
from dem_segmenter.benchmark.data import ChipData, spoil, synthetic_data
from dem_segmenter.benchmark.questions import QUESTIONS
from dem_segmenter.benchmark.run import (
    Data,
    Plan,
    five_cells,
    low_label_cells,
    noise_cells,
    question_cells,
    real_cells,
    run_cells,
    start_cells,
)
from dem_segmenter.errors import OptionError
from dem_segmenter.learning.augmentation import SURVEYED, AugmentOptions
from dem_segmenter.learning.cutting import class_share
from dem_segmenter.learning.recipe import Recipe
from dem_segmenter.learning.training import TrainOptions
from dem_segmenter.modelfiles.card import embedded_folder
from dem_segmenter.modelfiles.loading import load_head
from dem_segmenter.network.segmentation import HeadOnEncoder

CELL = Cell("synthetic", "buildings", "mae", 10, 0, 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ChipData:
    return synthetic_data("buildings", 168.0, 20.0, tmp_path_factory.mktemp("places"), pool=12, validation=4, test=6)


def setup(folder: Path) -> Setup:
    return Setup(embedded_folder() / "encoder.safetensors", folder, torch.device("cpu"))


def result(cell: Cell, iou: float) -> Result:
    return Result(cell, iou, 0.5, 0.5, 0.5, iou, 2, 0.3, 1000, 1.0, setup(Path()).weights(cell))


def test_chips_share_no_place_and_fewer_are_a_subset_of_more(data: ChipData) -> None:
    assert [len(part) for part in (data.pool, data.validation, data.test)] == [12, 4, 6]
    places = [{c.name.split("/")[0] for c in part} for part in (data.pool, data.validation, data.test)]
    assert not places[0] & places[1]
    assert not places[0] & places[2]
    assert not places[1] & places[2]
    assert all(class_share(c) > 0.01 for c in (*data.pool, *data.validation))
    few, many = data.training(3, 5), data.training(9, 5)
    assert [c.name for c in many[:3]] == [c.name for c in few]
    assert [c.name for c in data.training(3, 6)] != [c.name for c in few]


def test_wrong_labels_change_nothing_but_labels(data: ChipData) -> None:
    spoiled = spoil(data.pool, "shifted", 0)
    again = spoil(data.pool, "shifted", 0)
    for right, wrong, same in zip(data.pool, spoiled, again, strict=True):
        assert right.elevation is wrong.elevation
        assert np.array_equal(wrong.labels["target"], same.labels["target"])
    assert any(
        not np.array_equal(a.labels["target"], b.labels["target"]) for a, b in zip(data.pool, spoiled, strict=True)
    )


@pytest.mark.parametrize(("method", "channels"), [("mae", 7), ("random", 7), ("unet", 7), ("unet-minmax", 1)])
def test_every_method_gets_its_network(method: str, channels: int, tmp_path: Path) -> None:
    network, encoding, tile = build(replace(CELL, method=method), setup(tmp_path), TrainOptions())
    assert encoding.channels == channels
    assert tile == 224
    with torch.inference_mode():
        assert network(torch.randn(2, channels, 224, 224))[0].shape == (2, 2, 224, 224)


@pytest.mark.parametrize(
    ("name", "channels", "blocks"),
    [
        ("blocks-8-9-10-11", 7, (8, 9, 10, 11)),
        ("encoding-tanh", 6, (3, 5, 7, 11)),
        ("encoding-minmax", 1, (3, 5, 7, 11)),
    ],
)
def test_a_variant_changes_one_thing(name: str, channels: int, blocks: tuple[int, ...], tmp_path: Path) -> None:
    network, encoding, tile = build(replace(CELL, variant=name), setup(tmp_path), TrainOptions())
    assert isinstance(network, HeadOnEncoder)
    assert (encoding.channels, network.encoder.options.blocks, tile) == (channels, blocks, 224)
    assert not any(p.requires_grad for p in network.encoder.parameters())
    shipped, _, _ = build(CELL, setup(tmp_path), TrainOptions())
    assert isinstance(shipped, HeadOnEncoder)
    same = torch.equal(network.encoder.vit.blocks[0].attn.qkv.weight, shipped.encoder.vit.blocks[0].attn.qkv.weight)
    assert same == name.startswith("blocks")
    # What a cell stands on: the encoder's weights, or how it reads elevation where nobody trained it.
    weights = [setup(tmp_path).weights(replace(CELL, variant=v)) for v in (name, "no-start", "untrained")]
    assert (weights[0] == weights[1]) == same
    assert weights[0] != weights[2]
    with torch.inference_mode():
        assert network(torch.randn(2, channels, 224, 224))[0].shape == (2, 2, 224, 224)


def test_questions_say_what_they_need(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="as masked pre-training left it"):
        build(replace(CELL, variant="masked-only"), setup(tmp_path), TrainOptions())

    class Nothing:
        folders: tuple[Path, ...] = ()

    with pytest.raises(OptionError, match="pre-trains encoders of its own"):
        run_cells([replace(CELL, variant="mask-25")], Nothing(), setup(tmp_path), MemoryReporter())  # type: ignore[arg-type]
    names = [name for question in QUESTIONS.values() for name in question]
    cells = [c for question in QUESTIONS for c in question_cells(Plan(), question)]
    assert {c.variant for c in cells} == set(names)
    assert {(c.task, c.chips) for c in cells} == {("buildings", 50), ("roads", 50)}
    assert {c.chips for c in five_cells(Plan())} == {5}


def test_tables_of_questions() -> None:
    cells = question_cells(Plan(tasks=("buildings",)), "blocks")
    results = [result(c, 0.5 + 0.1 * (c.variant == "blocks-11")) for c in cells]
    page = tables.page({"blocks": results, "five": [result(c, 0.25) for c in five_cells(Plan())]}, 150)
    assert "| 3, 5, 7, 11 (the paper's) | 50.0 |" in page
    assert "| 11, 11, 11, 11 | **60.0** |" in page
    assert "| roads | **25.0** |" in page


def test_a_head_can_start_from_the_embedded_one_of_its_class(tmp_path: Path) -> None:
    cells = start_cells(Plan())
    started = next(c for c in cells if c.task == "buildings" and c.variant == "class-start")
    network, _, _ = build(started, setup(tmp_path), TrainOptions())
    embedded = load_head(embedded_folder() / "buildings.safetensors")
    for name, value in network.kept.state_dict().items():
        assert torch.equal(value, embedded.state_dict()[name])
    assert setup(tmp_path).weights(started) != setup(tmp_path).weights(replace(started, variant=""))
    page = tables.page({"start": [result(c, 0.5) for c in cells], "low-label": [result(CELL, 0.4)]}, 2)
    assert "| buildings | 10 | **50.0** | 40.0 | **50.0** |" in page


def test_the_random_encoder_is_random_and_frozen(tmp_path: Path) -> None:
    trained, _, _ = build(CELL, setup(tmp_path), TrainOptions())
    fresh, _, _ = build(replace(CELL, method="random"), setup(tmp_path), TrainOptions())
    assert not torch.equal(trained.encoder.vit.blocks[0].attn.qkv.weight, fresh.encoder.vit.blocks[0].attn.qkv.weight)
    assert not any(p.requires_grad for p in fresh.encoder.parameters())


def test_real_places_are_augmented_as_a_users_are_and_their_figures_know(tmp_path: Path) -> None:
    from dem_segmenter.benchmark.cells import augmentation
    from dem_segmenter.learning.head_from_labels import AUGMENTATIONS

    real = replace(CELL, data="one")
    assert augmentation(real) == AUGMENTATIONS["full"] != augmentation(CELL)
    for method in ("unet", "unet-minmax"):
        made, surveyed = (setup(tmp_path).weights(replace(c, method=method)) for c in (CELL, real))
        assert surveyed.startswith(made)
        assert surveyed != made
    # Heads are not given all features in training, but where a question is about the encoder.
    assert "dropout" in setup(tmp_path).weights(CELL)
    assert "dropout" not in setup(tmp_path).weights(replace(CELL, method="unet"))
    assert "dropout" not in setup(tmp_path).weights(replace(CELL, variant="no-start"))


def test_imagenet_needs_the_users_weights(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="no ImageNet MAE weights"):
        build(replace(CELL, method="imagenet"), setup(tmp_path), TrainOptions())


def test_a_cell_end_to_end(data: ChipData, tmp_path: Path) -> None:
    plain = PlainChips(data.validation, data.test[:2])
    found, training = run_cell(
        CELL, setup(tmp_path), data.training(4, 0), plain, MemoryReporter(), progress=(0.0, 100.0)
    )
    assert 0 <= found.iou <= 1
    assert found.threshold == training.best.threshold  # type: ignore[union-attr]
    store(found, tmp_path)
    assert stored(CELL, setup(tmp_path)) == found
    assert stored(replace(CELL, seed=1), setup(tmp_path)) is None
    assert not list((tmp_path / "checkpoints").iterdir())


def test_what_has_been_run_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Cell] = []

    def pretend(cell: Cell, *_: object, **__: object) -> tuple[Result, None]:
        ran.append(cell)
        return result(cell, 0.5), None

    class Chips(Data):
        def __init__(self) -> None:
            self.get = lambda name, task: ChipData((), (), ())  # type: ignore[method-assign, assignment]
            self.plain = lambda name, task: PlainChips((), ())  # type: ignore[method-assign, assignment]

    monkeypatch.setattr(running, "run_cell", pretend)
    cells = low_label_cells(Plan(methods=("mae", "unet-minmax"), sizes=(10, 50)))
    store(result(cells[3], 0.9), tmp_path)
    done = run_cells(cells, Chips(), setup(tmp_path), MemoryReporter())
    assert [r.cell for r in done] == cells
    assert ran == [c for i, c in enumerate(cells) if i != 3]
    run_cells(cells, Chips(), setup(tmp_path), MemoryReporter())
    assert len(ran) == len(cells) - 1


def test_figures_of_other_weights_are_run_again(tmp_path: Path) -> None:
    store(replace(result(CELL, 0.9), weights="another"), tmp_path)
    assert stored(CELL, setup(tmp_path)) is None
    unet = replace(CELL, method="unet-minmax")
    store(replace(result(unet, 0.8)), tmp_path)
    assert stored(unet, replace(setup(tmp_path), encoder_path=tmp_path / "elsewhere")) is not None
    ours, dropped = setup(tmp_path).weights(replace(CELL, method="unet")), "+dropout-0.5"
    assert ours + dropped == setup(tmp_path).weights(replace(CELL, method="random")) != setup(tmp_path).weights(CELL)
    start = embedded_folder() / "height.safetensors"
    begun = replace(setup(tmp_path), start_path=start)
    assert begun.weights(CELL) != setup(tmp_path).weights(CELL)
    assert begun.weights(replace(CELL, variant="no-start")) + dropped == setup(tmp_path).weights(CELL)


def test_a_table_is_gone_on_with(tmp_path: Path) -> None:
    table, work = tmp_path / "table.csv", tmp_path / "work"
    others = [replace(CELL, method="unet-minmax"), replace(CELL, seed=1, noise="ragged", remedy="robust")]
    tables.write_csv([result(c, 0.25) for c in (CELL, *others)], table)
    store(result(CELL, 0.75), work)
    take_up(table, work)
    assert stored(CELL, setup(work)) == result(CELL, 0.75), "what is there stays"
    for cell in others:
        assert stored(cell, setup(work)) == result(cell, 0.25)
    take_up(tmp_path / "none.csv", work)


def test_a_table_of_stored_figures_outlives_the_weights_they_were_made_with(tmp_path: Path) -> None:
    gone = replace(setup(tmp_path), fold_encoders=tmp_path)
    cell = replace(CELL, data="one")
    store(result(cell, 0.5), tmp_path)
    with pytest.raises(OptionError, match="fold one"):
        stored(cell, gone)
    assert stored(cell, replace(gone, stored_only=True)) == result(cell, 0.5)


def test_augmentation_that_is_off_is_no_part_of_what_a_figure_stands_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = replace(CELL, data="one", method="unet-minmax")
    before = setup(tmp_path).weights(cell)
    monkeypatch.setattr(cells_module, "SURVEYED", replace(SURVEYED, facets=0.3))
    assert setup(tmp_path).weights(cell) != before

    @dataclass(frozen=True)
    class Later(AugmentOptions):
        thought_of_later: float = 0.0

    monkeypatch.setattr(cells_module, "SURVEYED", Later(**asdict(SURVEYED)))
    assert setup(tmp_path).weights(cell) == before


def test_a_fold_gets_an_encoder_that_has_not_seen_it(tmp_path: Path) -> None:
    for name in ("encoder-without-one+four", "encoder-without-two"):
        (tmp_path / f"{name}.safetensors").write_bytes(b"")
    folds = replace(setup(tmp_path), fold_encoders=tmp_path, start_path=tmp_path / "height.safetensors")
    assert folds.encoder_for(replace(CELL, data="four")).stem == "encoder-without-one+four"
    assert folds.start_for(replace(CELL, data="four")) is None, "a head of another encoder"
    assert folds.start_for(CELL) is not None
    with pytest.raises(OptionError, match="fold three"):
        folds.encoder_for(replace(CELL, data="three"))
    assert folds.encoder_for(replace(CELL, data="three", method="random")) == folds.encoder_path
    recipe = Recipe(Path(), {"intermediate": {"tasks": {}}}, *[None] * 3, folds={"one": ["a"]})  # type: ignore[arg-type]
    assert [c.data for c in real_cells(Plan(methods=("mae",)), recipe, folds)] == ["one"]
    with pytest.raises(OptionError, match="has seen heights"):
        real_cells(Plan(), recipe, setup(tmp_path))


def test_the_plan_has_every_cell_of_the_paper() -> None:
    cells = low_label_cells(Plan())
    assert len(cells) == len(set(cells))
    for task in ("buildings", "roads"):
        for size in (10, 50, 200, 450):
            for method, seeds in (("mae", 3), ("unet-minmax", 3), ("unet", 1), ("random", 1)):
                found = [c for c in cells if (c.task, c.chips, c.method) == (task, size, method)]
                assert len(found) == min(seeds, 2 if size == 450 else 3)
    assert len({c.key for c in [*cells, *noise_cells(Plan())]}) == len(cells) + len(noise_cells(Plan()))


def test_tables(tmp_path: Path) -> None:
    plan = Plan(methods=("mae", "unet-minmax"))
    cells = low_label_cells(plan)
    results = [result(c, 0.4 + 0.1 * (c.method == "mae") + 0.02 * c.seed) for c in cells]
    page = tables.page({"low-label": results, "noise": [result(c, 0.3) for c in noise_cells(plan)]}, 150)
    assert "| buildings | 10 | **52.0 ± 2.0** | 42.0 ± 2.0 | 55.5 | 27.9 |" in page
    assert "| roads | 450 | **51.0 ± 1.4** | 41.0 ± 1.4 | 82.7 | 78.4 |" in page
    assert "| 50 | right | **50.0** | 30.0 |" in page  # the first seed's own figure
    tables.write_csv(results, tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(cells)
    assert rows[0]["method"] == "mae"
    assert float(rows[0]["iou"]) == 0.5
