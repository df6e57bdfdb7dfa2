"""The benchmark from its parts to its page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..events import Reporter
from ..learning.recipe import Recipe, read_recipe
from . import tables
from .cells import Result, Setup, take_up
from .questions import QUESTIONS
from .run import (
    Data,
    Plan,
    five_cells,
    full_length_cells,
    low_label_cells,
    noise_cells,
    question_cells,
    real_cells,
    run_cells,
    start_cells,
)
from .suggesting import run_suggesting

Part = Callable[[Plan, Recipe, Data, Setup, Reporter], list[Result]]

#: Part of the benchmark -> how it is run, in the order of the page.
PARTS: dict[str, Part] = {
    "low-label": lambda plan, recipe, *rest: run_cells(low_label_cells(plan), *rest),
    "start": lambda plan, recipe, *rest: run_cells(start_cells(plan), *rest),
    "real": lambda plan, recipe, data, setup, reporter: run_cells(
        real_cells(plan, recipe, setup), data, setup, reporter
    ),
    "suggest": lambda plan, recipe, *rest: run_suggesting(plan, *rest),
    "noise": lambda plan, recipe, *rest: run_cells(noise_cells(plan), *rest),
    "full-length": lambda plan, recipe, *rest: run_cells(full_length_cells(plan), *rest),
    **{
        question: lambda plan, recipe, *rest, question=question: run_cells(question_cells(plan, question), *rest)
        for question in QUESTIONS
    },
    "five": lambda plan, recipe, *rest: run_cells(five_cells(plan), *rest),
}


def benchmark(
    plan: Plan,
    parts: Sequence[str] | None,
    setup: Setup,
    folders: Sequence[Path],
    recipe_path: Path,
    output: Path,
    reporter: Reporter,
) -> int:
    """Run what has not been run, and write the tables.

    Args:
        plan: What to run.
        parts: Keys of `PARTS`; all where None.
        setup: Encoder, device and folder for results.
        folders: Folders of real scenes.
        recipe_path: Recipe file that names the folds.
        output: ``.csv``; a ``.md`` appears beside it. What it holds already is not run again.
        reporter: Progress and cancelling.

    Returns:
        How many cells the tables hold.
    """
    recipe = read_recipe(recipe_path)
    take_up(output, setup.work)
    data = Data(recipe, folders, setup)
    results: dict[str, list[Result]] = {}
    for name in parts or list(PARTS):
        reporter.log(f"Part {name}.")
        results[name] = PARTS[name](plan, recipe, data, setup, reporter)
    results = {name: found for name, found in results.items() if found}
    every = {r.cell.key: r for part in results.values() for r in part}
    tables.write_csv(list(every.values()), output)
    output.with_suffix(".md").write_text(tables.page(results, plan.iterations), encoding="utf-8")
    return len(every)
