"""Which cells there are, run one after the other; those that have been run are not run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import OptionError
from ..events import Reporter
from ..learning.recipe import Recipe
from ..modelfiles.loading import load_encoder
from .cells import (
    CLASS_START,
    METHODS,
    RANDOM_START,
    SYNTHETIC,
    Cell,
    PlainChips,
    Result,
    Setup,
    run_cell,
    store,
    stored,
)
from .data import ChipData, real_data, spoil, synthetic_data
from .questions import QUESTIONS, pretrain_with_ratio, variant

TASKS = ("buildings", "roads")
SIZES = (10, 50, 200, 450)
#: Ours and the paper's baseline; the others are there to tell what makes the difference.
MAIN_METHODS = ("mae", "unet-minmax")


@dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        iterations: Steps a cell.
        full_iterations: Steps of the one cell that shows whether short runs rank the methods rightly.
        seeds: Of every cell but those with the most chips.
        wide_seeds: Of those with the most chips.
        side_seeds: Of the methods that are neither ours nor the baseline.
        methods: Keys of `METHODS`.
        tasks: ``buildings``, ``roads``.
        sizes: Numbers of training chips.
    """

    iterations: int = 150
    full_iterations: int = 3000
    seeds: int = 3
    wide_seeds: int = 2
    side_seeds: int = 1
    methods: Sequence[str] = ("mae", "random", "unet", "unet-minmax")
    tasks: Sequence[str] = TASKS
    sizes: Sequence[int] = SIZES


def low_label_cells(plan: Plan) -> list[Cell]:
    """The paper's table: task by chips by method by seed. First seeds first, so that a table exists early."""

    def seeds(method: str, size: int) -> int:
        wanted = plan.seeds if method in MAIN_METHODS else plan.side_seeds
        return min(wanted, plan.wide_seeds) if size == max(SIZES) else wanted

    return [
        Cell(SYNTHETIC, task, method, size, seed, plan.iterations)
        for seed in range(max(plan.seeds, plan.side_seeds))
        for size in plan.sizes
        for task in plan.tasks
        for method in plan.methods
        if seed < seeds(method, size)
    ]


def full_length_cells(plan: Plan) -> list[Cell]:
    """One cell with many more steps, to see whether shorter runs rank the same."""
    return [Cell(SYNTHETIC, "buildings", method, 50, 0, plan.full_iterations) for method in plan.methods]


def start_cells(plan: Plan) -> list[Cell]:
    """Our heads from random weights and from the embedded head of the class, beside those from the height head."""
    return [
        Cell(SYNTHETIC, task, "mae", size, 0, plan.iterations, variant=variant)
        for size in (10, 50)
        for task in plan.tasks
        for variant in (RANDOM_START, CLASS_START)
    ]


def noise_cells(plan: Plan) -> list[Cell]:
    """Shifted, missing and ragged labels at 50 and 450 chips, with and without the remedy."""
    return [
        Cell(SYNTHETIC, "buildings", method, size, 0, plan.iterations, noise, remedy)
        for size in (50, 450)
        for noise in ("shifted", "missing", "ragged")
        for method, remedy in (("mae", ""), ("mae", "robust"))
    ] + [Cell(SYNTHETIC, "buildings", "mae", size, 0, plan.iterations, "", "robust") for size in (50, 450)]


def question_cells(plan: Plan, question: str) -> list[Cell]:
    """One of the paper's open questions: 50 chips of each task, a variant at a time."""
    return [
        Cell(SYNTHETIC, task, "mae", 50, seed, plan.iterations, variant=name)
        for seed in range(plan.side_seeds)
        for task in plan.tasks
        for name in QUESTIONS[question]
    ]


def five_cells(plan: Plan) -> list[Cell]:
    """Half as many chips as the paper's fewest."""
    return [
        Cell(SYNTHETIC, task, method, 5, seed, plan.iterations)
        for seed in range(plan.side_seeds)
        for task in plan.tasks
        for method in plan.methods
    ]


def real_cells(plan: Plan, recipe: Recipe, setup: Setup) -> list[Cell]:
    """Real train scenes, families left out in turn, with as many chips as there are.

    Raises:
        OptionError: The encoder would have seen labels of the families left out.
    """
    if recipe.intermediate and setup.fold_encoders is None and not setup.stored_only:
        raise OptionError(
            "The embedded encoder has seen heights above ground in the places that part 'real' leaves out.",
            "Run leave-out, which makes encoders that have not, and name its --work folder with --fold-encoders.",
        )
    return [
        Cell(fold, "buildings", method, 10_000, 0, plan.iterations) for fold in recipe.folds for method in plan.methods
    ]


class Data:
    """Chips of each data set, made when first asked for."""

    def __init__(self, recipe: Recipe, folders: Sequence[Path], setup: Setup) -> None:
        self.recipe, self.folders, self._setup = recipe, list(folders), setup
        encoder, encoding, card, _ = load_encoder(setup.encoder_path)
        self.side = encoder.options.tile * card.ground_resolution
        self.margin = encoding.margin(card.ground_resolution) * card.ground_resolution
        self.get = cache(self._make)
        self.plain = cache(self._plain)

    def _plain(self, name: str, task: str) -> PlainChips:
        chips = self.get(name, task)
        return PlainChips(chips.validation, chips.test)

    def _make(self, name: str, task: str) -> ChipData:
        if name == SYNTHETIC:
            return synthetic_data(task, self.side, self.margin, self._setup.work / "places")
        if not self.folders:
            raise OptionError("The real scenes are needed for this part.", "Name their folder with --scenes.")
        return real_data(self.recipe, self.folders, task, name, self.side, self.margin)


def run_cells(cells: Sequence[Cell], data: Data, setup: Setup, reporter: Reporter) -> list[Result]:
    """Run what has not been run; cells with the same data together would be quicker, but a table would come later.

    Args:
        cells: What to run.
        data: Where chips come from.
        setup: What all cells share.
        reporter: Progress and cancelling.

    Returns:
        The figures of every cell, in order.
    """
    results = []
    for index, cell in enumerate(cells):
        if not setup.stored_only:
            _pretrain_for(cell, data, setup, reporter)
        result = stored(cell, setup)
        if result is None and setup.stored_only:
            continue
        if result is None:
            chips = data.get(cell.data, cell.task)
            training = chips.training(cell.chips, cell.seed)
            if cell.noise:
                training = spoil(training, cell.noise, cell.seed)
            reporter.log(f"{index + 1} of {len(cells)}: {cell.key}, {METHODS[cell.method]}")
            span = (100.0 * index / len(cells), 100.0 * (index + 1) / len(cells))
            result, _ = run_cell(cell, setup, training, data.plain(cell.data, cell.task), reporter, progress=span)
            store(result, setup.work)
            reporter.log(f"  IoU {result.iou:.3f} (validation {result.validation_iou:.3f}), {result.seconds:.0f} s")
        results.append(result)
    return results


def _pretrain_for(cell: Cell, data: Data, setup: Setup, reporter: Reporter) -> None:
    """The encoder of a cell that asks for a pre-training of its own.

    Raises:
        OptionError: The scenes to pre-train on were not named.
    """
    change = variant(cell.variant)
    if change is None or change.mask_ratio is None:
        return
    path = setup.encoder_for(cell)
    if path.is_file():
        return
    if not data.folders or setup.fold_encoders is None:
        raise OptionError(
            "The question of the masking ratio pre-trains encoders of its own.",
            "Name the folders of scenes with --scenes, and the one that embed worked in with --fold-encoders.",
        )
    pretrain_with_ratio(change.mask_ratio, data.recipe, data.folders, setup.fold_encoders, path, reporter, setup.device)
