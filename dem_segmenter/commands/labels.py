"""Arguments that say where labels are, shared by the jobs that read them. Not a job itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..learning.labels import LabelOptions


def add_arguments(parser: argparse.ArgumentParser, unlabelled: str = "what is outside of the labels' bounds") -> None:
    """Declare them.

    Args:
        parser: Of the job.
        unlabelled: Where, without an area, nothing counts as labelled.
    """
    group = parser.add_argument_group("labels")
    group.add_argument("--labels", required=True, metavar="SRC", help="polygons, lines or a raster")
    group.add_argument("--labels-layer", metavar="NAME", help="layer of the labels' file")
    group.add_argument("--buffer", type=float, metavar="M", help="metres to each side of labelled lines")
    group.add_argument("--width-field", metavar="FIELD", help="field with the full width of lines, metres")
    group.add_argument("--label-value", type=int, metavar="V", help="value of a raster label (default: all but 0)")
    group.add_argument(
        "--area",
        metavar="SRC",
        help=f"polygons in which everything was labelled, the rest being unknown (default: unknown is {unlabelled})",
    )
    group.add_argument("--area-layer", metavar="NAME", help="layer of the area's file")


def options(args: argparse.Namespace, *, complete: bool = False) -> LabelOptions:
    """The arguments as `GroundTruth` takes them.

    Args:
        args: Parsed.
        complete: Whether, without an area, everything counts as labelled.
    """
    from ..learning.labels import LabelOptions

    return LabelOptions(
        source=args.labels,
        layer=args.labels_layer,
        buffer=args.buffer,
        width_field=args.width_field,
        value=args.label_value,
        area=args.area,
        area_layer=args.area_layer,
        complete=complete,
    )
