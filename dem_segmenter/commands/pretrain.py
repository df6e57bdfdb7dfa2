"""``pretrain``: an encoder from any pile of DEMs, without labels."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import OptionError
from ..events import Reporter
from . import JobResult, encoders

if TYPE_CHECKING:
    from ..learning.pretraining import PretrainOptions

HELP = "pre-train an encoder on DEMs, without labels"

#: What an option may be.
RANGES: dict[str, tuple[float, float]] = {
    "iterations": (1, 100_000_000),
    "batch_size": (1, 65_536),
    "learning_rate": (1e-8, 1.0),
    "weight_decay": (0.0, 10.0),
    "warmup": (0, 100_000_000),
    "mask_ratio": (0.05, 0.95),
    "decoder_width": (32, 4096),
    "decoder_depth": (1, 32),
    "tile": (32, 2048),
    "ground_resolution": (0.05, 100.0),
    "synthetic": (0, 10_000),
    "synthetic_share": (0.0, 1.0),
    "save_every": (1, 1_000_000),
    "seed": (0, 2**31 - 1),
    "workers": (1, 256),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("sources", nargs="*", metavar="DEM", help="DEMs, mosaics (VRT), folders of either")
    parser.add_argument("--list", type=Path, metavar="FILE", help="text file with more of them, one a line")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="ENCODER.safetensors", help="encoder file")
    parser.add_argument("--report", type=Path, metavar="REPORT.html", help="page with curves and rebuilt relief")
    parser.add_argument("--title", help="the encoder's name for people (default: its file's)")
    parser.add_argument(
        "--architecture", metavar="NAME", help="timm's name of a plain ViT (default: vit_tiny_patch16_224)"
    )
    parser.add_argument(
        "--start-from", metavar="NAME_OR_PATH", help="encoder to go on from; architecture and encoding are its own"
    )
    parser.add_argument("--tile", type=int, help="chip side in pixels (default: 224)")
    parser.add_argument(
        "--ground-resolution", type=float, metavar="M", help="metres per pixel to learn around (default: 0.75)"
    )
    recipe = parser.add_argument_group("recipe")
    recipe.add_argument("--mask-ratio", type=float, default=0.75, help="share of patches hidden (default: 0.75)")
    recipe.add_argument(
        "--raw-target", action="store_true", help="draw patches as they are, instead of each normalised"
    )
    recipe.add_argument("--iterations", type=int, default=1500, help="training steps (default: 1500)")
    recipe.add_argument("--batch-size", type=int, default=48, help="chips a step, of each process (default: 48)")
    recipe.add_argument("--learning-rate", type=float, default=8e-4, help="peak (default: 0.0008)")
    recipe.add_argument("--weight-decay", type=float, default=0.05, help="AdamW's (default: 0.05)")
    recipe.add_argument("--warmup", type=int, help="steps of warm-up (default: 100, less in short runs)")
    recipe.add_argument("--decoder-width", type=int, help="channels of the decoder (default: by the encoder's)")
    recipe.add_argument("--decoder-depth", type=int, default=2, help="blocks of the decoder (default: 2)")
    recipe.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    recipe.add_argument("--synthetic", type=int, default=0, metavar="N", help="synthetic places mixed in (default: 0)")
    recipe.add_argument(
        "--synthetic-share", type=float, default=0.3, help="share of chips from synthetic places (default: 0.3)"
    )
    parser.add_argument("--keep", action="store_true", help="when cancelled, write the encoder so far")
    parser.add_argument("--save-every", type=int, default=100, help="steps between saved states (default: 100)")
    parser.add_argument("--band", type=int, default=1, metavar="N", help="band that holds the elevation (default: 1)")
    parser.add_argument("--crs", metavar="AUTHID_OR_WKT", help="CRS of the DEMs, instead of their own")
    parser.add_argument("--vertical-unit", choices=("auto", "metre", "foot"), default="auto")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="where to run")
    parser.add_argument("--workers", type=int, help="threads that prepare chips (default: 1 on a CPU, else up to 16)")
    parser.add_argument(
        "--models-dir", type=Path, action="append", default=[], metavar="DIR", help="more folders with models"
    )


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job; raises `DemSegmenterError`."""
    from .. import runtime
    from ..learning.pretrain_encoder import EncoderRequest, pretrain_encoder
    from ..learning.ranks import joined

    started = time.monotonic()
    options = _options(args)
    request = EncoderRequest(
        sources=_sources(args),
        output=args.output,
        report=args.report,
        title=args.title or args.output.stem,
        architecture=args.architecture,
        start=_start(args),
        tile=args.tile,
        ground_resolution=args.ground_resolution,
        options=options,
        decoder=(args.decoder_width, args.decoder_depth),
        synthetic=args.synthetic,
        synthetic_share=args.synthetic_share,
        band=args.band,
        crs=args.crs,
        vertical_unit=args.vertical_unit,
        save_every=args.save_every,
        workers=args.workers,
        keep=args.keep,
    )
    with ExitStack() as stack:
        ranks = stack.enter_context(joined(args.device))
        runtime.limit_threads()
        name = runtime.device_name(ranks.device)
        reporter.start(
            "pretrain",
            version=__version__,
            device=str(ranks.device),
            device_name=f"{ranks.count} x {name}" if ranks.count > 1 else name,
        )
        outputs, statistics = pretrain_encoder(request, ranks, reporter)
        return JobResult(
            outputs, {**statistics, "device": str(ranks.device), "seconds": round(time.monotonic() - started, 2)}
        )


def _options(args: argparse.Namespace) -> PretrainOptions:
    """The recipe, checked."""
    from ..learning.pretraining import PretrainOptions

    for name, (low, high) in RANGES.items():
        value = getattr(args, name)
        if value is not None and not low <= value <= high:
            raise OptionError(
                f"The option {name.replace('_', ' ')} is {value}, which makes no sense.", f"Use {low:g} to {high:g}."
            )
    if args.decoder_width and args.decoder_width % 32:
        raise OptionError(f"The decoder cannot be {args.decoder_width} wide.", "Use a multiple of 32.")
    if args.synthetic and not args.synthetic_share:
        raise OptionError("Synthetic places are asked for, and none of the chips is to be of them.", "Raise the share.")
    return PretrainOptions(
        iterations=args.iterations,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        warmup=args.warmup if args.warmup is not None else min(100, args.iterations // 8),
        weight_decay=args.weight_decay,
        mask_ratio=args.mask_ratio,
        seed=args.seed,
        normalise=not args.raw_target,
    )


def _sources(args: argparse.Namespace) -> tuple[str, ...]:
    """What was given on the command line and in the list."""
    listed: list[str] = []
    if args.list:
        try:
            listed = [line.strip() for line in args.list.read_text(encoding="utf-8-sig").splitlines()]
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError(
                f"The list '{args.list}' cannot be read: {error}.", "Give a text file with a path a line."
            ) from error
    sources = (*args.sources, *(line for line in listed if line))
    if not sources and not args.synthetic:
        raise OptionError(
            "There is no elevation to learn from.", "Give DEMs or a folder of them, or ask for synthetic places."
        )
    return sources


def _start(args: argparse.Namespace) -> Path | None:
    """File of the encoder to go on from."""
    return encoders.find(args.start_from, args.models_dir) if args.start_from else None
