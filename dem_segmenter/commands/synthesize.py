"""``synthesize``: a made-up scene with exact labels, to try the plugin or to learn from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputError
from ..events import Reporter
from ..scenes.options import SENSORS, SETTINGS, SceneOptions
from . import JobResult

if TYPE_CHECKING:
    import numpy as np

    from ..scenes import SyntheticScene

HELP = "make a synthetic DEM with exact labels"

#: Said in every file: nobody should look for the place.
PLACE = "made up: the scene is synthetic and the coordinates mean nothing"

#: Upper left corner in EPSG:32632, metres.
ORIGIN = (500_000.0, 5_300_000.0)

ELEVATION_NODATA, LABEL_NODATA = -9999.0, 255


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    default = SceneOptions()
    parser.add_argument(
        "output",
        type=Path,
        metavar="FOLDER",
        help="gets dem.tif, buildings.tif, roads.tif, ground.tif and bare_earth.tif",
    )
    parser.add_argument(
        "--size", type=int, default=default.size, metavar="N", help=f"pixels along a side (default: {default.size})"
    )
    parser.add_argument(
        "--resolution",
        type=float,
        default=default.resolution,
        metavar="M",
        help=f"side of a pixel in metres (default: {default.resolution})",
    )
    parser.add_argument(
        "--seed", type=int, default=default.seed, metavar="N", help="the same seed gives the same scene (default: 0)"
    )
    parser.add_argument(
        "--setting",
        default=default.setting,
        metavar="NAME",
        help=f"{', '.join(SETTINGS)} (default: {default.setting}, which the seed decides)",
    )
    parser.add_argument(
        "--sensor",
        default=default.sensor,
        metavar="NAME",
        help=f"{', '.join(SENSORS)} (default: {default.sensor}, which the seed decides)",
    )
    parser.add_argument("--no-gaps", action="store_true", help="leave no pixel without elevation")


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job.

    Raises:
        OptionError: An option is outside what the generator can build.
        OutputError: The folder cannot be made or written to, or holds other files of these names.
    """
    options = SceneOptions(
        size=args.size,
        resolution=args.resolution,
        seed=args.seed,
        setting=args.setting,
        sensor=args.sensor,
        gaps=not args.no_gaps,
    )
    from ..inference.outputs import Outputs
    from ..scenes import generate

    reporter.start("synthesize")
    try:
        args.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The output folder '{args.output}' cannot be made: {error.strerror or error}.",
            "Choose a folder you may write to.",
        ) from error
    names = ("dem", "buildings", "roads", "ground", "bare_earth")
    files = {name: args.output / f"{name}.tif" for name in names}
    for path in files.values():
        # Nobody has typed these names: a user's own dem.tif must not go.
        if path.exists() and not _made_here(path):
            raise OutputError(f"'{path}' is there already and is no generated scene.", "Choose another folder.")
    with Outputs({name: (path, "raster") for name, path in files.items()}, (), reporter) as outputs:
        reporter.progress(0, "Building the scene")
        scene = generate(options)
        for number, name in enumerate(names):
            reporter.progress(80 + 4 * number, "Writing")
            _write(outputs.scratch(name), getattr(scene, name), scene)
        paths = outputs.publish()
    reporter.progress(100, "Done")
    return JobResult(
        outputs=paths,
        statistics={
            "setting": scene.setting,
            "sensor": scene.sensor,
            "building_share": float(scene.buildings.mean()),
            "road_share": float(scene.roads.mean()),
        },
    )


def _made_here(path: Path) -> bool:
    """Whether a file is one of an earlier scene."""
    import rasterio

    try:
        with rasterio.open(path) as file:
            return bool(file.tags().get("PLACE") == PLACE)
    except (rasterio.errors.RasterioError, OSError):
        return False


def _write(path: Path, array: np.ndarray, scene: SyntheticScene) -> None:
    """Write one raster.

    Args:
        path: The file.
        array: (H, W) float32 metres with NaN for nodata, or uint8 labels.
        scene: What it belongs to.
    """
    import numpy as np
    import rasterio

    from ..inference.rasters import write_errors

    labels = array.dtype == np.uint8
    profile = {
        "driver": "GTiff",
        "width": array.shape[1],
        "height": array.shape[0],
        "count": 1,
        "dtype": "uint8" if labels else "float32",
        "crs": "EPSG:32632",
        "transform": rasterio.Affine(scene.resolution, 0, ORIGIN[0], 0, -scene.resolution, ORIGIN[1]),
        "nodata": LABEL_NODATA if labels else ELEVATION_NODATA,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "predictor": 2 if labels else 3,
    }
    with write_errors(path), rasterio.open(path, "w", **profile) as file:
        file.write(array if labels else np.where(np.isnan(array), np.float32(ELEVATION_NODATA), array), 1)
        file.update_tags(
            PLACE=PLACE,
            SETTING=scene.setting,
            SENSOR=scene.sensor,
            SEED=str(scene.seed),
            SOFTWARE="DEM Segmenter",
        )
