"""Intermediate fine-tuning: several tasks on one encoder, in every batch."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from test_learning import ENCODING, small_encoder, town
from torch.nn import functional

from dem_segmenter.events import ConsoleReporter
from dem_segmenter.learning.augmentation import AugmentOptions
from dem_segmenter.learning.intermediate import Task, TasksOnEncoder, Together, fine_tune, head_of_task
from dem_segmenter.learning.scenes import height_classes
from dem_segmenter.learning.training import TrainOptions
from dem_segmenter.network.upernet import HeadOptions, UperNetHead

HEAD = HeadOptions(width=8, detail=0, classes=5)
OPTIONS = TrainOptions(iterations=12, batch_size=4, warmup=2, learning_rate=2e-3)


def tasks() -> dict[str, Task]:
    scene = town()
    known = np.ones(scene.elevation.shape, bool)
    heights = height_classes(scene.elevation, np.full_like(scene.elevation, 100.0), known).clip(max=2)
    tall = replace(scene, labels={"target": heights})
    return {
        "height": Task([tall], 3, 2, AugmentOptions(), 0.5),
        "buildings": Task([scene], 2, 3, AugmentOptions(), 0.5),
    }


class Source:
    """Batches of one class."""

    def __init__(self, value: int, chips: int = 1) -> None:
        self.value, self.chips, self.closed = value, chips, False

    def next(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        target = np.full((self.chips, 4, 4), self.value, np.uint8)
        target[:, 0] = 255
        return np.zeros((self.chips, 7, 4, 4), np.float32), target, target != 255

    def close(self) -> None:
        self.closed = True


def test_every_batch_has_chips_of_all_tasks_and_their_classes_are_counted_on() -> None:
    sources = [Source(1, 2), Source(0), Source(1, 3)]
    batches = Together(sources, [3, 2, 2])
    for _ in range(2):
        channels, target, valid = batches.next()
        assert channels.shape == (6, 7, 4, 4)
        assert target[:, 1, 1].tolist() == [1, 1, 3, 6, 6, 6]
        assert (target[:, 0] == 255).all()
        assert not valid[:, 0].any()
    batches.close()
    assert all(source.closed for source in sources)


@pytest.mark.parametrize("detail", [0, 4])
def test_a_task_keeps_its_part_of_the_shared_head(detail: int) -> None:
    torch.manual_seed(0)
    network = TasksOnEncoder(small_encoder(), UperNetHead(replace(HEAD, detail=detail)), [3, 2]).eval()
    x = torch.randn(1, 7, 64, 64)
    with torch.no_grad():
        features = network.encoder(x)
        whole = network.head(features, x)
        for task, part in ((0, whole[:, :3]), (1, whole[:, 3:])):
            own = head_of_task(network.head, [3, 2], task).eval()
            torch.testing.assert_close(own(features, x), part)


def test_each_pixel_is_judged_by_its_own_task_alone() -> None:
    network = TasksOnEncoder(small_encoder(), UperNetHead(HEAD), [3, 2]).eval()
    x = torch.randn(2, 7, 64, 64)
    stacked = network(x)
    target = torch.randint(0, 2, (2, 64, 64))
    logits = network.head(network.encoder(x), x)[:, 3:]
    own = functional.cross_entropy(logits, target)
    found = functional.cross_entropy(stacked, target + 3)
    assert abs(float((found - own).detach()) - math.log(2)) < 1e-5
    parameters = [network.head.classify.weight, network.encoder.vit.blocks[0].mlp.fc1.weight]
    gradients = [torch.autograd.grad(loss, parameters, retain_graph=True) for loss in (found, own)]
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-7)


def test_the_encoder_learns_whole_and_comes_back_frozen(tmp_path: Path) -> None:
    before = {k: v.clone() for k, v in small_encoder().state_dict().items()}
    reporter = ConsoleReporter()
    encoder, head, losses = fine_tune(
        small_encoder(), ENCODING, tasks(), HEAD, OPTIONS, reporter, checkpoint=tmp_path / "c.pt"
    )
    assert len(losses) == 12
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    changed = {k for k, v in encoder.state_dict().items() if not torch.equal(v, before[k])}
    assert {"vit.patch_embed.proj.weight", "vit.blocks.0.attn.qkv.weight", "vit.blocks.11.mlp.fc2.weight"} <= changed
    assert "vit.pos_embed" not in changed
    assert not any(p.requires_grad for p in encoder.parameters())
    assert not encoder.training
    assert head.options == HEAD
    # A run that is through is only read back.
    again, same_head, same = fine_tune(
        small_encoder(), ENCODING, tasks(), HEAD, OPTIONS, reporter, checkpoint=tmp_path / "c.pt"
    )
    assert same == losses
    for found, read in ((encoder, again), (head, same_head)):
        for name, value in found.state_dict().items():
            torch.testing.assert_close(read.state_dict()[name], value)
