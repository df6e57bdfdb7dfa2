"""``evaluate``: how good a mask or a head is, measured against labels."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import OptionError
from ..events import Reporter
from . import JobResult, labels

if TYPE_CHECKING:
    import numpy as np
    from rasterio.windows import Window

    from ..elevation.source import DemSource
    from ..evaluation.masks import MaskSource
    from ..evaluation.run import Evaluation
    from ..learning.labels import GroundTruth

HELP = "measure a mask or a head against labels"

#: Outputs: option to kind.
OUTPUTS = {"report": "report", "metrics": "metrics", "errors": "raster"}

#: Percent of the job when the head has run, and when everything is compared.
SEGMENTED, COMPARED = 60.0, 90.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("source", metavar="SOURCE", help="mask or probability raster; with --head, a DEM")
    labels.add_arguments(parser, unlabelled="nothing")
    parser.add_argument("--head", metavar="NAME_OR_PATH", help="head to run on SOURCE first")
    parser.add_argument("--class-value", type=int, metavar="V", help="value of the class in the mask (default: not 0)")
    parser.add_argument("--threshold", type=float, metavar="T", help="probability (default: the head's, or 0.5)")
    parser.add_argument("--band", type=int, default=1, metavar="N", help="band of SOURCE (default: 1)")
    parser.add_argument("--crs", metavar="AUTHID_OR_WKT", help="CRS of SOURCE, instead of its own")
    parser.add_argument(
        "--vertical-unit",
        choices=("auto", "metre", "foot"),
        default="auto",
        help="unit of a DEM's elevations (default: what the file says, else metres)",
    )
    parser.add_argument("--tolerance", type=float, default=3.0, metavar="M", help="of road lines (default: 3 m)")
    parser.add_argument(
        "--kind",
        choices=("auto", "objects", "lines"),
        default="auto",
        help="count objects or measure lines (default: by the labels and the class's name)",
    )
    parser.add_argument("--report", type=Path, metavar="R.html", help="figures and pictures for people")
    parser.add_argument("--metrics", type=Path, metavar="M.json", help="figures for programs")
    parser.add_argument("--errors", type=Path, metavar="E.tif", help="map: 1 found, 2 missed, 3 invented, 255 unknown")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="where to run the head")
    parser.add_argument("--batch-size", type=int, metavar="N", help="tiles at once (default: the head's)")
    parser.add_argument(
        "--models-dir", type=Path, action="append", default=[], metavar="DIR", help="more folders with models"
    )


@dataclass(frozen=True)
class Judged:
    """What is compared with the labels.

    Attributes:
        mask: The mask.
        truth: The labels on its grid.
        names: Names of the class and of the head.
        relief: Gives a window as a shaded relief; None without elevation.
        facts: What is worth telling of it.
        warnings: What was told of it.
    """

    mask: MaskSource
    truth: GroundTruth
    names: list[str]
    relief: Callable[[Window], np.ndarray] | None
    facts: dict[str, Any]
    warnings: list[str]


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job; raises `DemSegmenterError`."""
    from ..evaluation.run import evaluate_mask, finish_error_map, require_space, workspace
    from ..inference.outputs import Outputs
    from ..reports.page import write_page, write_text

    started = time.monotonic()
    paths = {name: (getattr(args, name), kind) for name, kind in OUTPUTS.items() if getattr(args, name)}
    with ExitStack() as stack:
        opened = _open(args, stack)
        truth = opened[1]
        protected = [*opened[0].files, *truth.files, *([Path(args.head)] if _is_file(args.head) else [])]
        outputs = stack.enter_context(Outputs(paths, protected, reporter))
        require_space(outputs, opened[0].width * opened[0].height)
        work = stack.enter_context(workspace([path.parent for path in outputs.paths.values()], reporter))
        judged = _judged(args, opened, work, stack, reporter)
        low = SEGMENTED if args.head else 0.0
        done, writer = evaluate_mask(
            judged.mask,
            truth,
            work,
            reporter,
            kind=args.kind,
            names=judged.names,
            tolerance=args.tolerance,
            span=(low, COMPARED),
        )
        for sentence in done.warnings:
            reporter.warning(sentence)
        done.warnings[:0] = judged.warnings
        facts = _facts(args, judged, done)
        figures = done.figures()
        if "report" in paths:
            from ..evaluation.report import sections

            reporter.progress(COMPARED, "Drawing the report")
            page = sections(done, writer.path, judged.relief, facts)
            title = f"Evaluation of {judged.facts.get('head', judged.mask.name)}"
            subtitle = f"{facts['raster']} against {facts['labels']}"
            write_page(outputs.scratch("report"), title, page, subtitle)
        if "metrics" in paths:
            write_text(outputs.scratch("metrics"), _json(args, judged, done))
        if "errors" in paths:
            finish_error_map(writer, outputs.scratch("errors"), reporter, (COMPARED + 1.0, 100.0))
        reporter.check_cancelled()
        final = outputs.publish()
    values = {**figures, "kind": done.kind, **{k: judged.facts[k] for k in ("device",) if k in judged.facts}}
    return JobResult(final, {**values, "seconds": round(time.monotonic() - started, 2)})


def _open(args: argparse.Namespace, stack: ExitStack) -> tuple[Any, GroundTruth]:
    """The DEM or the mask, and the labels on it: what is wrong with them is said before any work."""
    from ..elevation.source import DemSource
    from ..evaluation.masks import MaskSource
    from ..learning.labels import GroundTruth

    source: DemSource | MaskSource
    if args.head:
        source = DemSource(args.source, band=args.band, crs=args.crs, vertical_unit=args.vertical_unit)
    else:
        source = MaskSource(args.source, band=args.band, value=args.class_value, threshold=args.threshold, crs=args.crs)
    stack.enter_context(source)
    return source, stack.enter_context(GroundTruth(source, labels.options(args, complete=True)))


def _judged(
    args: argparse.Namespace, opened: tuple[Any, GroundTruth], work: Path, stack: ExitStack, reporter: Reporter
) -> Judged:
    """The mask that is judged; a head is run for it first."""
    source, truth = opened
    if args.head:
        return _segmented(args, source, truth, work, stack, reporter)
    reporter.start("evaluate", version=__version__)
    if len(source.classes) > 1 or (source.classes and args.class_value is not None):
        _require_class(args.class_value, source.classes, f"The mask '{source.name}' shows")
    names = [source.classes.get(args.class_value, "")] if args.class_value else list(source.classes.values())
    facts: dict[str, Any] = {}
    if source.threshold is not None:
        facts["threshold"] = source.threshold
        reporter.log(f"'{source.name}' is taken as probabilities; {source.threshold:g} and more counts as found.")
    return Judged(source, truth, [name for name in names if name], None, facts, [])


def _segmented(
    args: argparse.Namespace, source: DemSource, truth: GroundTruth, work: Path, stack: ExitStack, reporter: Reporter
) -> Judged:
    """Run the head, as ``segment`` does."""
    from .. import runtime
    from ..evaluation.masks import MaskSource
    from ..inference.classes import output_classes
    from ..inference.outputs import Outputs
    from ..inference.run import Options, segment_raster
    from ..modelfiles import load_model
    from ..reports import hillshade

    device = runtime.pick_device(args.device)
    runtime.limit_threads()
    reporter.start("evaluate", version=__version__, device=str(device), device_name=runtime.device_name(device))
    reporter.progress(0.0, "Loading the model")
    model = load_model([args.head], device=str(device), folders=args.models_dir)
    card = model.heads[0].card
    known = {c.value: c for c in output_classes([card], args.threshold)}
    _require_class(args.class_value, {v: c.name for v, c in known.items()}, f"The head '{card.name}' finds")
    value = args.class_value if args.class_value is not None else next(iter(known))
    path = work / "mask.tif"
    options = Options(threshold=args.threshold, batch_size=args.batch_size)
    with Outputs({"mask": (path, "raster")}, [], reporter) as outputs:
        done = segment_raster(model, source, None, outputs, options, reporter, until=SEGMENTED)
        outputs.publish()
    mask = stack.enter_context(MaskSource(path, value=value))
    mask.name = source.name
    (used,) = (c for c in done.classes if c.value == value)  # at the threshold that the raster's walls may have chosen
    facts = {"head": card.title or card.name, "threshold": used.threshold, "device": str(device)}
    if used.object_threshold > 0:
        facts["object_threshold"] = used.object_threshold
    size = source.metres_per_pixel()

    def relief(window: Window) -> np.ndarray:
        elevation, valid = source.read(window)
        return hillshade(elevation, size, valid)

    warnings = [*source.warnings, *source.reading_warnings()]
    return Judged(mask, truth, [used.name, card.name], relief, facts, warnings)


def _require_class(value: int | None, classes: Mapping[int, str], whose: str) -> None:
    """Refuse a class value that is none of the classes, and no value where there are several.

    Raises:
        OptionError: It has to be told which class is meant.
    """
    if value in classes or (value is None and len(classes) == 1):
        return
    raise OptionError(
        f"{whose} the classes {', '.join(f'{known} ({name})' for known, name in classes.items())}; "
        + ("the labels show one of them." if value is None else f"{value} is none of them."),
        "Say with the value of the class which one is to be compared.",
    )


def _facts(args: argparse.Namespace, judged: Judged, done: Evaluation) -> dict[str, Any]:
    """Inputs and settings, by names for people."""
    mask, size = judged.mask, judged.mask.metres_per_pixel()
    truth = f"{args.labels}|layername={args.labels_layer}" if args.labels_layer else args.labels
    area = f"{args.area}|layername={args.area_layer}" if args.area_layer else args.area
    return {
        "raster": args.source,
        "band": args.band,
        "size": f"{mask.width} x {mask.height} pixels of {size[0]:.3g} x {size[1]:.3g} m",
        "CRS": mask.crs.to_string()[:80],
        **judged.facts,
        "class": ", ".join(judged.names[:1]),
        "class value": args.class_value,
        "labels": truth,
        "label value": args.label_value,
        "buffer": f"{args.buffer:g} m to each side" if args.buffer is not None else None,
        "width field": args.width_field,
        "area": area or "everything counts as labelled",
        "counted": done.kind,
        "tolerance": f"{args.tolerance:g} m" if done.kind == "lines" else None,
    }


def _json(args: argparse.Namespace, judged: Judged, done: Evaluation) -> str:
    """Everything as JSON."""
    mask, own = judged.mask, {"events", "job", "run", "models_dir", *OUTPUTS}
    places = [{**vars(place), "counts": vars(place.counts)} for place in done.pixels.worst]
    content = {
        "version": __version__,
        "inputs": {**{name: value for name, value in vars(args).items() if name not in own}, **judged.facts},
        "grid": {
            "width": mask.width,
            "height": mask.height,
            "crs": mask.crs.to_wkt(),
            "transform": list(mask.transform)[:6],
            "pixel_size_m": list(mask.metres_per_pixel()),
        },
        "kind": done.kind,
        "figures": done.figures(),
        "boundary": vars(done.pixels.boundary),
        "worst_places": places,
        "warnings": done.warnings,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n"


def _is_file(path: str | None) -> bool:
    return bool(path) and os.path.isfile(str(path))
