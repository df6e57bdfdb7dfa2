"""The whole way at the paper's size: ViT-Base, blocks 3, 5, 7 and 11, a UperNet of 512 channels, one real place.

    paper_size.py WEIGHTS DEM LABELS FOLDER [--iterations N] [--batch-size N]

WEIGHTS is what ``importencoder`` takes, or the word ``random`` for the original repository's layout filled with random
numbers: enough to see that everything fits and how long it takes, and nothing about quality. Prints a line a step.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "core"))

import torch
from importing import mae_encoder

from dem_segmenter.cli import main as engine
from dem_segmenter.modelfiles.card import Card, ClassInfo, read_card
from dem_segmenter.modelfiles.loading import load_encoder
from dem_segmenter.modelfiles.store import save_model
from dem_segmenter.network.upernet import HeadOptions, UperNetHead

WIDTH = 512


@contextmanager
def timed(what: str):
    started = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - started:.1f} s", flush=True)


def run(*arguments: object) -> None:
    if status := engine([str(a) for a in arguments]):
        sys.exit(status)


def untrained_head(encoder_file: Path, path: Path) -> None:
    """A head of the paper's width on an encoder, for training to start from."""
    encoder, encoding, card, digest = load_encoder(encoder_file)
    options = HeadOptions(features=encoder.width, width=WIDTH, detail=0, channels=encoding.channels)
    architecture = {"type": "UperNet", **options.to_json()}
    head = Card(
        kind="head", name="untrained", title="Untrained", architecture=architecture, encoder_sha256=digest,
        encoder_name=card.name, classes=(ClassInfo("building", 1, "#d73027"),), tile=card.tile,
        ground_resolution=card.ground_resolution, ground_resolution_range=card.ground_resolution_range,
    )  # fmt: skip
    save_model(path, UperNetHead(options).state_dict(), head)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("weights", "dem", "labels", "folder"):
        parser.add_argument(name)
    parser.add_argument("--iterations", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=2)
    args = parser.parse_args()
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = args.weights
    if weights == "random":
        weights = folder / "mae_pretrain_vit_base.pth"
        torch.save({"model": mae_encoder()}, weights)
    encoder, start, head = (folder / f"{name}.safetensors" for name in ("encoder", "untrained", "buildings-512"))
    with timed("import"):
        run("importencoder", weights, "-o", encoder)
    options = read_card(encoder).architecture
    print(f"{options['model']}, {options['parameters']:,} parameters, blocks {options['blocks']}", flush=True)
    torch.manual_seed(0)
    untrained_head(encoder, start)
    with timed(f"training, {args.iterations} steps of {args.batch_size}"):
        run(
            "train", args.dem, "--labels", args.labels, "-o", head, "--class-name", "building", "--encoder", encoder,
            "--start-from", start, "--models-dir", folder, "--iterations", args.iterations,
            "--batch-size", args.batch_size, "--validate-every", args.iterations,
        )  # fmt: skip
    options = read_card(head).architecture
    print(f"UperNet of {options['width']} channels, {options['parameters']:,} parameters", flush=True)
    with timed("segmenting"):
        run("segment", args.dem, "--head", head, "-o", folder / "mask.tif", "--probability", folder / "probability.tif")


if __name__ == "__main__":
    main()
