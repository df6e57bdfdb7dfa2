"""``train``: a head from a user's own labels."""

from __future__ import annotations

import argparse
import time
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import CancelledError, LabelError, OptionError
from ..events import Reporter
from . import JobResult, encoders, labels

if TYPE_CHECKING:
    from ..elevation.source import DemSource
    from ..learning.placed_chips import PlacedChip

HELP = "train a head from labels drawn on DEMs"

#: Chips that are used at most where nothing is said: the paper's largest set, and a gigabyte of memory.
MOST_CHIPS = 450
#: What an option may be.
RANGES: dict[str, tuple[float, float]] = {
    "iterations": (1, 1_000_000),
    "batch_size": (2, 1024),  # batch normalisation needs two
    "learning_rate": (1e-8, 1.0),
    "weight_decay": (0.0, 10.0),
    "power": (0.0, 10.0),
    "class_weight": (0.0, 1.0),
    "feature_dropout": (0.0, 0.95),
    "validation": (0.0, 0.9),
    "validate_every": (1, 1_000_000),
    "chips": (1, 1_000_000),
    "seed": (0, 2**31 - 1),
}
#: Colours of the embedded heads' classes, and those that others share out among themselves (ColorBrewer's Dark2).
COLORS = {"building": "#e4572e", "road": "#f2b705"}
PALETTE = ("#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#a6761d", "#666666")
#: Percent of the job taken by cutting chips, and by training.
CUT_PERCENT, TRAIN_PERCENT = 5.0, 97.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("sources", nargs="+", metavar="DEM", help="DEMs that the labels lie on")
    labels.add_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="HEAD.safetensors", help="head file")
    parser.add_argument("--report", type=Path, metavar="REPORT.html", help="page with curves, counts and pictures")
    parser.add_argument("--class-name", required=True, metavar="NAME", help="what is labelled, singular: building")
    parser.add_argument("--title", help="the head's name for people (default: the class)")
    parser.add_argument("--color", metavar="#RRGGBB", help="colour of the class on the map (default: one for its name)")
    parser.add_argument("--encoder", metavar="NAME_OR_PATH", help="encoder (default: the embedded one)")
    parser.add_argument(
        "--start-from",
        metavar="NAME_OR_PATH",
        help="head to start from, or 'none' (default: an installed one of the same class and encoder, else 'height')",
    )
    recipe = parser.add_argument_group("recipe", "the defaults are the paper's")
    recipe.add_argument("--iterations", type=int, default=3000, help="training steps (default: 3000)")
    recipe.add_argument("--batch-size", type=int, default=8, help="chips a step (default: 8)")
    recipe.add_argument("--learning-rate", type=float, default=1e-3, help="peak (default: 0.001)")
    recipe.add_argument("--weight-decay", type=float, default=0.05, help="AdamW's (default: 0.05)")
    recipe.add_argument("--warmup", type=int, help="steps of warm-up (default: 100, less in short runs)")
    recipe.add_argument("--power", type=float, default=1.0, help="of the polynomial decay (default: 1)")
    recipe.add_argument("--class-weight", type=float, default=0.5, help="0 none to 1 inverse frequency (default: 0.5)")
    recipe.add_argument(
        "--feature-dropout", type=float, default=0.5, help="share of the encoder's features not given (default: 0.5)"
    )
    recipe.add_argument("--augmentation", choices=("none", "dihedral", "full"), default="full", help="(default: full)")
    recipe.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")
    parser.add_argument("--chips", type=int, metavar="N", help=f"training chips at most (default: {MOST_CHIPS})")
    parser.add_argument("--validation", type=float, default=0.2, help="share of chips to validate on (default: 0.2)")
    parser.add_argument("--validate-every", type=int, default=150, help="steps between looks (default: 150)")
    parser.add_argument("--keep-best", action="store_true", help="when cancelled, keep the best head so far")
    parser.add_argument("--band", type=int, default=1, metavar="N", help="band that holds the elevation (default: 1)")
    parser.add_argument("--crs", metavar="AUTHID_OR_WKT", help="CRS of the DEMs, instead of their own")
    parser.add_argument("--vertical-unit", choices=("auto", "metre", "foot"), default="auto")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="where to run")
    parser.add_argument(
        "--models-dir", type=Path, action="append", default=[], metavar="DIR", help="more folders with models"
    )


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job; raises `DemSegmenterError`."""
    import numpy as np

    from .. import runtime
    from ..elevation.source import DemSource
    from ..inference.outputs import Outputs
    from ..learning.head_from_labels import HeadRequest, keep_on_cancel, prepare
    from ..learning.placed_chips import split_by_place
    from ..modelfiles.card import read_card

    started = time.monotonic()
    options = _options(args)
    encoder, start = _models(args)
    paths: dict[str, tuple[Path, str]] = {"head": (args.output, "model")}
    if args.report:
        paths["report"] = (args.report, "report")
    with ExitStack() as stack:
        dems = [
            stack.enter_context(DemSource(s, band=args.band, crs=args.crs, vertical_unit=args.vertical_unit))
            for s in args.sources
        ]
        protected = [f for dem in dems for f in dem.files] + [encoder, *([start] if start else [])]
        label_files = [Path(str(p).split("|")[0]) for p in (args.labels, args.area) if p]
        outputs = stack.enter_context(Outputs(paths, [*protected, *label_files], reporter))
        device = runtime.pick_device(args.device)
        runtime.limit_threads()
        reporter.start("train", version=__version__, device=str(device), device_name=runtime.device_name(device))
        rng = np.random.default_rng(args.seed)
        chips, kind = _cut(args, dems, encoder, rng, reporter)
        training, validation = split_by_place(chips, args.validation, rng)
        if not validation and args.validation > 0:
            reporter.warning(
                "There is no second place to validate on; the weights of the last step are kept and their quality is "
                "not known. Label some ground elsewhere to have it measured."
            )
        begun = read_card(start) if start is not None else None
        from_head = f"the head '{begun.title}'" if begun is not None else "random weights"
        reporter.log(f"The class is '{args.class_name}'; its head starts from {from_head}.")
        reporter.log(f"{len(training)} chips to train on, {len(validation)} to validate on.")
        request = HeadRequest(
            args.class_name, args.title or args.class_name.capitalize(), _color(args), encoder, start,
            args.augmentation, options, kind, [dem.name for dem in dems],
        )  # fmt: skip
        # Beside the output and under a name of its own: a run that is killed is gone on with by the next one.
        checkpoint = args.output.with_name(args.output.name + ".training")
        trained = prepare(request, training, validation, checkpoint=checkpoint, device=device)
        try:
            trained.run(reporter, (CUT_PERCENT, TRAIN_PERCENT))
        except CancelledError:
            kept = args.keep_best and keep_on_cancel(trained, args.output, reporter)
            checkpoint.unlink(missing_ok=True)
            if kept:
                raise CancelledError("Cancelled; the best head so far was kept.") from None
            raise
        trained.save(outputs.scratch("head"))
        if "report" in outputs.paths:
            from ..learning.training_report import write_report

            reporter.progress(TRAIN_PERCENT, "Writing the report")
            write_report(outputs.scratch("report"), trained, dems, args.output.name, reporter)
        final = outputs.publish()
        checkpoint.unlink(missing_ok=True)
    best = trained.training.best
    if begun is not None and best is not None and best.step == 0:
        # Of a head for other classes all is taken over but the part that tells them.
        saved = (
            "that head is what was saved"
            if len(begun.classes) == 1
            else "what was saved has learned nothing of the class and is of no use"
        )
        reporter.warning(
            "Training improved nothing: no step was better on the validation chips than the head it began with, and "
            f"{saved}. Label more ground, above all where it is wrong, or train for longer."
        )
    return JobResult(
        final,
        {
            "iou": round(best.iou, 4) if best else None,
            "threshold": trained.threshold,
            "training_chips": len(training),
            "validation_chips": len(validation),
            "best_iteration": best.step if best else options.iterations,
            "iterations": options.iterations,
            "classes": [{"name": args.class_name, "value": 1, "color": _color(args)}],
            "device": str(device),
            "seconds": round(time.monotonic() - started, 2),
        },
    )


def _options(args: argparse.Namespace):  # type: ignore[no-untyped-def]
    """The recipe, checked."""
    import re

    from ..learning.training import TrainOptions

    for name, (low, high) in RANGES.items():
        value = getattr(args, name)
        if value is not None and not low <= value <= high:
            raise OptionError(
                f"The option {name.replace('_', ' ')} is {value}, which makes no sense.", f"Use {low:g} to {high:g}."
            )
    if args.color is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", args.color):
        raise OptionError(f"'{args.color}' is not a colour.", "Write it as #rrggbb, for example #e4572e.")
    if not args.class_name.strip():
        raise OptionError("The class has no name.", "Say what is labelled, for example building.")
    warmup = args.warmup if args.warmup is not None else min(100, args.iterations // 8)
    return TrainOptions(
        iterations=args.iterations,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        warmup=warmup,
        power=args.power,
        weight_decay=args.weight_decay,
        class_weight=args.class_weight,
        feature_dropout=args.feature_dropout,
        # A short run must not keep the average of its beginnings.
        average=0.995 if args.iterations >= 1000 else 0.98,
        validate_every=args.validate_every,
        seed=args.seed,
    )


def _color(args: argparse.Namespace) -> str:
    """The class's colour: what was asked for, or one that depends on its name, so that two heads can be told apart."""
    name = args.class_name.strip().lower()
    chosen: str = args.color or COLORS.get(name) or PALETTE[zlib.crc32(name.encode()) % len(PALETTE)]
    return chosen


def _models(args: argparse.Namespace) -> tuple[Path, Path | None]:
    """Files of the encoder and of the head to start from."""
    from ..learning.head_from_labels import default_start
    from ..modelfiles.card import find_head, read_header_metadata

    encoder = encoders.find(args.encoder or "encoder", args.models_dir)
    if args.start_from == "none":
        return encoder, None
    if args.start_from:
        return encoder, find_head(args.start_from, args.models_dir)
    fingerprint = read_header_metadata(encoder).get("sha256", "")
    return encoder, default_start(fingerprint, [*args.models_dir, encoder.parent], args.class_name)


def _cut(args, dems: list[DemSource], encoder: Path, rng, reporter: Reporter) -> tuple[list[PlacedChip], str]:  # type: ignore[no-untyped-def]
    """Chips of every DEM that the labels touch, and the labels' kind."""
    from ..elevation.encoding import encoding_from_json
    from ..learning.labels import GroundTruth
    from ..learning.placed_chips import check_chips, cut_dem
    from ..modelfiles.card import read_card

    card = read_card(encoder)
    side = card.tile * card.ground_resolution
    margin = encoding_from_json(card.encoding).margin(card.ground_resolution) * card.ground_resolution
    wanted = args.chips or MOST_CHIPS
    # The validation chips come on top of those that were asked for.
    most = max(2, round(wanted / (1.0 - args.validation)))
    chips: list[PlacedChip] = []
    problems: list[LabelError] = []
    kind = "polygons"
    for index, dem in enumerate(dems):
        reporter.progress(CUT_PERCENT * index / len(dems), "Cutting chips")
        for warning in dem.warnings:
            reporter.warning(warning)
        try:
            truth = GroundTruth(dem, labels.options(args))
        except LabelError as error:
            # With several DEMs, some may lie elsewhere.
            problems.append(error)
            continue
        with truth:
            kind = truth.kind
            for warning in truth.warnings:
                reporter.warning(warning)
            share = -(-most // len(dems)) if len(dems) > 1 else most
            chips += cut_dem(dem, truth, side=side, margin=margin, most=share, rng=rng, reporter=reporter)
        for warning in dem.reading_warnings():
            reporter.warning(warning)
    if len(problems) == len(dems):
        raise problems[0]
    for problem in problems:
        reporter.warning(f"{problem.message} This DEM is left out.")
    for warning in check_chips(chips, args.chips, bool(args.area)):
        reporter.warning(warning)
    return chips, kind
