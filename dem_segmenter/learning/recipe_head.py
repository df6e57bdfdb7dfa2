"""A head as the recipe says: trained once, or several times and averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from ..elevation.encoding import Encoding
from ..events import Reporter
from ..network.encoder import Encoder
from ..network.upernet import UperNetHead
from .recipe import Recipe
from .scenes import Scene
from .train_head import train_head


def train_recipe_head(
    recipe: Recipe,
    task: str,
    scenes: Sequence[Scene],
    encoder: Encoder,
    encoding: Encoding,
    reporter: Reporter,
    *,
    work: Path,
    device: torch.device,
    start: UperNetHead | None = None,
    suffix: str = "",
    without: Sequence[str] = (),
    iterations: int | None = None,
    progress: tuple[float, float] = (0.0, 100.0),
) -> tuple[UperNetHead, list[float]]:
    """Train a head, or the heads that it is the mean of.

    Heads that begin with the same weights and learn from different mixtures of places, or in another order, can be
    averaged, weight by weight, and do better than each on ground that none of them has seen (model soups, Wortsman et
    al. 2022, arXiv 2203.05482). In several rounds, each begins with the mean of the one before.

    Args:
        recipe: With a section for the head.
        task: Name of the head.
        scenes: From `Recipe.scenes`.
        encoder: Frozen.
        encoding: Elevation to channels.
        reporter: Progress and cancelling.
        work: Folder for checkpoints.
        device: Where to compute.
        start: Head to begin with, of the same architecture; random weights, the same for all, where None.
        suffix: Of the checkpoints' names.
        without: Families to leave out.
        iterations: Steps, where not the recipe's, then in one round.
        progress: Percent at the beginning and at the end.

    Returns:
        The head, and the loss of every step of all trainings, one after the other.
    """
    losses: list[float] = []
    soup, options = recipe.soup(task), recipe.train_options(task, iterations)
    rounds = 1 if iterations else recipe.rounds(task)
    for number in range(rounds):
        parts = []
        for i, part in enumerate(soup):
            done = number * len(soup) + i
            low, high = (
                progress[0] + (progress[1] - progress[0]) * (done + end) / rounds / len(soup) for end in (0, 1)
            )
            name = f"{task}{f'-round-{number + 1}' if number else ''}{f'-{i + 1}' if i else ''}{suffix}.pt"
            head, found = train_head(
                encoder,
                encoding,
                recipe.labelled(scenes, task, without, drawn=part.drawn),
                recipe.head_options(task),
                replace(options, seed=options.seed + part.seed + len(soup) * number, **part.train),
                reporter,
                checkpoint=work / name,
                start=start,
                augment=recipe.augment(task, part.augment),
                device=device,
                progress=(low, high),
            )
            parts.append(head)
            losses += found
        start = mean_of_heads(parts)
    assert start is not None
    return start, losses


def mean_of_heads(heads: Sequence[UperNetHead]) -> UperNetHead:
    """A head whose weights and batch statistics are the mean of several heads' of one architecture."""
    states = [head.state_dict() for head in heads]
    mean = UperNetHead(heads[0].options).eval()
    mean.load_state_dict(
        {
            name: torch.stack([state[name].float().cpu() for state in states]).mean(0)
            if value.is_floating_point()
            else value
            for name, value in states[0].items()
        }
    )
    return mean
