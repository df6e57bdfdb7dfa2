"""``benchmark``: how much each method makes of few labelled chips."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..events import Reporter
from . import JobResult

#: What there is to run (`benchmark.report.PARTS`, which would import torch).
PARTS = (
    "low-label", "start", "real", "suggest", "noise", "full-length", "pretraining", "blocks", "encoding", "masking",
    "five",
)  # fmt: skip

HELP = "the low-label benchmark: train all methods on few chips, measure, and write the tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the job's arguments."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="TABLE.csv", help="a .md appears beside it")
    parser.add_argument(
        "--part",
        action="append",
        choices=PARTS,
        help="only this part; may be repeated (default: all)",
    )
    parser.add_argument(
        "--scenes", type=Path, action="append", default=[], metavar="DIR", help="folder of real scenes, for part 'real'"
    )
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR", help="folder with the encoder")
    parser.add_argument("--recipe", type=Path, help="recipe file that names the folds (default: the models' folder's)")
    parser.add_argument("--imagenet", type=Path, metavar="ENCODER", help="an imported ImageNet MAE ViT-Base")
    parser.add_argument("--fold-encoders", type=Path, metavar="DIR", help="leave-out's --work folder, for part 'real'")
    parser.add_argument("--work", type=Path, default=Path("runs/benchmark"), metavar="DIR", help="results and caches")
    parser.add_argument("--iterations", type=int, default=150, help="steps of 8 chips (the paper: 3000)")
    parser.add_argument("--full-iterations", type=int, default=3000, help="steps in part full-length")
    parser.add_argument("--seeds", type=int, default=3, help="seeds a cell")
    parser.add_argument("--wide-seeds", type=int, default=2, help="seeds of the cells with 450 chips")
    parser.add_argument("--side-seeds", type=int, default=1, help="seeds of all but ours and the UNet baseline")
    parser.add_argument(
        "--method", action="append", choices=("mae", "random", "unet", "unet-minmax", "imagenet"), help="only this one"
    )
    parser.add_argument("--task", action="append", choices=("buildings", "roads"), help="only this one")
    parser.add_argument("--chips", type=int, action="append", help="only this many training chips; may be repeated")
    parser.add_argument("--stored-only", action="store_true", help="run nothing: tables of what has been run before")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job."""
    from .. import runtime
    from ..benchmark.cells import Setup
    from ..benchmark.report import benchmark
    from ..benchmark.run import SIZES, TASKS, Plan

    runtime.limit_threads()
    device = runtime.pick_device(args.device)
    reporter.start("benchmark", device=str(device), device_name=runtime.device_name(device))
    methods = args.method or ["mae", "random", "unet", "unet-minmax", *(["imagenet"] if args.imagenet else [])]
    start = args.models / "height.safetensors"
    setup = Setup(
        args.models / "encoder.safetensors",
        args.work,
        device,
        start if start.is_file() else None,
        args.imagenet,
        args.stored_only,
        args.fold_encoders,
    )
    plan = Plan(
        args.iterations,
        args.full_iterations,
        args.seeds,
        args.wide_seeds,
        args.side_seeds,
        methods,
        args.task or list(TASKS),
        args.chips or list(SIZES),
    )
    done = benchmark(
        plan, args.part, setup, args.scenes, args.recipe or args.models / "recipe.toml", args.output, reporter
    )
    return JobResult(outputs={"table": args.output, "page": args.output.with_suffix(".md")}, statistics={"cells": done})
