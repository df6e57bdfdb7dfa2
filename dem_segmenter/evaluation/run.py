"""One whole evaluation: a mask and its labels in, figures and an error map out."""

from __future__ import annotations

import math
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from ..errors import LabelError, OptionError, OutputError
from ..events import Reporter
from ..inference.classes import MASK_NODATA
from ..inference.outputs import Outputs
from ..inference.rasters import RasterSpec, RowWriter, finish_cog
from ..learning.labels import GroundTruth
from ..learning.scenes import UNKNOWN
from ..reports import COMPARISON
from .lines import LineCounts, compare_lines, mask_lines
from .masks import MaskSource
from .objects import ObjectCounts, ObjectMatcher
from .pixels import HIT, INVENTED, MISSED, Comparer, PixelComparison

#: What is counted besides pixels; ``auto`` chooses by the labels and the class's name.
KINDS = ("auto", "objects", "lines")

#: Names of classes that are lines.
LINEAR = re.compile(r"road|street|track|trail|path|highway|rail|wall|ditch|dyke|dike|stream|river|canal", re.IGNORECASE)

#: GDAL's block cache, bytes.
CACHE_BYTES = 128 << 20

#: Bytes a pixel of the error map surely takes on disk, scratch and finished file together.
LEAST_BYTES = 0.01

#: Share of what is labelled that may lie where the mask is unknown without a word.
NOT_JUDGED = 0.01


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Attributes:
        pixels: Pixels, outlines and the worst places.
        kind: ``objects`` or ``lines``.
        objects: Objects, where they were counted.
        lines: Lines, where they were measured; metres.
        pixel_area: Ground area of a pixel, square metres.
        tolerance: Of lines, metres.
        warnings: Sentences for the user.
    """

    pixels: PixelComparison
    kind: str
    objects: ObjectCounts | None
    lines: LineCounts | None
    pixel_area: float
    tolerance: float
    warnings: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, float | int | None]:
        """Every figure by a flat name; None where it is not defined."""
        counts, boundary = self.pixels.counts, self.pixels.boundary
        found: dict[str, float | int | None] = {
            "iou": counts.iou,
            "f1": counts.f1,
            "precision": counts.precision,
            "recall": counts.recall,
            "boundary_f1": boundary.f1,
            "pixels_hit": counts.hit,
            "pixels_missed": counts.missed,
            "pixels_invented": counts.invented,
            "pixels_rest": counts.rest,
        }
        if self.objects is not None:
            objects = self.objects
            both = objects.labelled + objects.predicted
            found |= {
                "objects_labelled": objects.labelled,
                "objects_predicted": objects.predicted,
                "objects_found": objects.found,
                "objects_missed": objects.missed,
                "objects_invented": objects.invented,
                "object_precision": objects.found / objects.predicted if objects.predicted else None,
                "object_recall": objects.found / objects.labelled if objects.labelled else None,
                "object_f1": 2 * objects.found / both if both else None,
            }
        if self.lines is not None:
            lines = self.lines
            found |= {
                "length_labelled": lines.labelled,
                "length_predicted": lines.predicted,
                "length_found": lines.found,
                "length_missed": lines.missed,
                "length_invented": lines.invented,
                "completeness": lines.completeness,
                "correctness": lines.correctness,
                "line_quality": lines.quality,
                "line_rms": lines.rms,
            }
        return {name: _plain(value) for name, value in found.items()}


def evaluate_mask(
    mask: MaskSource,
    truth: GroundTruth,
    work: Path,
    reporter: Reporter,
    *,
    kind: str = "auto",
    names: Iterable[str] = (),
    tolerance: float = 3.0,
    span: tuple[float, float] = (0.0, 100.0),
) -> tuple[Evaluation, RowWriter]:
    """Compare a mask with labels on its grid.

    Args:
        mask: The mask.
        truth: The labels; opened on the mask's grid.
        work: Folder for scratch files.
        reporter: Told of progress; also asked whether to stop.
        kind: One of `KINDS`.
        names: Names of the class and the head, by which ``auto`` chooses.
        tolerance: Of lines, metres.
        span: Part of the job's 0..100 that this is.

    Returns:
        What was found, and the closed writer of the error map, whose scratch file is in ``work``.

    Raises:
        OptionError: The kind is not known, or the tolerance is no length.
        LabelError: Nothing is known of both.
        OutputError: The disk is full.
    """
    kind = choose_kind(kind, truth, names)
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise OptionError(f"A tolerance of {tolerance:g} m makes no sense.", "Use 0 or more metres.")
    low, high = span
    width, height = mask.width, mask.height
    comparer = Comparer(width, height, lambda window: (mask.read(window), truth.read(window)))
    matcher = ObjectMatcher(width) if kind == "objects" else None
    # Lines of the mask go on where the labels end, and the other way round: thinning needs both whole.
    wanted = ["errors"] + (["found"] + (["labelled"] if truth.kind != "lines" else []) if kind == "lines" else [])
    writers: dict[str, RowWriter] = {}
    labelled, unjudged = 0, 0
    share = 0.6 if kind == "lines" else 1.0
    with ExitStack() as stack:
        stack.enter_context(rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES))
        for name in wanted:
            writers[name] = RowWriter(work / f"{name}.tif", _spec(mask, name))
            stack.callback(writers[name].close)
        for start, found, label, errors in comparer.strips():
            stop = start + len(errors)
            labelled += int(np.count_nonzero(label == 1))
            unjudged += int(np.count_nonzero((label == 1) & (found == UNKNOWN)))
            if matcher is not None:
                matcher.add((errors == HIT) | (errors == MISSED), (errors == HIT) | (errors == INVENTED),
                            last=stop == height)  # fmt: skip
            for name, rows in (("errors", errors), ("found", found), ("labelled", label)):
                if name in writers:
                    writers[name].write(rows[None])
            reporter.progress(low + (high - low) * share * stop / height, "Comparing")
    pixels = comparer.result
    counts = pixels.counts
    if not counts.hit + counts.invented + counts.missed + counts.rest:
        raise LabelError(
            f"Not a single pixel is known of both '{mask.name}' and '{truth.title}'.",
            "Check the nodata values of the raster, and where the labels and the area polygons lie.",
        )
    lines = None
    if kind == "lines":
        lines = _compare_lines(mask, truth, work, tolerance, reporter, (low + (high - low) * share, high))
    size_x, size_y = mask.metres_per_pixel()
    said = _warnings(mask, truth, pixels)
    if unjudged > NOT_JUDGED * labelled:
        said.append(
            f"{unjudged / labelled:.0%} of what is labelled ({unjudged * size_x * size_y:,.0f} m²) lies where "
            f"'{mask.name}' is unknown. It was not judged and is in no figure."
        )
    done = Evaluation(pixels, kind, matcher.counts if matcher else None, lines, size_x * size_y, tolerance, said)
    return done, writers["errors"]


def choose_kind(kind: str, truth: GroundTruth, names: Iterable[str]) -> str:
    """``objects`` or ``lines``.

    Raises:
        OptionError: The kind is not known.
    """
    if kind not in KINDS:
        raise OptionError(f"Unknown kind '{kind}'.", f"Use one of {', '.join(KINDS)}.")
    if kind != "auto":
        return kind
    return "lines" if truth.kind == "lines" or any(LINEAR.search(name) for name in names) else "objects"


def finish_error_map(writer: RowWriter, path: Path, reporter: Reporter, span: tuple[float, float]) -> None:
    """Make the error map's GeoTIFF from its scratch file, which is gone afterwards.

    Raises:
        OutputError: The disk is full.
    """
    low, high = span
    finish_cog(
        writer,
        path,
        reporter.check_cancelled,
        lambda done: reporter.progress(low + (high - low) * done, "Writing the error map"),
    )


def require_space(outputs: Outputs, mask_pixels: int) -> None:
    """See that the error map has a chance to fit on its disk."""
    if "errors" in outputs.paths:
        outputs.require_space({"errors": int(mask_pixels * LEAST_BYTES) + (1 << 16)})


@contextmanager
def workspace(folders: Sequence[Path], reporter: Reporter) -> Iterator[Path]:
    """A folder for scratch files, removed at the end: beside the first output, or where the system has its own.

    Raises:
        OutputError: It cannot be made.
    """
    parent = folders[0] if folders else Path(tempfile.gettempdir())
    path = parent / f".demsegmenter-{secrets.token_hex(6)}.partial"
    reporter.scratch(path)  # first, so that no kill can come in between
    try:
        path.mkdir()
    except OSError as error:
        raise OutputError(
            f"The folder '{parent}' cannot be written to: {error.strerror or error}.", "Choose one you may write to."
        ) from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _compare_lines(
    mask: MaskSource, truth: GroundTruth, work: Path, tolerance: float, reporter: Reporter, span: tuple[float, float]
) -> LineCounts:
    low, high = span

    def part(start: float, stop: float) -> Callable[[float], None]:
        return lambda done: reporter.progress(low + (high - low) * (start + (stop - start) * done), "Drawing lines")

    if truth.kind == "lines":
        labelled = truth.lines(Window(0, 0, mask.width, mask.height))
    else:
        labelled = mask_lines(work / "labelled.tif", mask, part(0.0, 0.45))
    predicted = mask_lines(work / "found.tif", mask, part(0.45, 0.9))
    return compare_lines(labelled, predicted, work / "errors.tif", mask, tolerance, reporter.check_cancelled)


def _spec(mask: MaskSource, name: str) -> RasterSpec:
    """The error map, or a scratch mask."""
    errors = name == "errors"
    colors = {HIT: COMPARISON["hit"], MISSED: COMPARISON["missed"], INVENTED: COMPARISON["invented"]}
    return RasterSpec(
        width=mask.width,
        height=mask.height,
        crs=mask.crs,
        transform=mask.transform,
        dtype="uint8",
        nodata=MASK_NODATA,
        bands=("0 right, 1 found, 2 missed, 3 invented" if errors else name,),
        colors=colors if errors else {},
        tags={"CLASS_1": "found", "CLASS_2": "missed", "CLASS_3": "invented"} if errors else {},
    )


def _warnings(mask: MaskSource, truth: GroundTruth, pixels: PixelComparison) -> list[str]:
    """What the figures do not say of themselves."""
    said, counts = list(truth.warnings), pixels.counts
    if mask.undeclared:
        said.append(
            f"'{mask.name}' holds 255 without declaring it as nodata; these pixels are taken as unknown. If 255 is the "
            "class, give 255 as the class value."
        )
    if not counts.hit + counts.missed:
        said.append(
            f"The labels of '{truth.title}' show nothing of the class where '{mask.name}' is known: recall is not "
            "defined, and IoU says little."
        )
    if not counts.hit + counts.invented:
        said.append(f"'{mask.name}' shows nothing of the class where labels are known: precision is not defined.")
    if mask.declared == 0 and not counts.missed + counts.rest:
        said.append(
            f"'{mask.name}' declares 0 as nodata, so that ground where it shows nothing counts as unknown and nothing "
            "can be missed. Save it anew without a nodata value."
        )
    elif not counts.invented + counts.rest:
        said.append(
            f"The labels of '{truth.title}' show nothing but the class: where there is no background, nothing can be "
            "invented. Label background, too."
        )
    return said


def _plain(value: Any) -> float | int | None:
    """A number for JSON: no nan, no needless digits."""
    if value is None or isinstance(value, (int, np.integer)):
        return None if value is None else int(value)
    return round(float(value), 6) if math.isfinite(value) else None
