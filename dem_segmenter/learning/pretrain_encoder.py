"""An encoder from any pile of DEMs: headers in, encoder file and report out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rasterio.windows import Window

from ..elevation.encoding import Encoding, ReliefEncoding
from ..errors import CancelledError, OptionError
from ..events import Reporter
from ..inference.outputs import Outputs
from ..modelfiles.card import Card, read_header_metadata
from ..modelfiles.loading import load_encoder
from ..network.architectures import can_be_pretrained, encoder_options
from ..network.encoder import Encoder
from .augmentation import AugmentOptions
from .chips import SceneViews, ViewSource
from .dem_pile import DemPile, OpenOptions, read_pile
from .made_scenes import PLACES, synthetic_scenes
from .pile_views import MixedViews, PileViews, hold_out, scaled
from .pretrain import autoencoder, identity, save_encoder, scene_weights, tell_beginning
from .pretraining import HeldOut, Pretraining, PretrainOptions
from .ranks import Ranks
from .scenes import Scene

ARCHITECTURE, TILE, GROUND_RESOLUTION = "vit_tiny_patch16_224", 224, 0.75
#: Chips in the report, and those of them that are looked at during training.
HELD_OUT = 8
#: Share of synthetic places handed out as bare earth, as for the embedded encoder.
BARE_EARTH_SHARE = 0.35
#: Percent of the job taken until training begins, and until it ends.
READ_PERCENT, TRAIN_PERCENT = 4.0, 98.0
#: Threads that prepare chips for a fast device; on a CPU they would take the cores from training.
MOST_WORKERS = 16
#: Beside the encoder until it is done: what a run that was cut off goes on from.
CHECKPOINT_SUFFIX = ".training"


@dataclass(frozen=True)
class EncoderRequest:
    """What is to be trained.

    Attributes:
        sources: DEMs, mosaics and folders of either.
        output: Encoder file.
        report: Page about it.
        title: For people.
        architecture: timm's name; the default's where None.
        start: Encoder file to go on from; its architecture and encoding count.
        tile: Chip side in pixels; the default's, or the start's, where None.
        ground_resolution: Metres per pixel; likewise.
        options: The recipe.
        decoder: Width (None: by the encoder's) and depth.
        synthetic: Synthetic places mixed in.
        synthetic_share: Share of chips from them.
        band: Band that holds the elevation.
        crs: Instead of the DEMs' own.
        vertical_unit: A key of `VERTICAL_UNITS`.
        save_every: Steps between two states on disk.
        workers: Threads that prepare chips.
        keep: Whether a cancelled run writes the encoder so far.
    """

    sources: Sequence[str]
    output: Path
    report: Path | None
    title: str
    architecture: str | None
    start: Path | None
    tile: int | None
    ground_resolution: float | None
    options: PretrainOptions
    decoder: tuple[int | None, int]
    synthetic: int
    synthetic_share: float
    band: int
    crs: str | None
    vertical_unit: str
    save_every: int
    workers: int | None
    keep: bool


@dataclass(frozen=True)
class Start:
    """What the run begins with: encoder, encoding, metres per pixel, and the card of what it goes on from."""

    encoder: Encoder
    encoding: Encoding
    ground_resolution: float
    card: Card | None


def pretrain_encoder(
    request: EncoderRequest, ranks: Ranks, reporter: Reporter
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Pre-train an encoder, or go on with a run that was cut off.

    Args:
        request: What is to be trained.
        ranks: The processes; only the first one writes.
        reporter: Progress, warnings, cancelling.

    Returns:
        Name and path of each output, and figures.

    Raises:
        DemSegmenterError: Anything that is wrong; `CancelledError` leaves the state on disk.
    """
    options = request.options
    torch.manual_seed(options.seed)
    start = begin_with(request)
    with ExitStack() as stack:
        outputs = _outputs(request, stack, reporter) if ranks.is_first else None
        pile = _pile(request, start.ground_resolution, reporter)
        scenes = _synthetic(request, reporter)
        held: HeldOut | None = None
        holes: dict[int, list[Window]] = {}
        if pile is not None:
            held, holes = hold_out(
                pile, start.encoding, tile=start.encoder.options.tile, ground_resolution=start.ground_resolution,
                count=HELD_OUT, rng=np.random.default_rng([options.seed, 3]), reporter=reporter,
            )  # fmt: skip
        source, views = _views(request, start, pile, holes, scenes)
        about = (
            pile.identity() if pile else [], request.synthetic, request.synthetic_share, request.band, request.crs,
            request.vertical_unit, start.ground_resolution, ranks.count,
            read_header_metadata(request.start).get("sha256") if request.start else "",
        )  # fmt: skip
        run = Pretraining(
            autoencoder(start.encoder, options, width=request.decoder[0], depth=request.decoder[1]),
            options,
            checkpoint=request.output.with_name(request.output.name + CHECKPOINT_SUFFIX),
            identity=identity(options, start.encoder, start.encoding, request.decoder, *about),
            ranks=ranks,
            held_out=held,
        )
        if outputs is not None:
            # Weights and AdamW's two moments; each state is written whole beside the one before.
            size = 3 * 4 * sum(p.numel() for p in run.model.parameters())
            outputs.require_space({"encoder": size if run.resumed else 2 * size})
        tell_beginning(run, reporter)
        try:
            run.run(
                source,
                reporter,
                save_every=request.save_every,
                progress=(READ_PERCENT, TRAIN_PERCENT),
                workers=request.workers or _workers(ranks),
                encoding=start.encoding,
                news=views.news if views is not None else tuple,
            )
        except CancelledError as error:
            raise _what_is_kept(request, run, start, pile, ranks, reporter) or error from None
        finally:
            if views is not None and run.drained:  # a file that is being read must stay open
                views.close()
        statistics = _statistics(run, pile, views)
        if outputs is None:
            return {}, statistics
        if (risen := run.risen()) is not None:
            step, lowest, last = risen
            reporter.warning(
                f"The loss ended at {last:.3f}, above the {lowest:.3f} it had at step {step}: the encoder is worse "
                f"than it was then. Run it again with a lower learning rate (it was {options.learning_rate:g})."
            )
        reporter.progress(TRAIN_PERCENT, "Writing the encoder")
        _save(outputs.scratch("encoder"), request, run, start, pile)
        if "report" in outputs.paths:
            _report(outputs.scratch("report"), request, run, start, pile, held, statistics)
        final = outputs.publish()
        run.discard()
    return final, statistics


def begin_with(request: EncoderRequest) -> Start:
    """A new encoder, or the one to go on from.

    Raises:
        OptionError: The architecture or the tile will not do, or contradicts the encoder to go on from.
        ModelFileError: That one cannot be read.
    """
    model, _, tag = (request.architecture or "").partition(".")
    if tag:
        raise OptionError(
            f"'{request.architecture}' names published weights, and pre-training begins with random ones.",
            f"Give '{model}' alone; or import those weights (importencoder) and start from what comes of it.",
        )
    if request.start is None:
        encoding: Encoding = ReliefEncoding()
        made = encoder_options(request.architecture or ARCHITECTURE, encoding.channels, request.tile or TILE)
        return Start(Encoder(made), encoding, request.ground_resolution or GROUND_RESOLUTION, None)
    encoder, encoding, card, _ = load_encoder(request.start)
    if not can_be_pretrained(encoder.vit):
        raise OptionError(
            f"The encoder to start from, '{card.name}' ({encoder.options.model}), is not a plain vision transformer "
            "with absolute positions, and cannot be trained on.",
            "Choose another one, or start from none.",
        )
    for what, wanted, own in (
        ("architecture", request.architecture, encoder.options.model),
        ("tile", request.tile, encoder.options.tile),
    ):
        if wanted and wanted != own:
            raise OptionError(
                f"The encoder to start from has the {what} {own}, not {wanted}.",
                f"Leave the {what} out, or start anew.",
            )
    return Start(encoder, encoding, request.ground_resolution or card.ground_resolution, card)


def _outputs(request: EncoderRequest, stack: ExitStack, reporter: Reporter) -> Outputs:
    paths: dict[str, tuple[Path, str]] = {"encoder": (request.output, "model")}
    if request.report:
        paths["report"] = (request.report, "report")
    protected = [Path(s) for s in request.sources] + ([request.start] if request.start else [])
    return stack.enter_context(Outputs(paths, protected, reporter))


def _pile(request: EncoderRequest, ground_resolution: float, reporter: Reporter) -> DemPile | None:
    if not request.sources:
        return None
    options = OpenOptions(request.band, request.crs, request.vertical_unit)
    return read_pile(
        request.sources, options, reporter, progress=(0.0, READ_PERCENT / 2), ground_resolution=ground_resolution
    )


def _synthetic(request: EncoderRequest, reporter: Reporter) -> list[Scene]:
    scenes: list[Scene] = []
    for i in range(request.synthetic):
        share = READ_PERCENT / 2 * (1 + i / request.synthetic)
        reporter.progress(share, f"Making synthetic places, {i} so far")
        scenes += synthetic_scenes(
            1, seed=request.options.seed + i, bare_earth_share=BARE_EARTH_SHARE, settings=[PLACES[i % len(PLACES)]]
        )
    return scenes


def _views(
    request: EncoderRequest, start: Start, pile: DemPile | None, holes: dict[int, list[Window]], scenes: Sequence[Scene]
) -> tuple[ViewSource, PileViews | None]:
    augment = scaled(AugmentOptions(), start.ground_resolution)
    made = SceneViews(scenes, scene_weights(scenes), start.encoding, augment) if scenes else None
    if pile is None:
        assert made is not None
        return made, None
    views = PileViews(pile, start.encoding, augment, holes)
    if made is None:
        return views, views
    return MixedViews([(made, request.synthetic_share), (views, 1.0 - request.synthetic_share)]), views


def _workers(ranks: Ranks) -> int:
    """Threads that prepare chips."""
    if ranks.device.type == "cpu":
        return 1
    return max(1, min(MOST_WORKERS, (os.cpu_count() or 2) // ranks.local_count - 1))


def _statistics(run: Pretraining, pile: DemPile | None, views: PileViews | None) -> dict[str, Any]:
    loss = run.recent_loss()
    return {
        "loss": round(loss, 4) if loss == loss else None,
        "held_out_loss": round(run.history[-1][1], 4) if run.history else None,
        "iterations": len(run.losses),
        "chips": len(run.losses) * run.options.batch_size * run.ranks.count,
        "processes": run.ranks.count,
        "dems": len(pile.files) if pile else 0,
        "dems_skipped": len(pile.skipped) if pile else 0,
        "dems_damaged": views.damaged if views else 0,
    }


def _save(path: Path, request: EncoderRequest, run: Pretraining, start: Start, pile: DemPile | None) -> None:
    """Write the encoder as it is now."""
    recipe = {
        **asdict(request.options),
        "start_from": start.card.name if start.card else "",
        "decoder": [run.model.embed.out_features, len(run.model.blocks)],
        "processes": run.ranks.count,
        "augmentation": asdict(scaled(AugmentOptions(), start.ground_resolution)),
        "dems": len(pile.files) if pile else 0,
        "area_km2": round(pile.area / 1e6, 3) if pile else 0.0,
        "synthetic_scenes": request.synthetic,
        "synthetic_share": request.synthetic_share if request.synthetic else 0.0,
        "steps_taken": len(run.losses),
        "final_loss": round(run.recent_loss(), 4),
    }
    data: list[dict[str, Any]] = [dict(d) for d in start.card.training_data] if start.card else []
    if pile is not None:
        names = ", ".join(f.name for f in pile.files[:10])
        more = f" and {len(pile.files) - 10} more" if len(pile.files) > 10 else ""
        data.append({"name": f"{len(pile.files)} DEMs: {names}{more}", "licence": "unknown"})
    if request.synthetic:
        made = {"name": f"{request.synthetic} synthetic places (dem_segmenter.scenes)", "licence": "CC0-1.0"}
        data.append(made)
    save_encoder(
        path,
        run.model.encoder,
        start.encoding,
        title=request.title,
        training_data=data,
        recipe=recipe,
        ground_resolution=start.ground_resolution,
        name=request.output.stem,
        # What was learned from weights stays under their licence.
        licence=start.card.licence if start.card else "unknown" if pile else "GPL-3.0-or-later",
    )


def _what_is_kept(
    request: EncoderRequest, run: Pretraining, start: Start, pile: DemPile | None, ranks: Ranks, reporter: Reporter
) -> CancelledError | None:
    """After a cancel: the state is on disk, and the encoder so far too if that is wanted; None where neither is."""
    if not run.losses or not ranks.is_first:
        return None
    if request.keep:
        _save(request.output, request, run, start, pile)
        reporter.log(f"The encoder so far, of step {len(run.losses)}, was kept in '{request.output}'.")
    return CancelledError(
        f"Cancelled at step {len(run.losses)}, which was kept.",
        "To go on from there, run it again with the same settings and output file.",
    )


def _report(
    path: Path,
    request: EncoderRequest,
    run: Pretraining,
    start: Start,
    pile: DemPile | None,
    held: HeldOut | None,
    statistics: dict[str, Any],
) -> None:
    from .pretraining_report import write_report

    options, model = request.options, start.encoder.options
    settings: list[tuple[str, Any]] = [
        ("Architecture", model.model),
        ("Parameters", sum(p.numel() for p in start.encoder.parameters())),
        ("Blocks tapped, from 0", ", ".join(map(str, model.blocks))),
        ("Started from", start.card.name if start.card else "random weights"),
        ("Tile, pixels", model.tile),
        ("Ground resolution, metres per pixel", start.ground_resolution),
        ("Share of patches hidden", options.mask_ratio),
        ("Target", "each patch normalised, and its mean" if options.normalise else "patches as they are"),
        ("Decoder, width and blocks", f"{run.model.embed.out_features}, {len(run.model.blocks)}"),
        ("Steps, chips a step, processes", f"{len(run.losses)}, {options.batch_size}, {run.ranks.count}"),
        ("Peak learning rate, steps of warm-up", f"{options.learning_rate:g}, {options.warmup}"),
        ("Weight decay (AdamW)", options.weight_decay),
        (
            "Synthetic places, their share",
            f"{request.synthetic}, {request.synthetic_share if request.synthetic else 0}",
        ),
        ("Seed", options.seed),
        ("Device", str(run.ranks.device)),
    ]
    write_report(
        path, run, held, pile, start.encoding, title=request.title, file=request.output.name,
        ground_resolution=start.ground_resolution, settings=settings, statistics=statistics,
    )  # fmt: skip
