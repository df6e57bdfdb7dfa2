"""Does following the suggestions beat choosing at random, at equal cost?

Ten chips are chosen at random and a head is trained. Ten more are then chosen, at random or as suggested with that
head, out of the same unlabelled chips, and a head is trained on all twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..events import Reporter
from ..learning.scenes import UNKNOWN, Scene
from ..learning.suggestions import look, rank
from ..modelfiles.card import Card, ClassInfo
from ..modelfiles.loading import LoadedHead, SegmentationModel, load_encoder
from ..network.upernet import UperNetHead
from .cells import SYNTHETIC, Cell, Result, Setup, run_cell, store, stored
from .run import Data, Plan

FIRST, MORE = 10, 10
#: Unlabelled chips that either way chooses from.
CANDIDATES = 200


def run_suggesting(plan: Plan, data: Data, setup: Setup, reporter: Reporter) -> list[Result]:
    """Run what has not been run.

    Args:
        plan: Seeds, tasks and steps.
        data: Where chips come from.
        setup: What all cells share.
        reporter: Progress and cancelling.

    Returns:
        For each task and seed: ten chips, twenty with ten random ones, twenty with ten suggested ones.
    """
    results: list[Result] = []
    for task in plan.tasks:
        for seed in range(plan.seeds):
            results += _one(task, seed, plan, data, setup, reporter)
    return results


def _one(task: str, seed: int, plan: Plan, data: Data, setup: Setup, reporter: Reporter) -> list[Result]:
    first = Cell(SYNTHETIC, task, "mae", FIRST, seed, plan.iterations)
    more = [replace(first, chips=FIRST + MORE, variant=variant) for variant in ("random", "suggested")]
    found = [stored(cell, setup) for cell in (first, *more)]
    if all(found):
        return [r for r in found if r is not None]
    if setup.stored_only:
        return []  # ten chips alone answer nothing
    chips = data.get(SYNTHETIC, task)
    plain = data.plain(SYNTHETIC, task)
    order = np.random.default_rng(seed).permutation(len(chips.pool))
    labelled = [chips.pool[i] for i in order[:FIRST]]
    others = [chips.pool[i] for i in order[FIRST : FIRST + CANDIDATES]]
    reporter.log(f"Suggesting: {task}, seed {seed}")
    result, training = run_cell(first, setup, labelled, plain, reporter, progress=(0.0, 30.0))
    store(result, setup.work)
    network = training.average
    assert isinstance(network, UperNetHead)
    chosen = {"random": others[:MORE], "suggested": _suggested(network, setup, labelled, others, reporter)}
    results = [result]
    for cell in more:
        done, _ = run_cell(cell, setup, [*labelled, *chosen[cell.variant]], plain, reporter, progress=(40.0, 100.0))
        store(done, setup.work)
        reporter.log(f"  {cell.variant}: IoU {done.iou:.3f}")
        results.append(done)
    return results


def _suggested(
    network: UperNetHead, setup: Setup, labelled: Sequence[Scene], others: Sequence[Scene], reporter: Reporter
) -> list[Scene]:
    """The chips suggested; what their labels are is not looked at."""
    encoder, encoding, encoder_card, _ = load_encoder(setup.encoder_path)
    card = Card(
        kind="head",
        name="trial",
        title="Trial",
        classes=(ClassInfo("class", 1, "#000000"),),
        tile=encoder_card.tile,
        ground_resolution=encoder_card.ground_resolution,
    )
    model = SegmentationModel(encoder, encoding, [LoadedHead(card, network)], setup.device)
    blind = [
        replace(c, labels={"target": np.where(c.labels["target"] == UNKNOWN, UNKNOWN, 0).astype(np.uint8)})
        for c in others
    ]
    seen = look(model, blind, reporter, (30.0, 38.0))
    known = look(model, labelled, reporter, (38.0, 40.0)).features
    return [others[s.index] for s in rank(seen, known, MORE)]
