"""``importencoder``: an encoder from weights that were trained elsewhere."""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import ModelFileError, OptionError
from ..events import Reporter
from . import JobResult

if TYPE_CHECKING:
    from ..inference.outputs import Outputs

HELP = "make an encoder of published weights: the original MAE's, timm's, or by a model's name"

#: What an option may be.
RANGES: dict[str, tuple[float, float]] = {"tile": (28, 2048), "ground_resolution": (0.05, 100.0)}
#: Percent of the job until the weights are here, read and matched, and written.
BROUGHT_PERCENT, READ_PERCENT, WRITTEN_PERCENT = 60.0, 90.0, 99.0
#: What other programs put before timm's names of weights on the hub.
_HUB_PREFIX = re.compile(r"^(hf[-_]hub:)?timm/")
_FILE_ENDINGS = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".tar")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "source",
        metavar="FILE_OR_NAME",
        help="file of weights (.safetensors of timm's, .pth of the original MAE's), or timm's name of a model, such as "
        "vit_base_patch16_224.mae, to download",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="ENCODER.safetensors", help="encoder file")
    parser.add_argument(
        "--architecture", metavar="NAME", help="timm's name of the model in a file (default: found by its tensors)"
    )
    parser.add_argument(
        "--encoding",
        choices=("colours", "minmax"),
        default="colours",
        help="how elevation becomes a picture: height above ground, relief and roughness as colours (default), or each "
        "chip stretched from its lowest to its highest point, as in the paper",
    )
    parser.add_argument("--tile", type=int, help="chip side in pixels (default: 224)")
    parser.add_argument(
        "--blocks", type=int, nargs=4, metavar="N", help="blocks tapped, from 0 (default: 3 5 7 11 of 12)"
    )
    parser.add_argument(
        "--ground-resolution",
        type=float,
        default=0.75,
        metavar="M",
        help="metres per pixel of its heads (default: 0.75)",
    )
    parser.add_argument(
        "--licence", metavar="SPDX", help="licence of the weights (default: what timm says of the name)"
    )
    parser.add_argument("--title", help="the encoder's name for people (default: the model's)")


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job; raises `DemSegmenterError`."""
    from .. import runtime
    from ..inference.outputs import Outputs
    from ..modelfiles.importing import UNKNOWN_LICENCE, Wishes, import_encoder
    from ..modelfiles.store import save_model

    started = time.monotonic()
    for name, (low, high) in RANGES.items():
        value = getattr(args, name)
        if value is not None and not low <= value <= high:
            raise OptionError(
                f"The option {name.replace('_', ' ')} is {value}, which makes no sense.", f"Use {low:g} to {high:g}."
            )
    runtime.limit_threads()
    reporter.start("importencoder", version=__version__)
    file = _as_file(args.source)
    protected = [file] if file else []
    with Outputs({"encoder": (args.output, "model")}, protected, reporter) as outputs:
        if file:
            path, origin, architecture = file, file.name, args.architecture
        else:
            path, origin, architecture = _bring(args, outputs, reporter)
        reporter.progress(BROUGHT_PERCENT, "Reading the weights")
        wishes = Wishes(
            architecture=architecture,
            encoding=args.encoding,
            tile=args.tile,
            blocks=tuple(args.blocks) if args.blocks else None,
            ground_resolution=args.ground_resolution,
            licence=args.licence,
            title=args.title,
        )
        made = import_encoder(path, wishes, name=args.output.stem, origin=origin)
        for line in made.account:
            reporter.log(line)
        licence = made.card.licence
        if licence == UNKNOWN_LICENCE:
            reporter.warning(
                "The file does not say under which licence its weights are. Look it up where they are published, and "
                "give it, or the model's full name in timm, before you pass the encoder or its results on."
            )
        elif made.not_commercial:
            reporter.warning(
                f"The licence of these weights is {licence}: not for commercial use. A head that is trained on the "
                "encoder only runs together with it. The licence is kept in the encoder's card."
            )
        else:
            reporter.log(f"The licence of these weights is {licence}. It is kept in the encoder's card.")
        reporter.progress(READ_PERCENT, "Writing the encoder")
        outputs.require_space({"encoder": sum(t.numel() * t.element_size() for t in made.tensors.values())})
        save_model(outputs.scratch("encoder"), made.tensors, made.card)
        reporter.progress(WRITTEN_PERCENT, "Writing the encoder")
        final = outputs.publish()
    return JobResult(
        final,
        {
            "model": made.card.architecture["model"],
            "licence": licence,
            "tensors": len(made.tensors),
            "left_out": sum(len(names) for names in made.card.recipe["left_out"].values()),
            "parameters": made.card.architecture["parameters"],
            "tile": made.card.tile,
            "seconds": round(time.monotonic() - started, 2),
        },
    )


def _as_file(source: str) -> Path | None:
    """The file that is meant, or None if it is a model's name.

    Raises:
        ModelFileError: It is written as a file's, and there is none.
        OptionError: It is empty.
    """
    if not source.strip():
        raise OptionError("No weights were given.", "Give a file of weights or timm's name of a model.")
    path = Path(source).expanduser()
    if path.is_file():
        return path
    looks_like_one = os.sep in _HUB_PREFIX.sub("", source) or source.lower().endswith(_FILE_ENDINGS)
    if looks_like_one or path.is_dir():
        raise ModelFileError(f"There is no file '{source}'.", "Check the path.")
    return None


def _bring(args: argparse.Namespace, outputs: Outputs, reporter: Reporter) -> tuple[Path, str, str]:
    """Weights by name: file, address, and timm's name with tag.

    Raises:
        OptionError: timm has no such model, or it cannot be an encoder.
        DownloadError: They cannot be had.
    """
    from ..modelfiles.downloading import cached, download, published
    from ..modelfiles.importing import licence_of
    from ..network.architectures import check_name, skeleton

    if args.architecture:
        raise OptionError(
            f"'{args.source}' is a name, and an architecture was given besides.",
            "Give the architecture with files only.",
        )
    name = _HUB_PREFIX.sub("", args.source.strip())
    skeleton(check_name(name), tile=args.tile)  # refused before anything is downloaded
    source = published(name)
    reporter.log(f"{source.name}: the licence of its weights is {licence_of(source.name)}.")
    if found := cached(source):
        reporter.log(f"The weights are on this computer already: {found}.")
        return found, source.url(found.name), source.name
    # The download and the encoder lie side by side for a while.
    path, url = download(
        source,
        outputs.scratch("encoder", prefix="download-"),
        reporter,
        room=lambda size: outputs.require_space({"encoder": 2 * size}),
        until=BROUGHT_PERCENT,
    )
    return path, url, source.name
