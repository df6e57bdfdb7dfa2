"""The benchmark from its parts to its page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..events import Reporter
from ..learning.recipe import read_recipe
from . import tables
from .cells import Result, Setup
from .run import PARTS, Data, Plan, run_cells


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
        output: ``.csv``; a ``.md`` appears beside it.
        reporter: Progress and cancelling.

    Returns:
        How many cells the tables hold.
    """
    recipe = read_recipe(recipe_path)
    data = Data(recipe, folders, setup)
    results: dict[str, list[Result]] = {}
    for name in parts or list(PARTS):
        reporter.log(f"Part {name}.")
        results[name] = run_cells(PARTS[name](plan, recipe), data, setup, reporter)
    every = [r for part in results.values() for r in part]
    tables.write_csv(every, output)
    lines = [f"Steps of eight chips a run: {plan.iterations}."]
    if "low-label" in results:
        lines += ["", "## Synthetic places", "", *tables.low_label_table(results["low-label"])]
    output.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(every)
