"""``leave-out``: figures on families left out of training."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..events import Reporter
from . import JobResult

HELP = "train with families left out in turn, measure on them, and write the table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the job's arguments."""
    parser.add_argument("recipe", type=Path, help="recipe file with folds, such as models/recipe.toml")
    parser.add_argument(
        "--scenes", type=Path, action="append", required=True, metavar="DIR", help="folder of scenes; may be repeated"
    )
    parser.add_argument("--task", required=True, help="which head: buildings or roads")
    parser.add_argument(
        "--models", type=Path, default=Path("models"), metavar="DIR", help="folder with the encoder and the head"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="TABLE.csv", help="table to write")
    parser.add_argument("--work", type=Path, default=Path("runs/embed"), metavar="DIR", help="checkpoints and caches")
    parser.add_argument("--iterations", type=int, help="steps of a fold's head, where not the recipe's")
    parser.add_argument("--fine-tuning", type=int, help="steps of a fold's encoder, where not the recipe's")
    parser.add_argument(
        "--fold",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one, the table keeps the others; may be repeated; shipped: only the head that ships",
    )
    parser.add_argument(
        "--unet", type=int, default=0, metavar="STEPS", help="train a UNet from scratch beside each fold's head"
    )
    parser.add_argument("--threshold", type=float, help="for the figures, instead of the best on left-out families")
    parser.add_argument("--update-card", action="store_true", help="put threshold and figures into the head's card")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job."""
    from .. import runtime
    from ..learning.leave_out import leave_out

    runtime.limit_threads()
    device = runtime.pick_device(args.device)
    reporter.start("leave-out", device=str(device), device_name=runtime.device_name(device))
    rows = leave_out(
        args.recipe,
        args.scenes,
        args.task,
        args.models,
        args.work,
        args.output,
        reporter,
        iterations=args.iterations,
        fine_tuning=args.fine_tuning,
        device=device,
        update_card=args.update_card,
        only=args.fold,
        threshold=args.threshold,
        unet_iterations=args.unet,
    )
    return JobResult(
        outputs={"table": args.output, "page": args.output.with_suffix(".md")},
        statistics={row.scene: round(row.iou, 4) for row in rows},
    )
