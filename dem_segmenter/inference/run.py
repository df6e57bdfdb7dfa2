"""One whole run: a DEM and a model in, a mask and perhaps probabilities out, still under scratch names."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import rasterio
from rasterio.windows import Window

from ..elevation.grid import ModelGrid, make_grid
from ..elevation.source import DemSource
from ..errors import ElevationError, OptionError
from ..events import Reporter
from .bare_earth import looks_like_bare_earth
from .classes import MASK_NODATA, PROBABILITY_NODATA, OutputClass, output_classes
from .outputs import Outputs
from .rasters import RasterSpec, RowWriter, finish_cog
from .segmenter import AUGMENTATIONS, Model, Segmenter, Settings, Summary
from .smooth_surface import is_smooth
from .threshold_choice import Alternative, alternatives

#: GDAL's block cache: at least this, and as much as one row of tiles needs so that no block is decoded twice.
CACHE_BYTES = (64 << 20, 1 << 30)

#: Bytes a pixel surely costs on disk, scratch and finished file together: masks and probabilities of empty ground
#: compress to almost nothing, so only what cannot do is refused beforehand.
LEAST_BYTES = {"mask": 0.01, "probability": 0.02}

#: Tiles on a graphics card for each tile the card suggests for a CPU.
GPU_BATCH_FACTOR = 4

#: Pixels this many times coarser than a head's coarsest ground resolution are worth a warning.
COARSE = 1.5

#: And this many times coarser, hardly anything is found: training showed pixels of up to 2.2 m.
LITTLE = 3.0

#: And from here on nothing at all, at a hundred times the work of a pixel of the head's own.
USELESS = 10.0


@dataclass(frozen=True)
class Options:
    """What the user chose; None leaves the choice to the heads' cards.

    Attributes:
        threshold: Probability; what an object must reach somewhere moves along (see `output_classes`).
        min_area: Square metres; with 0, nothing is dropped, and no other threshold than the cards' is tried.
        overlap: Share of a tile.
        batch_size: Tiles.
        augmentation: A key of `AUGMENTATIONS`.
    """

    threshold: float | None = None
    min_area: float | None = None
    overlap: float | None = None
    batch_size: int | None = None
    augmentation: str = "none"


@dataclass(frozen=True)
class SegmentationRun:
    """A finished run.

    Attributes:
        summary: Counts.
        grid: Grid it ran on.
        smooth: Whether the surface was found to be smooth, and planes counted otherwise (`smooth_surface`).
        classes: Classes told apart, at the thresholds of the mask that is kept.
        seconds: How long the network's part took.
    """

    summary: Summary
    grid: ModelGrid
    smooth: bool
    classes: list[OutputClass]
    seconds: float


def segment_raster(
    model: Model,
    source: DemSource,
    window: Window | None,
    outputs: Outputs,
    options: Options,
    reporter: Reporter,
    *,
    until: float = 100.0,
) -> SegmentationRun:
    """Segment a window of a DEM into the outputs ``mask`` and, where there is one, ``probability``.

    Args:
        model: Encoder and heads.
        source: The DEM.
        window: Output window; the whole raster where None.
        outputs: Scratch places; nothing is published here.
        options: What the user chose.
        reporter: Told of progress and trouble.
        until: Percent of the whole job reached when this is done.

    Returns:
        What happened.

    Raises:
        DemSegmenterError: See the parts.
    """
    cards = [head.card for head in model.heads]
    classes = output_classes(cards, options.threshold, options.min_area)
    settings = make_settings(cards, options, on_cpu=str(getattr(model, "device", "cpu")) == "cpu")
    lows, highs = zip(*(card.ground_resolution_range for card in cards), strict=True)
    # A quarter of a tile around an extent: its edge then sees what is really there.
    grid = make_grid(source, window, (max(lows), min(highs)), settings.tile // 4)
    _refuse_coarse(source, grid, min(highs))
    _warn_before(source, grid, min(highs), reporter)

    wanted = [name for name in ("mask", "probability") if name in outputs.paths]
    pixels = int(grid.output.width) * int(grid.output.height)
    bands = {"mask": len(alternatives(classes)), "probability": len(classes)}
    outputs.require_space({name: int(pixels * bands[name] * LEAST_BYTES[name]) + (1 << 16) for name in wanted})

    outputs.require_replaceable()

    started = time.monotonic()
    environment = gdal_options(source, grid, settings, int(model.encoding.margin(grid.ground_resolution)))
    share = 0.85 * until
    with rasterio.Env(**environment):
        planes = any(card.planarity_bonus for card in cards)
        asked = planes or any(card.other_thresholds for card in cards)
        smooth = asked and is_smooth(source, window, reporter.check_cancelled)
        if smooth:
            reporter.log(
                "This surface is smooth, as if computed from photographs: trees show no leaves, only their shape tells."
            )
            # Crowns without leaves drop to the ground as steeply as roofs do: walls tell nothing.
            classes = [replace(c, other_thresholds=()) for c in classes]
        if smooth and planes:
            # Finer pixels are for leaves.
            coarsest = min(highs)
            grid, model = make_grid(source, window, (coarsest, coarsest), settings.tile // 4), model.on_smooth_surface()
        segmenter = Segmenter(model, source, grid, classes, settings, reporter)
        for c in segmenter.masks[0].classes:
            reporter.log(_settings_of(c))
        with ExitStack() as opened:

            def writer(name: str, prefix: str, spec: RasterSpec) -> RowWriter:
                return opened.enter_context(closing(RowWriter(outputs.scratch(name, prefix), spec)))

            mask_writers = [
                writer("mask", f"rows{index}-", mask_spec(source, grid, mask.classes, cards))
                for index, mask in enumerate(segmenter.masks)
            ]
            writers = {}
            if "probability" in wanted:
                writers["probability"] = writer("probability", "rows-", probability_spec(source, grid, classes))
            summary = segmenter.run(
                mask_writers,
                writers.get("probability"),
                lambda done: reporter.progress(share * done, "Segmenting"),
                environment,
            )
        kept, writers["mask"] = segmenter.masks[summary.kept], mask_writers[summary.kept]
        for other in mask_writers:
            if other is not writers["mask"]:
                with suppress(OSError):  # it goes with the scratch folder, if not before the finished files are made
                    other.path.unlink()
        if summary.kept:
            _tell_choice(segmenter.masks[0], kept, reporter)
        classes = kept.classes
        seconds = time.monotonic() - started
        for index, name in enumerate(wanted):
            low, step = share + (until - share) * index / len(wanted), (until - share) / len(wanted)
            finish_cog(
                writers[name],
                outputs.scratch(name),
                reporter.check_cancelled,
                lambda done, low=low, step=step: reporter.progress(low + step * done, "Writing"),  # type: ignore[misc]
            )
    _warn_after(source, summary, classes, reporter)
    return SegmentationRun(summary, grid, smooth, classes, seconds)


def make_settings(cards: Sequence[Any], options: Options, *, on_cpu: bool = True) -> Settings:
    """Settings from the cards, where the user has not chosen.

    Several heads run on the same tiles: the largest tile and overlap and the smallest batch of all.

    Raises:
        OptionError: A choice makes no sense.
    """
    if options.batch_size is not None and options.batch_size < 1:
        raise OptionError(f"A batch of {options.batch_size} tiles makes no sense.", "Use 1 or more.")
    if options.augmentation not in AUGMENTATIONS:
        raise OptionError(
            f"Unknown test-time augmentation '{options.augmentation}'.", f"Use one of {', '.join(AUGMENTATIONS)}."
        )
    suggested = min(card.batch_size for card in cards) * (1 if on_cpu else GPU_BATCH_FACTOR)
    return Settings(
        tile=max(card.tile for card in cards),
        overlap=max(card.overlap for card in cards) if options.overlap is None else options.overlap,
        batch_size=suggested if options.batch_size is None else options.batch_size,
        augmentation=options.augmentation,
    )


def gdal_options(source: DemSource, grid: ModelGrid, settings: Settings, margin: int) -> dict[str, Any]:
    """GDAL's settings while a run lasts: a block cache that fits, and patience with servers."""
    rows = (settings.tile + 2 * margin) * grid.ratio_y + 2 * source.block_rows
    cache = int(min(max(1.5 * rows * source.width * source.bytes_per_pixel, CACHE_BYTES[0]), CACHE_BYTES[1]))
    return {
        "GDAL_CACHEMAX": cache,
        "GDAL_HTTP_CONNECTTIMEOUT": 15,
        "GDAL_HTTP_MAX_RETRY": 3,
        "GDAL_HTTP_RETRY_DELAY": 1,
    }


def mask_spec(source: DemSource, grid: ModelGrid, classes: Sequence[OutputClass], cards: Sequence[Any]) -> RasterSpec:
    """The mask: classes as bytes, with their colours and, in the metadata, their names (``CLASS_1=building``)."""
    tags = {f"CLASS_{c.value}": c.name for c in classes}
    tags["HEADS"] = ", ".join(card.name for card in cards)
    tags["THRESHOLDS"] = ", ".join(f"{c.threshold:g}" for c in classes)
    if any(c.object_threshold > 0 for c in classes):
        tags["OBJECT_THRESHOLDS"] = ", ".join(f"{c.object_threshold:g}" for c in classes)
    if any(c.max_width > 0 for c in classes):
        tags["MAX_WIDTHS"] = ", ".join(f"{c.max_width:g}" for c in classes)
    if any(c.walled > 0 for c in classes):
        tags["WALLED"] = ", ".join(f"{c.walled:g}" for c in classes)
    return RasterSpec(
        width=int(grid.output.width),
        height=int(grid.output.height),
        crs=source.crs,
        transform=grid.transform,
        dtype="uint8",
        nodata=MASK_NODATA,
        bands=(", ".join(f"{c.value} {c.name}" for c in classes),),
        colors={c.value: c.color for c in classes},
        tags=tags,
    )


def probability_spec(source: DemSource, grid: ModelGrid, classes: Sequence[OutputClass]) -> RasterSpec:
    """The probabilities: a band a class, described by the class's name."""
    return RasterSpec(
        width=int(grid.output.width),
        height=int(grid.output.height),
        crs=source.crs,
        transform=grid.transform,
        dtype="float32",
        nodata=PROBABILITY_NODATA,
        bands=tuple(c.name for c in classes),
        averaged=True,
    )


def statistics(run: SegmentationRun) -> dict[str, Any]:
    """Numbers worth telling."""
    pixels, area = run.summary.pixels, run.grid.pixel_area
    known = sum(count for value, count in pixels.items() if value != MASK_NODATA)
    found: dict[str, dict[str, float]] = {}
    for c in run.classes:
        count = pixels.get(c.value, 0)
        found[c.name if c.name not in found else f"{c.name} {c.value}"] = {
            "share": round(count / max(known, 1), 6),
            "area_m2": round(count * area, 2),
        }
    return {
        "pixels": sum(pixels.values()),
        "known_pixels": known,
        "classes": found,
        "thresholds": [c.threshold for c in run.classes],
        "chosen_by_walls": run.summary.kept > 0,
        "input_resolution_m": [round(size, 4) for size in run.grid.pixel_size],
        "model_resolution_m": round(run.grid.ground_resolution, 4),
        "smooth_surface": run.smooth,
        "tiles": run.summary.tiles,
        "tiles_skipped": run.summary.tiles_skipped,
        "batch_size": run.summary.batch_size,
        "bare_earth": looks_like_bare_earth(run.summary.relief),
        "segmentation_seconds": round(run.seconds, 2),
    }


def _refuse_coarse(source: DemSource, grid: ModelGrid, coarsest: float) -> None:
    """Each such pixel would be drawn as hundreds of model pixels, for days, and nothing be found."""
    native = max(grid.pixel_size)
    if native > USELESS * coarsest:
        raise ElevationError(
            f"The pixels of '{source.name}' are {native:.3g} m wide; the head works at {coarsest:g} m and finds "
            "nothing in such.",
            f"Use a DEM with pixels of {LITTLE * coarsest:.2g} m or less.",
        )


def _warn_before(source: DemSource, grid: ModelGrid, coarsest: float, reporter: Reporter) -> None:
    for sentence in source.warnings:
        reporter.warning(sentence)
    native = max(grid.pixel_size)
    if native > COARSE * coarsest:
        reporter.warning(
            f"The pixels of '{source.name}' are {native:.3g} m wide, and the head works at {coarsest:g} m: "
            + ("expect little." if native > LITTLE * coarsest else "small and narrow things may be missed.")
        )


def _settings_of(c: OutputClass) -> str:
    """The numbers that decide about a class, as used."""
    parts = [f"threshold {c.threshold:g}{', unless the walls choose another' if c.other_thresholds else ''}"]
    if c.object_threshold > 0:
        parts.append(f"reached at least once in each object: {c.object_threshold:.3g}")
    parts.append(f"smallest object {c.min_area:g} m²" if c.min_area > 0 else "objects of any size")
    if c.max_width > 0:
        parts.append(f"nothing wider than {c.max_width:g} m")
    if c.walled > 0:
        parts.append(f"large objects with walls on {c.walled:.0%} of their outline")
    return f"{c.name}: {', '.join(parts)}."


def _tell_choice(own: Alternative, kept: Alternative, reporter: Reporter) -> None:
    """Say that the raster's walls have chosen another threshold than the card's."""
    for before, after in zip(own.classes, kept.classes, strict=True):
        if before != after:
            reporter.log(
                f"{after.name}: threshold {after.threshold:g} instead of {before.threshold:g}, as on this raster "
                f"{kept.outlines.share:.0%} of the outlines are walls then, otherwise {own.outlines.share:.0%}. "
                "To have the same threshold on several rasters, choose it yourself."
            )
            reporter.log(_settings_of(replace(after, other_thresholds=())))


def _warn_after(source: DemSource, summary: Summary, classes: Sequence[OutputClass], reporter: Reporter) -> None:
    for sentence in source.reading_warnings():
        reporter.warning(sentence)
    known = sum(count for value, count in summary.pixels.items() if value != MASK_NODATA)
    if summary.reached and not sum(summary.pixels.get(c.value, 0) for c in classes):
        reporter.warning(
            f"{summary.reached / max(known, 1):.1%} of the ground reaches the threshold, but no object of it stays: "
            "each is too small, too wide, sure nowhere, or large without walls, as where a low threshold makes one "
            "object of everything. Use another threshold, or 0 as the smallest object to keep all."
        )
    if any("building" in c.name.lower() for c in classes) and looks_like_bare_earth(summary.relief):
        reporter.warning(
            f"'{source.name}' looks like a bare-earth model (DTM), in which buildings have been removed; use a "
            "first-surface model (DSM) to find buildings."
        )


def protected_files(source: DemSource, heads: Sequence[str]) -> list[Path]:
    """Files an output must not replace: the DEM with everything it is made of, and the heads given by path."""
    return [*source.files, *(Path(head) for head in heads if Path(head).is_file())]
