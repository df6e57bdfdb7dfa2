"""``suggest``: which ground to label next."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import ElevationError, LabelError, OptionError
from ..events import Reporter
from . import JobResult
from .segment import parse_extent

if TYPE_CHECKING:
    import shapely
    from rasterio.windows import Window

    from ..elevation.source import DemSource

HELP = "rank the ground that is worth labelling next"

#: Places looked at; the rest of a large DEM is sampled.
CANDIDATES = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("source", metavar="SOURCE", help="DEM: a file or anything else GDAL reads")
    parser.add_argument("--head", required=True, metavar="NAME_OR_PATH", help="head that is to learn")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.gpkg", help="ranked polygons")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="how many (default: 10)")
    parser.add_argument("--chip-size", type=float, metavar="M", help="side of a place, metres (default: a chip's)")
    parser.add_argument("--labelled", metavar="SRC", help="polygons around what is labelled already")
    parser.add_argument("--labelled-layer", metavar="NAME", help="layer of that file")
    parser.add_argument("--candidates", type=int, default=CANDIDATES, metavar="N", help="places looked at, at most")
    parser.add_argument(
        "--extent", metavar="XMIN,YMIN,XMAX,YMAX", help="part of the DEM (write --extent=-3,... below 0)"
    )
    parser.add_argument("--extent-crs", metavar="AUTHID_OR_WKT", help="CRS of the extent (default: the DEM's)")
    parser.add_argument("--band", type=int, default=1, metavar="N", help="band that holds the elevation (default: 1)")
    parser.add_argument("--crs", metavar="AUTHID_OR_WKT", help="CRS of the DEM, instead of its own")
    parser.add_argument("--vertical-unit", choices=("auto", "metre", "foot"), default="auto")
    parser.add_argument("--seed", type=int, default=0, help="which places of a large DEM are looked at (default: 0)")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda|cuda:N|mps", help="where to run")
    parser.add_argument("--batch-size", type=int, default=8, metavar="N", help="chips at once (default: 8)")
    parser.add_argument(
        "--models-dir", type=Path, action="append", default=[], metavar="DIR", help="more folders with models"
    )


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job; raises `DemSegmenterError`."""
    import numpy as np

    from .. import runtime
    from ..elevation.grid import extent_window
    from ..elevation.source import DemSource, parse_crs
    from ..inference.outputs import Outputs
    from ..inference.run import protected_files
    from ..learning.candidates import unlabelled_chips
    from ..learning.placed_chips import read_chip
    from ..learning.suggestions import suggest
    from ..modelfiles import load_model
    from ..vectors.writer import VectorWriter

    started = time.monotonic()
    if args.count < 1 or args.candidates < 1:
        raise OptionError("At least one place must be suggested.", "Give a count of 1 or more.")
    if args.chip_size is not None and not 20 <= args.chip_size <= 5000:
        raise OptionError(f"A place of {args.chip_size:g} m makes no sense.", "Use 20 to 5000 m, or leave it out.")
    if args.seed < 0:
        raise OptionError(f"The seed is {args.seed}.", "Use 0 or more.")
    if args.batch_size < 1:
        raise OptionError(f"A batch of {args.batch_size} chips makes no sense.", "Use 1 or more.")
    with ExitStack() as stack:
        dem = stack.enter_context(
            DemSource(args.source, band=args.band, crs=args.crs, vertical_unit=args.vertical_unit)
        )
        within = None
        if args.extent:
            crs = parse_crs(args.extent_crs) if args.extent_crs else None
            within = extent_window(dem, parse_extent(args.extent), crs)
        protected = [
            *protected_files(dem, [args.head]),
            *([Path(args.labelled.split("|")[0])] if args.labelled else []),
        ]
        outputs = stack.enter_context(Outputs({"suggestions": (args.output, "vector")}, protected, reporter))
        device = runtime.pick_device(args.device)
        runtime.limit_threads()
        reporter.start("suggest", version=__version__, device=str(device), device_name=runtime.device_name(device))
        model = load_model([args.head], device=device, folders=args.models_dir)
        card = model.heads[0].card
        side = args.chip_size or card.tile * card.ground_resolution
        margin = model.encoding.margin(card.ground_resolution) * card.ground_resolution
        for warning in dem.warnings:
            reporter.warning(warning)
        polygons, labelled = _labelled(args, dem, reporter)
        reporter.progress(2.0, "Reading the DEM")
        rng = np.random.default_rng(args.seed)
        candidates = unlabelled_chips(
            dem, polygons, side=side, margin=margin, most=args.candidates, rng=rng, reporter=reporter, within=within
        )
        if not candidates:
            raise ElevationError(
                "There is no ground left to suggest: all of it is labelled or without elevation.",
                "Choose a larger extent or another DEM.",
            )
        known = [chip for window in labelled if (chip := read_chip(dem, None, window, margin)) is not None]
        suggestions, _ = suggest(model, candidates, known, args.count, reporter, (5.0, 98.0))
        if len(suggestions) < args.count:
            reporter.warning(f"{args.count} places were asked for, but there are only {len(suggestions)}.")
        with VectorWriter(
            outputs.scratch("suggestions"),
            layer="suggestions",
            geometry_type="Polygon",
            fields={"rank": "int64", "score": "float64", "uncertainty": "float64", "novelty": "float64"},
            crs=dem.crs,
        ) as writer:
            shapes = [_polygon(dem, candidates[s.index].window) for s in suggestions]
            writer.add(
                np.array(shapes, dtype=object),
                {
                    "rank": np.arange(1, len(suggestions) + 1),
                    "score": np.array([round(s.score, 4) for s in suggestions]),
                    "uncertainty": np.array([round(s.uncertainty, 4) for s in suggestions]),
                    "novelty": np.array([round(s.novelty, 4) for s in suggestions]),
                },
            )
        for warning in dem.reading_warnings():
            reporter.warning(warning)
        final = outputs.publish()
    return JobResult(
        final,
        {
            "count": len(suggestions),
            "candidates": len(candidates),
            "device": str(device),
            "seconds": round(time.monotonic() - started, 2),
        },
    )


def _labelled(
    args: argparse.Namespace, dem: DemSource, reporter: Reporter
) -> tuple[list[shapely.Polygon], list[Window]]:
    """Labelled ground in the DEM's pixels, and windows that show it.

    Raises:
        LabelError: It cannot be read.
    """
    import shapely

    from ..learning.labels import GroundTruth, LabelOptions
    from ..learning.places import outward

    if not args.labelled:
        return [], []
    try:
        with GroundTruth(dem, LabelOptions(args.labelled, args.labelled_layer, area=args.labelled)) as truth:
            polygons = list(truth.area)
    except LabelError as error:
        if not error.elsewhere:
            raise
        reporter.warning(f"{error.message} It is left out of account.")
        return [], []
    windows = (outward(bounds, dem) for bounds in shapely.bounds(polygons))
    return polygons, [window for window in windows if window is not None]


def _polygon(dem: DemSource, window: Window):  # type: ignore[no-untyped-def]
    """A window's outline in the DEM's CRS."""
    import shapely

    x, y, w, h = window.col_off, window.row_off, window.width, window.height
    corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
    return shapely.Polygon([dem.transform @ corner for corner in corners])
