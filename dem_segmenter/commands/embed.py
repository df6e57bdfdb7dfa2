"""``embed``: make the embedded models after a recipe."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..events import Reporter
from . import JobResult

HELP = "make an encoder and its heads after a recipe file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the job's arguments."""
    parser.add_argument("recipe", type=Path, help="recipe file, such as models/recipe.toml")
    parser.add_argument(
        "--scenes", type=Path, action="append", required=True, metavar="DIR", help="folder of scenes; may be repeated"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the model files")
    parser.add_argument("--work", type=Path, default=Path("runs/embed"), metavar="DIR", help="checkpoints and caches")
    parser.add_argument(
        "--only", action="append", metavar="PART", help="'encoder' or a head's name; may be repeated; default: all"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job."""
    from .. import runtime
    from ..learning.embed import embed

    runtime.limit_threads()
    device = runtime.pick_device(args.device)
    reporter.start("embed", device=str(device), device_name=runtime.device_name(device))
    outputs = embed(
        args.recipe, args.scenes, args.output, args.work, reporter, device=device, only=tuple(args.only or ())
    )
    return JobResult(outputs=outputs)
