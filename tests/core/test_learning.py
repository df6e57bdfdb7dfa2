"""Chips, metrics, pre-training, training, the classical answer, recipes; small networks, real behaviour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.errors import CancelledError, TrainingError
from dem_segmenter.events import ConsoleReporter
from dem_segmenter.learning.augmentation import PLAIN, AugmentOptions, faceted, hummocks, levelled, lies_level
from dem_segmenter.learning.chips import ChipPool, View, cut_chip, make_view
from dem_segmenter.learning.classical import classical_buildings
from dem_segmenter.learning.metrics import Counts, compare
from dem_segmenter.learning.pretrain import PretrainOptions, pretrain
from dem_segmenter.learning.pretraining import schedule
from dem_segmenter.learning.recipe import read_recipe
from dem_segmenter.learning.scenes import Scene
from dem_segmenter.learning.train_head import train_head
from dem_segmenter.learning.training import (
    BatchSource,
    Training,
    TrainOptions,
    class_weights,
    learning_rate_factor,
    sampling_weights,
)
from dem_segmenter.modelfiles.card import read_card
from dem_segmenter.network.encoder import Encoder, EncoderOptions
from dem_segmenter.network.upernet import HeadOptions, UperNetHead

ENCODING = ReliefEncoding()
ROOT = Path(__file__).resolve().parents[2]


def town(seed: int = 0, size: int = 200) -> Scene:
    """Houses of 6 m on a gentle plain, 1 m pixels."""
    rng = np.random.default_rng(seed)
    _y, x = np.mgrid[:size, :size].astype(np.float32)
    z = 100 + 0.02 * x + rng.normal(0, 0.03, x.shape).astype(np.float32)
    label = np.zeros(x.shape, np.uint8)
    for _ in range(18):
        r, c, h, w = *rng.integers(10, size - 30, 2), *rng.integers(8, 18, 2)
        label[r : r + h, c : c + w] = 1
    z[label == 1] += 6
    return Scene(f"town{seed}", "towns", z.astype(np.float32), np.ones(x.shape, bool), 1.0, {"target": label})


def small_encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder(EncoderOptions(tile=64))


# ---- chips


def test_plain_view_keeps_labels_on_the_relief() -> None:
    view = make_view(town(), ENCODING, np.random.default_rng(0), PLAIN)
    height = np.sinh(view.channels[0].astype(np.float32) * np.arcsinh(30.0))
    assert view.target.shape == view.valid.shape == (267, 267)
    assert ((height > 3) == (view.target == 1)).mean() > 0.97


def test_augmented_views_differ_and_depend_on_the_seed_alone() -> None:
    draw = [make_view(town(), ENCODING, np.random.default_rng(s), AugmentOptions()).channels for s in (1, 1, 2)]
    assert np.array_equal(draw[0], draw[1])
    assert draw[0].shape != draw[2].shape or not np.array_equal(draw[0], draw[2])


def test_unknown_elevation_is_unknown_in_the_target() -> None:
    scene = town()
    scene.valid[:, :100] = False
    view = make_view(scene, ENCODING, np.random.default_rng(0), PLAIN)
    assert (view.target[:, :130] == 255).all()
    assert (view.target[:, 140:] != 255).all()


def test_chips_turn_channels_and_target_together_and_pad_with_unknown() -> None:
    target = np.arange(20 * 20, dtype=np.uint8).reshape(20, 20) % 7
    view = View(target[None].astype(np.float16), target, np.ones((20, 20), bool))
    seen = set()
    for seed in range(40):
        chip = cut_chip(view, 32, np.random.default_rng(seed), 0.0)
        assert np.array_equal(chip.channels[0][chip.valid], chip.target[chip.valid])
        assert chip.valid.sum() == 400
        assert (chip.target[~chip.valid] == 255).all()
        rows, cols = np.nonzero(chip.valid)
        seen.add(chip.target[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1].tobytes())
    assert len(seen) == 8  # every turn and flip


def test_hummocks_roughen_the_ground_beside_the_class_and_hardly_the_class() -> None:
    scene = replace(town(), elevation=np.zeros_like(town().elevation))
    road = np.zeros(scene.elevation.shape, np.uint8)
    road[:, 80:120] = 1
    scene = replace(scene, labels={"target": road})
    beside, upon = [], []
    for seed in range(12):
        bumps = hummocks(road, 1.0, np.random.default_rng(seed))
        assert bumps.dtype == np.float32
        assert bumps.shape == road.shape
        assert np.abs(bumps).max() < 3.0  # metres: micro-relief
        beside.append(bumps[:, :70].std())
        upon.append(bumps[:, 90:110].std())
        assert upon[-1] <= 0.5 * beside[-1] + 1e-6
    assert max(beside) > 0.05
    unknown = hummocks(np.full((64, 64), 255, np.uint8), 1.0, np.random.default_rng(0))
    known = hummocks(np.zeros((64, 64), np.uint8), 1.0, np.random.default_rng(0))
    assert unknown.std() < 0.5 * known.std()  # what may be of the class is left alone
    rough = make_view(scene, ENCODING, np.random.default_rng(3), replace(PLAIN, hummocks=1.0))
    assert rough.channels.std() > make_view(scene, ENCODING, np.random.default_rng(3), PLAIN).channels.std()


def test_levelled_ground_is_flat_and_what_is_of_a_class_stays() -> None:
    rough = np.random.default_rng(0).normal(50.0, 2.0, (300, 260)).astype(np.float32)
    target = np.zeros(rough.shape, np.uint8)
    target[100:180, 90:160] = 1
    target[:, 240:] = 255
    changed = []
    for seed in range(12):
        level = levelled(rough, target, 0.8, np.random.default_rng(seed))
        assert level.dtype == np.float32
        assert level.shape == rough.shape
        # Where it drains, the houses drain with it: a plane of a few percent is what is added.
        added = (level - rough)[target == 1].reshape(80, 70)
        assert np.abs(np.diff(added, 2, axis=0)).max() < 1e-4
        flat = np.abs(np.diff(level, 2, axis=0)[:, :-2]) + np.abs(np.diff(level, 2, axis=1)[:-2]) < 1e-4
        changed.append(flat.mean())
        assert level.min() > 30.0
    assert min(changed) < 0.15 < 0.3 < max(changed)
    everything = levelled(rough, np.ones_like(target), 0.8, np.random.default_rng(0))
    assert np.array_equal(everything, rough)
    scene = replace(town(), labels={"target": np.zeros(town().elevation.shape, np.uint8)})
    views = [make_view(scene, ENCODING, np.random.default_rng(4), replace(PLAIN, level=p)).channels for p in (0.0, 1.0)]
    assert (views[1][4] == 0).mean() > (views[0][4] == 0).mean() + 0.03  # slope


def test_faceted_ground_is_planes_with_gaps_and_what_is_of_a_class_stays() -> None:
    rough = np.random.default_rng(0).normal(50.0, 0.3, (300, 260)).astype(np.float32)
    target = np.zeros(rough.shape, np.uint8)
    target[100:180, 90:160] = 1
    middle = (slice(106, 174), slice(96, 154))
    smoother, gaps = [], []
    for seed in range(12):
        drawn, keep = faceted(rough, target, 0.8, np.random.default_rng(seed))
        assert drawn.dtype == np.float32
        assert drawn.shape == keep.shape == rough.shape
        assert np.isfinite(drawn).all()
        assert np.array_equal(drawn[middle], rough[middle])
        assert keep[target == 1].all()
        bent = np.abs(np.diff(drawn, 2, axis=0)[:, :-2]) + np.abs(np.diff(drawn, 2, axis=1)[:-2])
        smoother.append((bent < 0.05).mean())
        gaps.append(1.0 - keep.mean())
    assert min(smoother) < 0.2 < 0.3 < max(smoother)
    assert min(gaps) == 0.0 < 0.01 < max(gaps) < 0.5
    everything, keep = faceted(rough, np.ones_like(target), 0.8, np.random.default_rng(0))
    assert np.array_equal(everything, rough)
    assert keep.all()
    scene = replace(town(), labels={"target": np.zeros(town().elevation.shape, np.uint8)})
    views = [make_view(scene, ENCODING, np.random.default_rng(s), replace(PLAIN, facets=1.0)) for s in range(6)]
    assert any(not view.valid.all() for view in views)
    assert all((view.target[~view.valid] == 255).all() for view in views)


def test_what_lies_level_itself_is_told_from_what_does_not() -> None:
    pond = town()
    z = np.random.default_rng(0).normal(0.0, 0.05, pond.elevation.shape).astype(np.float32)
    z[pond.labels["target"] == 1] = -1.0
    assert lies_level([replace(pond, elevation=z)])
    assert not lies_level(
        [replace(pond, elevation=z + np.random.default_rng(1).normal(0, 0.02, z.shape).astype(np.float32))]
    )
    assert not lies_level([replace(pond, labels={"target": np.zeros(z.shape, np.uint8)})])


def test_clean_views_have_no_noise() -> None:
    flat = replace(town(), elevation=np.zeros_like(town().elevation))
    noisy = replace(PLAIN, noise=0.05)
    views = [make_view(flat, ENCODING, np.random.default_rng(0), replace(noisy, clean=p)) for p in (0.0, 1.0)]
    assert views[0].channels.any()
    assert not views[1].channels.any()


def test_planted_trees_never_stand_on_buildings() -> None:
    scene = town()
    donor = replace(town(5), name="wood", canopy=np.full((200, 200), 12.0, np.float32))
    options = replace(PLAIN, canopy=1.0)
    view = make_view(scene, ENCODING, np.random.default_rng(0), options, [donor])
    plain = make_view(scene, ENCODING, np.random.default_rng(0), PLAIN)
    # Trees of 12 m everywhere but on the houses of 6 m: the houses are now the hollows.
    inside = plain.target == 1
    assert view.channels[3][inside].mean() < 0 < plain.channels[3][inside].mean()


def test_pool_is_deterministic_and_hands_on_errors() -> None:
    def batch() -> np.ndarray:
        pool = ChipPool([town()], [1.0], ENCODING, tile=64, batch_size=3, seed=4, options=AugmentOptions())
        try:
            return pool.next()[0]
        finally:
            pool.close()

    assert np.array_equal(batch(), batch())
    broken = replace(town(), elevation=np.zeros((2, 2, 2), np.float32))
    pool = ChipPool([broken], [1.0], ENCODING, tile=64, batch_size=1, seed=0, options=PLAIN)
    with pytest.raises(ValueError):
        pool.next()


# ---- metrics


def test_counts() -> None:
    mask = np.array([[1, 1, 0, 255]], np.uint8)
    label = np.array([[1, 0, 1, 1]], np.uint8)
    c = compare(mask, label)
    assert c == Counts(1, 1, 1, 0)
    assert (c.iou, c.precision, c.recall, c.f1) == (1 / 3, 0.5, 0.5, 0.5)
    assert compare(mask, np.full_like(label, 255)).iou != compare(mask, label).iou  # nan
    assert (c + c).iou == c.iou


def test_classical_answer_finds_houses_and_drops_rough_trees() -> None:
    scene = town()
    mask = classical_buildings(scene.elevation, scene.valid, 1.0)
    assert compare(mask, scene.labels["target"]).iou > 0.9
    z = scene.elevation.copy()
    rng = np.random.default_rng(0)
    free = np.zeros(z.shape, bool)
    free[0:8] = True
    z[free] += 8 + rng.normal(0, 3, free.sum()).astype(np.float32)
    rough = classical_buildings(z, scene.valid, 1.0, roughness=2.0)
    assert rough[2:6].mean() < 0.1 < classical_buildings(z, scene.valid, 1.0)[2:6].mean()


# ---- training


def test_pretraining_learns_resumes_and_cancels(tmp_path: Path) -> None:
    options = PretrainOptions(iterations=12, batch_size=4, warmup=2, seed=1)
    kinds = {"encoder_options": EncoderOptions(tile=64), "encoding": ENCODING}
    reporter = ConsoleReporter()
    _, losses = pretrain([town()], tmp_path / "a.pt", options, reporter, save_every=4, **kinds)
    assert len(losses) == 12
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    stopped = ConsoleReporter()
    count = 0

    def stop() -> None:
        nonlocal count
        count += 1
        if count > 5:
            raise CancelledError("stop")

    stopped.check_cancelled = stop  # type: ignore[method-assign]
    with pytest.raises(CancelledError):
        pretrain([town()], tmp_path / "b.pt", options, stopped, save_every=4, **kinds)
    _, resumed = pretrain([town()], tmp_path / "b.pt", options, reporter, save_every=4, **kinds)
    assert len(resumed) == 12
    assert resumed[:4] == losses[:4]  # same seed, same beginning


def test_pretraining_without_scenes_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no elevation"):
        pretrain([], tmp_path / "x.pt", PretrainOptions(), ConsoleReporter())


def test_head_learns_houses_and_the_encoder_stays_frozen(tmp_path: Path) -> None:
    encoder = small_encoder()
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    options = TrainOptions(iterations=100, batch_size=4, learning_rate=3e-3, warmup=5, average=0.8)
    head, losses = train_head(
        encoder, ENCODING, [town(1), town(2)], HeadOptions(width=16, detail=8), options, ConsoleReporter(),
        checkpoint=tmp_path / "h.pt",
    )  # fmt: skip
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])
    assert all(torch.equal(before[k], v) for k, v in encoder.state_dict().items())
    view = make_view(town(3), ENCODING, np.random.default_rng(0), PLAIN)
    chips = [cut_chip(view, 64, np.random.default_rng(i), 1.0) for i in range(8)]
    x = torch.from_numpy(np.stack([c.channels for c in chips]).astype(np.float32))
    with torch.no_grad():
        masks = head(encoder(x), x).argmax(1).numpy().astype(np.uint8)
    assert sum((compare(m, c.target) for m, c in zip(masks, chips, strict=True)), Counts()).iou > 0.6


class StopAt(ConsoleReporter):
    """Cancels when so many batches have been learned from."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._left = steps

    def progress(self, percent: float, phase: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise CancelledError("stop")


def test_a_head_run_goes_on_where_it_was(tmp_path: Path) -> None:
    options = TrainOptions(iterations=6, batch_size=2, warmup=1)
    arguments = (small_encoder(), ENCODING, [town()], HeadOptions(width=8, detail=4), options)
    _, whole = train_head(*arguments, ConsoleReporter(), checkpoint=tmp_path / "whole.pt", save_every=2)
    with pytest.raises(CancelledError):
        train_head(*arguments, StopAt(5), checkpoint=tmp_path / "h.pt", save_every=2)
    state = torch.load(tmp_path / "h.pt", weights_only=True)
    assert state["losses"] == whole[:4]
    _, more = train_head(*arguments, ConsoleReporter(), checkpoint=tmp_path / "h.pt", save_every=2)
    assert more[:4] == whole[:4]
    assert len(more) == 6


OTHER_RUNS: dict[str, Any] = {
    "recipe": {"options": TrainOptions(iterations=2, batch_size=2, warmup=1, seed=3)},
    "longer": {"options": TrainOptions(iterations=4, batch_size=2, warmup=1)},
    "augmentation": {"augment": AugmentOptions(noise=0.5)},
    "labels": {"scenes": [replace(town(), labels={"target": 1 - town().labels["target"]})]},
    "architecture": {"head": HeadOptions(width=8, detail=0)},
    "encoder": {"encoder": 1},
    "beginning": {"start": True},
}


@pytest.mark.parametrize("what", list(OTHER_RUNS))
def test_the_state_of_another_head_is_put_aside_and_not_shipped(tmp_path: Path, what: str) -> None:
    """As when a recipe is edited and run again in the same work folder: the card would tell of what was not done."""

    def train(encoder: int = 0, start: bool = False, **other: Any) -> list[float]:
        torch.manual_seed(encoder)
        head = other.get("head", HeadOptions(width=8, detail=4))
        _, losses = train_head(
            Encoder(EncoderOptions(tile=64)), ENCODING, other.get("scenes", [town()]), head,
            other.get("options", TrainOptions(iterations=2, batch_size=2, warmup=1)), ConsoleReporter(),
            checkpoint=tmp_path / "h.pt", augment=other.get("augment"), start=UperNetHead(head) if start else None,
        )  # fmt: skip
        return losses

    first = train()
    kept = (tmp_path / "h.pt").read_bytes()
    assert train() == first, "this run's own"
    assert not (tmp_path / "h.pt.old").exists()
    assert len(train(**OTHER_RUNS[what])) == OTHER_RUNS[what].get("options", TrainOptions(iterations=2)).iterations
    assert torch.load(tmp_path / "h.pt", weights_only=True)["identity"] not in kept.decode("latin-1")
    assert (tmp_path / "h.pt.old").read_bytes() == kept
    assert train() == first, "taken up again"
    assert (tmp_path / "h.pt.old1").exists(), "now the other run's"


def test_a_gradient_that_is_no_number_does_not_reach_a_heads_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = TrainOptions(iterations=5, batch_size=2, warmup=1)
    arguments = (small_encoder(), ENCODING, [town()], HeadOptions(width=8, detail=4))
    step = Training._step

    def spoilt(self: Training, source: BatchSource) -> None:
        if len(self.losses) == 3:
            parameter = self.network.trained()[0]
            parameter.register_hook(lambda gradient: gradient * float("inf"))
        step(self, source)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_step", spoilt)
        with pytest.raises(TrainingError, match=r"no longer a number at step 4\. The last good state is in") as caught:
            train_head(*arguments, options, ConsoleReporter(), checkpoint=tmp_path / "h.pt")
    assert "it goes on from there" in caught.value.advice
    state = torch.load(tmp_path / "h.pt", weights_only=True)
    assert len(state["losses"]) == 3, "nothing is lost"
    tensors = [*state["kept"].values(), *state["average"].values()]
    assert all(torch.isfinite(t).all() for t in tensors if t.is_floating_point())
    # As the message says.
    lower = replace(options, learning_rate=1e-5)
    _, losses = train_head(*arguments, lower, ConsoleReporter(), checkpoint=tmp_path / "h.pt")
    assert losses[:3] == state["losses"]
    assert len(losses) == 5


def test_spoilt_batch_statistics_do_not_replace_a_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = TrainOptions(iterations=5, batch_size=2, warmup=1)
    arguments = (small_encoder(), ENCODING, [town()], HeadOptions(width=8, detail=4), options, ConsoleReporter())
    step = Training._step

    def spoilt(self: Training, source: BatchSource) -> None:
        if len(self.losses) == 3:
            channels, target, valid = source.next()
            source = SimpleNamespace(next=lambda: (channels * np.float32("nan"), target, valid))
        step(self, source)

    monkeypatch.setattr(Training, "_step", spoilt)
    with pytest.raises(TrainingError, match="no longer a number at step 4"):
        train_head(*arguments, checkpoint=tmp_path / "h.pt", save_every=2)
    state = torch.load(tmp_path / "h.pt", weights_only=True)
    assert len(state["losses"]) == 2
    assert all(torch.isfinite(t).all() for t in state["kept"].values() if t.is_floating_point())


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    empty = replace(town(), labels={"target": np.zeros((200, 200), np.uint8)})
    with pytest.raises(TrainingError, match="only one class: nothing"):
        train_head(small_encoder(), ENCODING, [empty], HeadOptions(), TrainOptions(), ConsoleReporter(),
                   checkpoint=tmp_path / "x.pt")  # fmt: skip


def test_weights() -> None:
    rare = replace(town(), labels={"target": np.zeros((200, 200), np.uint8)})
    rare.labels["target"][:50, :40] = 1  # 5 %
    weight = class_weights([rare], [1.0], 0.5)
    assert (weight[1] / weight[0]).item() == pytest.approx(np.sqrt(0.95 / 0.05), rel=1e-4)
    made = replace(town(), quality="S")
    draw = np.array(sampling_weights([town(), town(1), made], TrainOptions(synthetic_share=0.25)))
    assert draw[2] / draw.sum() == pytest.approx(0.25)


def test_schedule_warms_up_and_ends_at_zero() -> None:
    assert schedule(0, 10, 100) == pytest.approx(0.1)
    assert schedule(10, 10, 100) == pytest.approx(1.0)
    assert schedule(100, 10, 100) == pytest.approx(0.0)


def test_learning_rate_of_a_head_restarts_at_half_the_peak() -> None:
    options = TrainOptions(iterations=200, cycles=2, warmup=10)
    factors = [learning_rate_factor(i, options) for i in range(200)]
    assert factors[10] == max(factors) == 1.0
    assert factors[99] < 0.02
    assert max(factors[100:]) == factors[110] == 0.5
    assert factors[199] < 0.01


# ---- recipe and tables


def test_the_recipe_covers_every_family_once_and_never_the_yardstick() -> None:
    recipe = read_recipe(ROOT / "models" / "recipe.toml")
    families = [f for fold in recipe.folds.values() for f in fold]
    assert len(families) == len(set(families))
    assert "nyc" not in families
    assert recipe.tasks == ["buildings", "roads", "height"]
    assert recipe.encoder.blocks == (3, 5, 7, 11)
    assert recipe.head_options("buildings").features == 192
    assert recipe.head_options("height").classes == 6


@pytest.mark.parametrize("task", ["buildings", "roads", "height"])
def test_what_ships_is_what_the_recipe_says(task: str) -> None:
    recipe, card = read_recipe(ROOT / "models" / "recipe.toml"), read_card(ROOT / "models" / f"{task}.safetensors")
    assert HeadOptions.from_json(card.architecture) == recipe.head_options(task)
    assert card.ground_resolution_range == recipe.ground_resolution_range(task)
    section = recipe.task(task)
    for name in ("planarity_bonus", "right_angles_bonus", "edge_radius", "max_width", "walled"):
        assert getattr(card, name) == section.get(name, 0.0)
    assert (card.threshold, card.object_threshold, card.min_area) == (
        section["threshold"], section.get("object_threshold", 0.0), section["min_area"],
    )  # fmt: skip


def test_only_buildings_are_looked_for_at_finer_pixels() -> None:
    recipe = read_recipe(ROOT / "models" / "recipe.toml")
    assert recipe.ground_resolution_range("buildings") == (0.5, 0.75)
    assert recipe.ground_resolution_range("roads") == (0.75, 0.75)


def test_a_recipe_that_is_not_understood(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    for content in (b"[pretrain]\nspeed = 3\n", b"no toml", b"II*\x00\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(TrainingError, match="not understood"):
            read_recipe(path)
