"""Parts of learning from few labels: chips and their split, the loss, wrong labels, suggestions, thresholds."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional

from dem_segmenter.elevation.encoding import MinMaxEncoding, ReliefEncoding
from dem_segmenter.errors import TrainingError
from dem_segmenter.learning.augmentation import MILD, PLAIN
from dem_segmenter.learning.chips import View, cut_labelled_chip, make_view
from dem_segmenter.learning.cutting import class_share, cut_scene, plain_batches
from dem_segmenter.learning.label_noise import NOISES
from dem_segmenter.learning.loss import BESIDE, LARGE, MOST, object_weights
from dem_segmenter.learning.metrics import ProbabilityCounts, compare
from dem_segmenter.learning.placed_chips import check_chips, split_by_place
from dem_segmenter.learning.scenes import Scene, height_classes
from dem_segmenter.learning.suggestions import Look, rank
from dem_segmenter.learning.training import Training, TrainOptions, class_weights
from dem_segmenter.network.encoder import Encoder, EncoderOptions
from dem_segmenter.network.segmentation import HeadOnEncoder, WholeNetwork
from dem_segmenter.network.unet import build_unet
from dem_segmenter.network.upernet import HeadOptions, UperNetHead, start_from


def scene(size: int = 300, resolution: float = 1.0) -> Scene:
    rng = np.random.default_rng(0)
    z = rng.normal(0, 0.05, (size, size)).astype(np.float32)
    label = np.zeros((size, size), np.uint8)
    for r, c in rng.integers(10, size - 20, (40, 2)):
        z[r : r + 10, c : c + 10] = 5
        label[r : r + 10, c : c + 10] = 1
    return Scene("s", "f", z, np.ones(z.shape, bool), resolution, {"target": label})


# ---- chips


def test_chips_of_a_scene_keep_their_surroundings_but_not_their_labels() -> None:
    whole = scene()
    chips = cut_scene(whole, 100.0, 20.0)
    assert len(chips) == 9
    labelled = sum(int((c.labels["target"] != 255).sum()) for c in chips)
    assert labelled == 300 * 300  # every pixel in one chip only
    assert sum(int((c.labels["target"] == 1).sum()) for c in chips) == int((whole.labels["target"] == 1).sum())
    assert chips[4].elevation.shape == (140, 140)
    assert chips[0].elevation.shape == (120, 120)  # there is nothing beyond the scene's edge


def test_chips_without_enough_labels_are_left_out() -> None:
    whole = scene()
    label = whole.labels["target"].copy()
    label[:, :160] = 255
    assert len(cut_scene(replace(whole, labels={"target": label}), 100.0, 0.0)) == 3


@pytest.mark.parametrize("resolution", [0.5, 0.75, 1.0])
def test_a_cut_chip_is_where_the_labels_are(resolution: float) -> None:
    chip = cut_scene(scene(), 168.0, 60.0)[0]
    options = replace(PLAIN, resolution=(resolution, resolution))
    view = make_view(chip, ReliefEncoding(), np.random.default_rng(0), options)
    for seed in range(5):
        cut = cut_labelled_chip(view, 224, np.random.default_rng(seed))
        share = (cut.target != 255).mean()
        # 168 m are 336, 224 and 168 pixels.
        assert share == pytest.approx(min(1.0, (168 / resolution / 224) ** 2), abs=0.02)


def test_a_chip_that_is_not_turned_is_as_it_lies() -> None:
    target = np.full((50, 60), 255, np.uint8)
    target[10:42, 20:52] = np.arange(32 * 32).reshape(32, 32) % 2
    view = View(np.zeros((1, 50, 60), np.float16), target, np.ones((50, 60), bool))
    cut = cut_labelled_chip(view, 32, np.random.default_rng(0), augment=False)
    assert np.array_equal(cut.target, target[10:42, 20:52])


def test_all_methods_get_the_same_plain_chips() -> None:
    chips = cut_scene(scene(), 168.0, 60.0)
    six = list(plain_batches(chips, ReliefEncoding(), 224))
    one = list(plain_batches(cut_scene(scene(), 168.0, 0.0), MinMaxEncoding(), 224))
    assert six[0][0].shape[1:] == (7, 224, 224)
    assert one[0][0].shape[1:] == (1, 224, 224)
    assert np.array_equal(six[0][1], one[0][1])
    assert 0.0 <= one[0][0].min() < 0.01
    assert one[0][0].max() == pytest.approx(1.0, abs=0.01)


def test_min_max_of_a_flat_chip_and_of_gaps() -> None:
    z = np.full((8, 8), 7.0, np.float32)
    valid = np.ones((8, 8), bool)
    assert not stretched(MinMaxEncoding(), z, valid).any()
    z[0, 0], z[4, 4], valid[0, 0] = -9999.0, 9.0, False
    encoded = stretched(MinMaxEncoding(), z, valid)[0]
    assert encoded[4, 4] == 1.0
    assert encoded[0, 0] == encoded[1, 1] == 0.0
    assert not stretched(MinMaxEncoding(), z, ~valid & False).any()


def stretched(encoding: MinMaxEncoding, z: np.ndarray, valid: np.ndarray) -> np.ndarray:
    return encoding.finish(encoding.encode(z, valid, 1.0)[None], valid[None])[0]


# ---- split


def placed(bounds: list[tuple[float, float, float, float]], shares: list[float] | None = None) -> list:
    chips = []
    for index, bound in enumerate(bounds):
        label = np.zeros((10, 10), np.uint8)
        label.ravel()[: int(100 * (shares[index] if shares else 0.5))] = 1
        chips.append(SimpleNamespace(scene=SimpleNamespace(labels={"target": label}), bounds=bound, name=index))
    return chips


def test_chips_of_one_place_are_never_on_both_sides() -> None:
    # Ten places, each shown by two DEMs whose grids differ a little.
    bounds = []
    for i in range(10):
        bounds += [(i, 0.0, i + 1.0, 1.0), (i + 0.2, 0.1, i + 1.0, 1.0)]
    chips = placed(bounds)
    for seed in range(20):
        training, validation = split_by_place(chips, 0.2, np.random.default_rng(seed))
        assert len(training) + len(validation) == 20
        assert len(validation) in (2, 4)
        assert not {c.name // 2 for c in training} & {c.name // 2 for c in validation}


def test_neighbours_may_be_parted() -> None:
    training, validation = split_by_place(
        placed([(i, 0.0, i + 1.0, 1.0) for i in range(10)]), 0.2, np.random.default_rng(0)
    )
    assert (len(training), len(validation)) == (8, 2)


def test_the_class_is_on_both_sides_where_it_can_be() -> None:
    chips = placed([(i, 0.0, i + 1.0, 1.0) for i in range(20)], [0.5, 0.5] + [0.0] * 18)
    for seed in range(20):
        sides = split_by_place(chips, 0.2, np.random.default_rng(seed))
        assert all(any(class_share(c.scene) > 0 for c in side) for side in sides)


@pytest.mark.parametrize(
    ("bounds", "share"),
    [
        ([(0.0, 0.0, 1.0, 1.0)], 0.2),
        ([(0.0, 0.0, 1.0, 1.0), (0.1, 0.0, 1.1, 1.0), (0.2, 0.0, 1.2, 1.0)], 0.5),
        ([(i, 0.0, i + 1.0, 1.0) for i in range(5)], 0.0),
        ([], 0.2),
    ],
)
def test_no_validation_where_there_cannot_be_one(bounds: list, share: float) -> None:
    training, validation = split_by_place(placed(bounds), share, np.random.default_rng(0))
    assert len(training) == len(bounds)
    assert validation == []


def test_no_chips_is_an_error_that_says_why() -> None:
    with pytest.raises(TrainingError, match="No ground is both labelled and known"):
        check_chips([], None, True)


# ---- loss


def trainer(**options: object) -> Training:
    network = WholeNetwork(torch.nn.Conv2d(1, 2, 1))
    return Training(network, TrainOptions(**options), torch.tensor([0.6, 1.7]), checkpoint=None)  # type: ignore[arg-type]


def logits_and_target() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    target = torch.randint(0, 2, (2, 9, 9))
    target[:, :3] = 255
    return 2 * torch.randn(2, 2, 9, 9), target


def test_unknown_ground_is_ignored_by_the_loss() -> None:
    logits, target = logits_and_target()
    other = logits.clone()
    other[:, :, :3] = 50.0 * torch.randn(2, 2, 3, 9)
    for robust in (0.0, 0.5):
        training = trainer(robust=robust)
        assert torch.isclose(training._loss(logits, target), training._loss(other, target))


def test_small_objects_count_more_and_large_ones_as_before() -> None:
    target = np.zeros((2, 80, 80), np.int64)
    target[0, 5:15, 5:15] = 1  # 100 pixels
    target[0, 30:34, 30:34] = 1  # 16
    target[1, 20:60, 20:60] = 1  # 1600
    target[1, 0, 0] = 255
    weights = object_weights(target, 0.5)
    assert weights.dtype == np.float32
    assert (weights[1] == 1).all()
    assert weights[0, 10, 10] == pytest.approx((LARGE / 100) ** 0.5)
    assert weights[0, 32, 32] == MOST
    # Its surroundings too, and no more than those.
    assert weights[0, 10, 14 + BESIDE] == weights[0, 10, 10]
    assert weights[0, 10, 15 + BESIDE] == 1.0
    np.testing.assert_array_equal(object_weights(np.ones((1, 8, 8), np.int64), 0.5) > 1.0, True)


def test_what_small_objects_weigh_is_not_taken_from_the_others() -> None:
    torch.manual_seed(0)
    logits = (2 * torch.randn(1, 2, 60, 60)).requires_grad_()
    target = torch.zeros(1, 60, 60, dtype=torch.int64)
    target[0, 5:10, 5:10] = 1
    target[0, 50:] = 255
    gradients = []
    for small in (0.0, 0.5):
        (gradient,) = torch.autograd.grad(trainer(small=small)._loss(logits, target), logits)
        gradients.append(gradient)
    plain, weighted = gradients
    torch.testing.assert_close(weighted[..., 20:, 20:], plain[..., 20:, 20:])
    torch.testing.assert_close(weighted[..., 5:10, 5:10], MOST * plain[..., 5:10, 5:10])
    assert not weighted[0, :, 50:].any()


def test_the_robust_loss_nears_cross_entropy_and_mean_absolute_error() -> None:
    logits, target = logits_and_target()
    weight = torch.tensor([0.6, 1.7])
    known = target != 255
    assert torch.isclose(
        trainer(robust=1e-4)._loss(logits, target),
        functional.cross_entropy(logits, target, weight, ignore_index=255),
        rtol=1e-3,
    )
    right = torch.softmax(logits, 1).gather(1, target.clamp_max(1)[:, None])[:, 0][known]
    w = weight[target[known]]
    assert torch.isclose(trainer(robust=1.0)._loss(logits, target), (w * (1 - right)).sum() / w.sum())


def test_class_weights_of_several_classes() -> None:
    label = np.zeros((10, 10), np.uint8)
    label[:2], label[2] = 1, 2
    place = Scene("s", "f", np.zeros((10, 10), np.float32), np.ones((10, 10), bool), 1.0, {"target": label})
    weights = class_weights([place], [1.0], 1.0, 4)
    assert weights[3] == 0  # a class that is not there
    assert torch.allclose(weights[:3] * torch.tensor([0.7, 0.2, 0.1]), torch.full((3,), 1 / 3), atol=1e-6)


# ---- networks


def test_only_the_head_is_trained() -> None:
    network = HeadOnEncoder(Encoder(EncoderOptions(tile=64)), UperNetHead(HeadOptions(width=8, detail=4)))
    network.train()
    assert not network.encoder.training
    assert network.kept.training
    encoder = {id(p) for p in network.encoder.parameters()}
    assert not encoder & {id(p) for p in network.trained()}
    logits, side = network(torch.randn(2, 7, 64, 64))
    assert logits.shape == side.shape == (2, 2, 64, 64)


def test_the_unet_is_the_librarys_and_from_scratch() -> None:
    torch.manual_seed(1)
    first, second = build_unet(7), build_unet(6)
    assert type(first).__module__.startswith("segmentation_models_pytorch")
    assert first(torch.randn(1, 7, 64, 64)).shape == (1, 2, 64, 64)
    # Weights that were loaded would be the same twice.
    assert not torch.equal(first.encoder.conv1.weight, second.encoder.conv1.weight)


def test_a_head_starts_from_one_of_other_classes() -> None:
    other = UperNetHead(HeadOptions(width=8, detail=4, classes=6))
    head = UperNetHead(HeadOptions(width=8, detail=4))
    classifier = head.classify[0].weight.clone()
    start_from(head, other)
    assert torch.equal(head.fuse[0].weight, other.fuse[0].weight)
    assert torch.equal(head.classify[0].weight, classifier)
    with pytest.raises(ValueError, match="differ"):
        start_from(UperNetHead(HeadOptions(width=16, detail=4)), other)


# ---- thresholds, heights, wrong labels, suggestions


def test_every_threshold_as_if_it_were_the_only_one() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, (40, 40)).astype(np.uint8)
    p = np.clip(0.35 * label + rng.normal(0.3, 0.2, label.shape), 0, 1)
    label[:5] = 255
    p[5, :4] = np.nan
    counts = ProbabilityCounts()
    counts.add(p[:20], label[:20])
    counts.add(p[20:], label[20:])
    for threshold in (0.3, 0.5, 0.65):
        mask = np.where(np.isnan(p), 255, p >= threshold).astype(np.uint8)
        assert counts.at(threshold) == compare(mask, label)
    threshold, iou = counts.best()
    assert iou == max(counts.at(t).iou for t in np.arange(0.3, 0.81, 0.05).round(2))
    assert counts.at(threshold).iou == iou
    assert ProbabilityCounts().best() == (0.5, 0.0)


def test_height_classes() -> None:
    surface = np.array([[0.2, 0.5, 1.9, 2.0, 7.0, 30.0, 3.0]], np.float32)
    known = np.array([[True] * 6 + [False]])
    assert height_classes(surface, np.zeros_like(surface), known).tolist() == [[0, 1, 1, 2, 3, 5, 255]]


def test_wrong_labels_are_wrong_by_as_much_as_they_say() -> None:
    label = np.zeros((400, 400), np.uint8)
    for r in range(10, 380, 30):
        for c in range(10, 380, 30):
            label[r : r + 15, c : c + 15] = 1
    label[:, 390:] = 255
    made = {name: noise(label, 1.0, np.random.default_rng(0)) for name, noise in NOISES.items()}
    for spoiled in made.values():
        assert np.array_equal(spoiled == 255, label == 255)
    # A square of 15 m moved by 3 m shares 0.66 to 0.72 of its area with the other, depending on the direction.
    assert 0.55 < compare(made["shifted"], label).iou < 0.75
    assert compare(made["missing"], label).recall == pytest.approx(0.6, abs=0.1)
    assert compare(made["missing"], label).precision == 1.0
    assert 0.6 < compare(made["ragged"], label).iou < 0.95


def test_suggestions_are_unsure_new_and_unlike_each_other() -> None:
    features = np.array([[0, 0], [0, 0.01], [5, 5], [5, 5.01], [10, 0], [0.1, 0]], np.float32)
    look = Look(np.array([0.5, 0.5, 0.5, 0.49, 0.2, 0.05]), features, [])
    labelled = np.array([[0.0, 0.0]], np.float32)
    chosen = [s.index for s in rank(look, labelled, 3)]
    assert chosen[:2] == [2, 4]  # not 3, which is 2 once more; not 0 and 1, which are labelled as good as
    assert [s.index for s in rank(look, np.zeros((0, 2), np.float32), 1)] == [0]
    assert len(rank(look, labelled, 50)) == 6


def test_features_are_dropped_in_training_only_and_the_encoder_stays_whole() -> None:
    torch.manual_seed(0)
    encoder = Encoder(EncoderOptions(tile=64))
    seen: list[list[torch.Tensor]] = []
    head = UperNetHead(HeadOptions(width=8, detail=4))
    head.register_forward_pre_hook(lambda _, inputs: seen.append(list(inputs[0])))
    network = HeadOnEncoder(encoder, head, feature_dropout=0.5)
    channels = torch.randn(2, 7, 64, 64)
    network.train()
    network(channels)
    network.eval()
    network(channels)
    kept, whole = seen[0][1].abs().amax((2, 3)) > 0, seen[1][1].abs().amax((2, 3)) > 0
    assert whole.all()
    assert 0.35 < kept.float().mean() < 0.65  # whole channels, of each chip
    assert torch.allclose(seen[0][1][kept], 2.0 * seen[1][1][kept])


def test_mild_augmentation_keeps_height_and_ground_together() -> None:
    chip = cut_scene(scene(), 168.0, 60.0)[0]
    for seed in range(5):
        view = make_view(chip, ReliefEncoding(), np.random.default_rng(seed), MILD)
        height = view.channels[0].astype(np.float32)
        assert height[view.target == 1].mean() > height[view.target == 0].mean() + 0.2
