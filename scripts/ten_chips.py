"""Does a head from ten chips of a scene beat the embedded one on the rest of it? Through qgis_process, as a user would.

    .venv-engine/bin/python scripts/ten_chips.py SCENE_FOLDER [--side 168] [--iterations 3000] [-o TABLE.csv]

The scene folder holds dem.tif and buildings.tif. The ten squares are drawn at random among those that hold the class;
everything else is what is measured on, and nothing else is.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
import shapely
from qgis_scratch import find_qgis_process, scratch_qgis
from rasterio import features

CHIPS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("--side", type=float, default=168.0, help="of a square, metres")
    parser.add_argument("--iterations", type=int, default=3000)
    parser.add_argument("--start-from", default="", help="head to start from (default: the plugin's default)")
    parser.add_argument("--seed", type=int, default=0, help="which squares")
    parser.add_argument("-o", "--output", type=Path, help="table that a row is added to")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, scratch_qgis() as environment:
        work = Path(folder)
        count = draw_labels(args.scene, args.side, args.seed, work)
        program = find_qgis_process()
        run(program, environment, "plugins", "enable", "demsegmenter")
        dem, labels = f"{args.scene}/dem.tif", f"{work}/labels.gpkg"
        inputs = [f"DEMS={dem}", f"LABELS={labels}", f"AREA={work}/chips.gpkg", "CLASS_NAME=building"]
        inputs += [f"ITERATIONS={args.iterations}", f"OUTPUT={work}/head.safetensors", f"SEED={args.seed}"]
        inputs += [f"START_FROM={args.start_from}"] if args.start_from else []
        trained = run(program, environment, "--json", "run", "demsegmenter:trainhead", "--", *inputs)
        found = {}
        for name, head in (("ten chips", f"{work}/head.safetensors"), ("embedded", "buildings")):
            inputs = [f"INPUT={dem}", f"HEAD={head}", f"LABELS={labels}", f"AREA={work}/rest.gpkg"]
            found[name] = run(program, environment, "--json", "run", "demsegmenter:evaluate", "--", *inputs)["results"]
    row = {
        "scene": args.scene.name,
        "squares": count,
        "side_m": args.side,
        "steps": args.iterations,
        "seed": args.seed,
        "validation_iou": round(trained["results"].get("IOU", float("nan")), 4),
        **{
            f"{k.lower()}_{n.replace(' ', '_')}": round(v[k], 4)
            for n, v in found.items()
            for k in ("IOU", "PRECISION", "RECALL")
        },
    }
    print(json.dumps(row, indent=1))
    if args.output:
        new = not args.output.exists()
        with open(args.output, "a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(row), lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerow(row)
    return 0


def draw_labels(scene: Path, side: float, seed: int, work: Path) -> int:
    """Labels, the ten squares, and the rest of the scene as layers in `work`; returns how many squares there are."""
    with rasterio.open(scene / "buildings.tif") as source:
        label, transform, crs, bounds = source.read(1), source.transform, source.crs, source.bounds
    shapes = [shapely.geometry.shape(g) for g, _ in features.shapes(label, mask=label == 1, transform=transform)]
    columns, rows = int((bounds.right - bounds.left) // side), int((bounds.top - bounds.bottom) // side)
    squares = [
        shapely.box(x, y, x + side, y + side)
        for x in bounds.left + side * np.arange(columns)
        for y in bounds.bottom + side * np.arange(rows)
    ]
    tree = shapely.STRtree(shapes)
    with_class = [
        s
        for s in squares
        if shapely.area(shapely.intersection(tree.geometries.take(tree.query(s)), s)).sum() > 0.01 * side**2
    ]
    order = np.random.default_rng(seed).permutation(len(with_class))
    chosen = [with_class[i] for i in order[:CHIPS]]
    rest = shapely.difference(shapely.box(*bounds), shapely.union_all(chosen))
    for name, layer in (("labels", shapes), ("chips", chosen), ("rest", list(getattr(rest, "geoms", [rest])))):
        pyogrio.raw.write(
            work / f"{name}.gpkg", shapely.to_wkb(np.array(layer, dtype=object)), [], [], geometry_type="Polygon",
            crs=crs.to_wkt(), driver="GPKG", layer=name,
        )  # fmt: skip
    return len(chosen)


def run(program: str, environment: dict[str, str], *arguments: str) -> dict:
    """qgis_process; its answer where it gives one.

    Raises:
        SystemExit: It failed.
    """
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments[:3])} failed:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout[done.stdout.index("{") :]) if "--json" in arguments else {}


if __name__ == "__main__":
    sys.exit(main())
