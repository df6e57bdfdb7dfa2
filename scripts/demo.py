"""Segment buildings and roads of the New York scene through qgis_process, as a user would, into demo/.

Needs QGIS and the engine's environment; `make demo` sees to both. Nothing is downloaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pyogrio
import rasterio
import shapely
from demo_picture import draw
from qgis_scratch import CHECKOUT, ENGINE_PYTHON, find_qgis_process, scratch_qgis

SCENE = CHECKOUT / "tests" / "data" / "nyc_harlem"
DEMO = CHECKOUT / "demo"
# Algorithm, head, and its outputs' files by parameter.
RUNS = (
    (
        "demsegmenter:segmentbuildings",
        "buildings",
        {"OUTPUT": "buildings.tif", "PROBABILITY": "buildings_probability.tif", "FOOTPRINTS": "footprints.gpkg"},
    ),
    (
        "demsegmenter:segmentroads",
        "roads",
        {"OUTPUT": "roads.tif", "PROBABILITY": "roads_probability.tif", "CENTERLINES": "centerlines.gpkg"},
    ),
)


class DemoError(Exception):
    """Something the demo needs is missing, or a step failed; the message is for people."""


def check_ingredients() -> None:
    """Say what is missing before anything is started.

    Raises:
        DemoError: A file or the engine's environment is not there.
    """
    for path, remedy in (
        (SCENE / "dem.tif", "Get it back with: git checkout tests/data"),
        (SCENE / "buildings.tif", "Get it back with: git checkout tests/data"),
        (CHECKOUT / "metadata.txt", "This is not a checkout of the plugin."),
        (ENGINE_PYTHON, "Make it with: make engine"),
    ):
        if not path.exists():
            raise DemoError(f"{path.relative_to(CHECKOUT)} is missing. {remedy}")
    if not list((CHECKOUT / "models").glob("*.safetensors")):
        raise DemoError("models/ holds no .safetensors file. Get the models back with: git checkout models")


def call(command: list[str], environment: dict[str, str], quiet: bool = False) -> None:
    """Run a program to its end.

    Raises:
        DemoError: It failed.
    """
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=quiet, text=True, check=False
    )
    if done.returncode:
        said = f":\n{done.stdout}{done.stderr}" if quiet else "; its messages are above."
        raise DemoError(f"'{' '.join(command[:3])}' failed with status {done.returncode}{said}")


def segment(qgis_process: str, environment: dict[str, str]) -> dict[str, float]:
    """Run the algorithms.

    Returns:
        Seconds taken, QGIS's own start included, by head.

    Raises:
        DemoError: One failed or left an output out.
    """
    seconds = {}
    for algorithm, head, outputs in RUNS:
        print(f"\n----- {algorithm} -----", flush=True)
        started = time.monotonic()
        files = {parameter: DEMO / name for parameter, name in outputs.items()}
        call(
            [
                qgis_process,
                "run",
                algorithm,
                f"--INPUT={SCENE / 'dem.tif'}",
                f"--HEAD={head}",
                *(f"--{parameter}={path}" for parameter, path in files.items()),
            ],
            environment,
        )
        seconds[head] = time.monotonic() - started
        # qgis_process ends with status 0 after some failures, so the files have the last word.
        if missing := [path.name for path in files.values() if not path.exists()]:
            raise DemoError(f"{algorithm} left out {', '.join(missing)}; its messages are above.")
    return seconds


def building_iou() -> float:
    """Intersection over union of the mask and the scene's labels, where the labels know.

    Returns:
        0 to 1. Pixels that the mask left as nodata count as not building.

    Raises:
        DemoError: The mask is not on the DEM's grid.
    """
    with rasterio.open(SCENE / "buildings.tif") as labels, rasterio.open(DEMO / "buildings.tif") as mask:
        if (labels.shape, labels.transform, labels.crs) != (mask.shape, mask.transform, mask.crs):
            raise DemoError("buildings.tif is not on the DEM's grid.")
        label, predicted = labels.read(1), mask.read(1) == 1
    known = label != 255
    truth = label == 1
    return np.sum(predicted & truth & known) / np.sum((predicted | truth) & known)


def read_shapes(name: str) -> np.ndarray:
    """(N,) shapely geometries of a vector file in demo/."""
    return shapely.from_wkb(pyogrio.raw.read(DEMO / name)[2])


def main() -> None:
    """The demo from start to end."""
    check_ingredients()
    DEMO.mkdir(exist_ok=True)
    for _, _, outputs in RUNS:
        for name in outputs.values():
            (DEMO / name).unlink(missing_ok=True)  # an old result must not pass for a new one

    with scratch_qgis() as environment:
        # The promise that nothing is fetched at run time, where a library would.
        environment.update(HF_HUB_OFFLINE="1", PYTHONWARNINGS=os.environ.get("PYTHONWARNINGS", "ignore"))
        qgis_process = find_qgis_process()
        call([qgis_process, "plugins", "enable", "demsegmenter"], environment, quiet=True)
        seconds = segment(qgis_process, environment)

    footprints, centerlines = read_shapes("footprints.gpkg"), read_shapes("centerlines.gpkg")
    title = "DEM Segmenter - Harlem, New York, 1 m surface model"
    draw(SCENE / "dem.tif", DEMO / "roads.tif", footprints, centerlines, title, DEMO / "demo.png")

    print("\n===== Demo: nyc_harlem, 501 x 457 pixels of 1 m =====")
    print(f"Building IoU against the scene's labels: {building_iou():.3f}")
    print(f"Buildings: {len(footprints)} footprints in {seconds['buildings']:.1f} s")
    kilometres = shapely.length(centerlines).sum() / 1000
    print(f"Roads:     {kilometres:.2f} km of centrelines in {seconds['roads']:.1f} s")
    print(f"Seconds taken: {sum(seconds.values()):.1f}")
    print("Files in demo/:", ", ".join(sorted(path.name for path in DEMO.iterdir())))


if __name__ == "__main__":
    try:
        main()
    except (DemoError, FileNotFoundError) as error:
        sys.exit(f"make demo: {error}")
