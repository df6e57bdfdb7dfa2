"""An evaluation for people: figures, tables and the worst places as pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.source import first_line
from ..errors import RasterOpenError
from ..learning.scenes import UNKNOWN
from ..reports import (
    Figure,
    Figures,
    Heading,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Table,
    comparison_legend,
    overlay,
)
from .pixels import HIT, INVENTED, MISSED, PLACE, Place
from .run import Evaluation


def sections(
    done: Evaluation, errors: Path, relief: Callable[[Window], np.ndarray] | None, inputs: Mapping[str, Any]
) -> list[Section]:
    """The page.

    Args:
        done: The evaluation.
        errors: The error map.
        relief: Gives a window of the raster as a shaded relief, ``(h, w) uint8``; None without elevation.
        inputs: What was compared and how, for a table.
    """
    found: list[Section] = [Figures(_headline(done)), *(Paragraph(text, "warning") for text in done.warnings)]
    found += [Heading("Pixels"), _confusion(done)]
    if done.objects is not None:
        found += [Heading("One by one"), _objects(done)]
    if done.lines is not None:
        found += [Heading("Length"), _lines(done)]
    found.append(Heading("The worst places"))
    if done.pixels.worst:
        caption = f"The squares of about {PLACE} pixels with most errors, worst first."
        pictures = [_picture(place, errors, relief) for place in done.pixels.worst]
        found.append(Pictures(pictures, 3, caption, comparison_legend()))
    else:
        found.append(Paragraph("There is not a single error.", "note"))
    found += [
        Heading("What was compared"),
        Table((), [(name, value) for name, value in inputs.items() if value not in (None, "")]),
    ]
    return [*found, Heading("How to read the figures"), *_explanations(done)]


def _headline(done: Evaluation) -> list[Figure]:
    figures = done.figures()
    shown = [
        Figure("IoU", figures["iou"]),
        Figure("F1", figures["f1"]),
        Figure("Precision", figures["precision"], "of what was found is right"),
        Figure("Recall", figures["recall"], "of what is there was found"),
        Figure("Boundary F1", figures["boundary_f1"], "within 1 pixel"),
    ]
    if done.objects is not None:
        objects = done.objects
        shown.append(Figure("Objects found", objects.found, f"of {objects.labelled}; {objects.invented} invented"))
    if done.lines is not None:
        shown.append(Figure("Length found", done.lines.completeness, f"share, within {done.tolerance:g} m"))
    return shown


def _confusion(done: Evaluation) -> Table:
    counts, area = done.pixels.counts, done.pixel_area / 1e4
    return Table(
        ("", "class in the labels", "not in the labels", "class, ha", "not, ha"),
        [
            ("class in the mask", counts.hit, counts.invented, counts.hit * area, counts.invented * area),
            ("not in the mask", counts.missed, counts.rest, counts.missed * area, counts.rest * area),
        ],
        "Pixels of which both mask and label are known.",
    )


def _objects(done: Evaluation) -> Table:
    objects, figures = done.objects, done.figures()
    assert objects is not None
    return Table(
        ("", "objects", "share"),
        [
            ("in the labels", objects.labelled, ""),
            ("found", objects.found, figures["object_recall"]),
            ("missed", objects.missed, _share(objects.missed, objects.labelled)),
            ("in the mask", objects.predicted, ""),
            ("right", objects.found, figures["object_precision"]),
            ("invented", objects.invented, _share(objects.invented, objects.predicted)),
        ],
        "Pieces connected through pixel edges; found are those with an IoU of 0.5 or more with one of the mask.",
    )


def _lines(done: Evaluation) -> Table:
    lines = done.lines
    assert lines is not None
    return Table(
        ("", "kilometres", "share"),
        [
            ("in the labels", lines.labelled / 1e3, ""),
            ("found (completeness)", lines.found / 1e3, lines.completeness),
            ("missed", lines.missed / 1e3, _share(lines.missed, lines.labelled)),
            ("in the mask", lines.predicted / 1e3, ""),
            ("right (correctness)", lines.right / 1e3, lines.correctness),
            ("invented", lines.invented / 1e3, _share(lines.invented, lines.predicted)),
            ("quality", "", lines.quality),
        ],
        f"Centrelines within {done.tolerance:g} m of one another; what is right lies "
        + (f"{lines.rms:.2f} m from the label's line (root mean square)." if lines.right else "nowhere."),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _picture(place: Place, errors: Path, relief: Callable[[Window], np.ndarray] | None) -> Picture:
    """A square of the raster in the colours of the comparison."""
    try:
        with rasterio.open(errors) as dataset:
            window = Window(place.col, place.row, place.cols, place.rows)
            values = dataset.read(1, window=window)
            x, y = dataset.xy(place.row + place.rows / 2 - 0.5, place.col + place.cols / 2 - 0.5)
    except GDAL_ERRORS as error:
        raise RasterOpenError(f"A scratch file cannot be read: {first_line(error)}.", "Run it again.") from error
    unknown = values == UNKNOWN
    label = np.where(unknown, UNKNOWN, (values == HIT) | (values == MISSED)).astype(np.uint8)
    mask = np.where(unknown, UNKNOWN, (values == HIT) | (values == INVENTED)).astype(np.uint8)
    return Picture(
        overlay(relief(window) if relief else None, label, mask),
        f"x {x:.8g}, y {y:.8g}: IoU {place.counts.iou:.2f}, {place.counts.missed} pixels missed and "
        f"{place.counts.invented} invented",
    )


def _explanations(done: Evaluation) -> list[Section]:
    texts = [
        "IoU (intersection over union) is the area that is the class in both mask and labels, divided by the area that "
        "is the class in either. F1 is the harmonic mean of precision and recall. Pixels of all places count together.",
        "Boundary F1 compares the outlines only: the shares of both outlines that are within 1 pixel of the other one, "
        "and their harmonic mean (Csurka et al. 2013).",
    ]
    if done.objects is not None:
        texts.append(
            "An object is found if one of the mask has an IoU of at least 0.5 with it, one to one, as COCO and "
            "SpaceNet count. Buildings that touch in the labels are one object."
        )
    if done.lines is not None:
        texts.append(
            "Completeness is the share of the labelled centrelines that have one of the mask within the tolerance, "
            "correctness the share of the mask's that have a labelled one, and quality the right length divided by all "
            "found or missed (Heipke et al. 1997, Wiedemann et al. 1998). Lines of a mask shorter than 10 m that end "
            "freely are left out."
        )
    return [Paragraph(text) for text in texts]
