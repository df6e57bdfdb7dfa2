"""``segment``: buildings, roads or both from a DEM."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..errors import OptionError
from ..events import Reporter
from . import JobResult

if TYPE_CHECKING:
    from ..inference.classes import OutputClass
    from ..inference.outputs import Outputs
    from ..inference.run import SegmentationRun

HELP = "find buildings or roads in a DEM"

#: Vector outputs: option to the word in a class's name that it is made from.
VECTORS = {"footprints": "building", "centerlines": "road", "polygons": "road"}

#: Percent of the job that the rasters take where vectors follow.
RASTER_PERCENT = 92.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("source", metavar="SOURCE", help="DEM: a file or anything else GDAL reads")
    parser.add_argument(
        "--head",
        action="append",
        required=True,
        metavar="NAME_OR_PATH",
        help="head by installed name or by path; repeat it for several classes at once",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="MASK.tif", help="mask, or classes")
    parser.add_argument("--band", type=int, default=1, metavar="N", help="band that holds the elevation (default: 1)")
    parser.add_argument("--probability", type=Path, metavar="P.tif", help="probabilities, a band a class")
    parser.add_argument("--footprints", type=Path, metavar="F.gpkg", help="building footprints")
    parser.add_argument("--centerlines", type=Path, metavar="C.gpkg", help="road centrelines")
    parser.add_argument("--polygons", type=Path, metavar="P.gpkg", help="road polygons")
    parser.add_argument(
        "--extent", metavar="XMIN,YMIN,XMAX,YMAX", help="part of the DEM (write --extent=-3,... below 0)"
    )
    parser.add_argument("--extent-crs", metavar="AUTHID_OR_WKT", help="CRS of the extent (default: the DEM's)")
    parser.add_argument("--crs", metavar="AUTHID_OR_WKT", help="CRS of the DEM, instead of its own")
    parser.add_argument(
        "--vertical-unit",
        choices=("auto", "metre", "foot"),
        default="auto",
        help="unit of the elevations (default: what the file says, else metres)",
    )
    parser.add_argument(
        "--threshold", type=float, metavar="T", help="probability (default: the head's, or what the walls choose)"
    )
    parser.add_argument(
        "--min-area", type=float, metavar="M2", help="drop smaller objects (default: the head's; 0 keeps everything)"
    )
    parser.add_argument("--overlap", type=float, metavar="FRACTION", help="overlap of tiles (default: the head's)")
    parser.add_argument(
        "--tta",
        choices=("none", "flips", "dihedral"),
        default="none",
        help="test-time augmentation: show each tile 1, 4 or 8 times (default: none)",
    )
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="where to run")
    parser.add_argument("--batch-size", type=int, metavar="N", help="tiles at once (default: the head's)")
    parser.add_argument(
        "--models-dir", type=Path, action="append", default=[], metavar="DIR", help="more folders with models"
    )


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job; raises `DemSegmenterError`."""
    from ..elevation.grid import extent_window
    from ..elevation.source import DemSource, parse_crs
    from ..inference.classes import output_classes
    from ..inference.outputs import Outputs
    from ..inference.run import Options, protected_files, segment_raster, statistics

    started = time.monotonic()
    options = Options(args.threshold, args.min_area, args.overlap, args.batch_size, args.tta)
    extent = parse_extent(args.extent) if args.extent else None
    paths: dict[str, tuple[Path, str]] = {"mask": (args.output, "raster")}
    if args.probability:
        paths["probability"] = (args.probability, "raster")
    vectors = [name for name in VECTORS if getattr(args, name)]
    paths.update({name: (getattr(args, name), "vector") for name in vectors})

    # The DEM and the outputs are checked first: loading a model takes longer than saying what is wrong with them.
    with DemSource(args.source, band=args.band, crs=args.crs, vertical_unit=args.vertical_unit) as source:
        window = None
        if extent is not None:
            window = extent_window(source, extent, parse_crs(args.extent_crs) if args.extent_crs else None)
        with Outputs(paths, protected_files(source, args.head), reporter) as outputs:
            reporter.check_cancelled()
            model, device = _load(args, reporter)
            # What has no class is said before the run, not after it.
            classes = output_classes([head.card for head in model.heads], options.threshold, options.min_area)
            for name in vectors:
                _class_for(name, classes)
            done = segment_raster(
                model, source, window, outputs, options, reporter, until=RASTER_PERCENT if vectors else 100.0
            )
            values = {**statistics(done), "device": device}
            for index, name in enumerate(vectors):
                step = (100.0 - RASTER_PERCENT) / len(vectors)
                span = (RASTER_PERCENT + index * step, RASTER_PERCENT + (index + 1) * step)
                values[f"{name}_count"] = _write_vector(name, outputs, done, reporter, span)
            reporter.check_cancelled()
            final = outputs.publish()
    values["seconds"] = round(time.monotonic() - started, 2)
    return JobResult(final, values)


def _load(args: argparse.Namespace, reporter: Reporter) -> tuple[Any, str]:
    """The model on its device, and the device's name; both are told."""
    from .. import runtime
    from ..modelfiles import load_model

    device = runtime.pick_device(args.device)
    runtime.limit_threads()
    reporter.start("segment", version=__version__, device=str(device), device_name=runtime.device_name(device))
    reporter.progress(0.0, "Loading the model")
    return load_model(args.head, device=str(device), folders=args.models_dir), str(device)


def parse_extent(text: str) -> tuple[float, float, float, float]:
    """Four numbers; a CRS in brackets after them, as QGIS writes extents, is not taken."""
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.split(","))
    except ValueError as error:
        raise OptionError(f"The extent '{text}' is not four numbers.", "Give it as xmin,ymin,xmax,ymax.") from error
    return xmin, ymin, xmax, ymax


def _write_vector(
    name: str, outputs: Outputs, done: SegmentationRun, reporter: Reporter, progress: tuple[float, float]
) -> int:
    """One vector output from the finished mask; returns how many objects it has."""
    index, found = _class_for(name, done.classes)
    common: dict[str, Any] = {"value": found.value, "reporter": reporter, "progress": progress}
    mask, target = outputs.scratch("mask"), outputs.scratch(name)
    if name == "centerlines":
        from ..vectors.centerlines import write_centerlines

        return write_centerlines(mask, target, class_name=found.name, **common).count
    from ..vectors.footprints import write_footprints

    # The mask has no smaller objects; the minimum is told again because courtyards are filled by it.
    return write_footprints(
        mask,
        target,
        layer="footprints" if name == "footprints" else f"{found.name}s",
        min_area=found.min_area,
        class_name=found.name,
        right_angles=name == "footprints",
        probability_path=outputs.scratch("probability") if "probability" in outputs.paths else None,
        probability_band=index + 1,
        **common,
    ).count


def _class_for(name: str, classes: Sequence[OutputClass]) -> tuple[int, OutputClass]:
    """Which class a vector output is made from: the only one, else the first that sounds like it."""
    word = VECTORS[name]
    for index, candidate in enumerate(classes):
        if len(classes) == 1 or word in candidate.name.lower():
            return index, candidate
    raise OptionError(
        f"The heads find {', '.join(c.name for c in classes)}; there is no class for the {name}.",
        f"Add a head that finds {word}s, or leave this output out.",
    )
