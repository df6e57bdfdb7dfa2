"""Skeletons of a mask as chains of pixels, strip by strip.

Thinning looks no further than the width of what is thinned, so a strip read with enough context rows has the skeleton
of the whole raster. The seam row belongs to both strips, as the upper one saw it: chains end and begin there at the
same pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage
from skimage.morphology import skeletonize

from .strips import MaskStrips

#: Rows of context: roads up to about this many pixels wide are thinned as in the whole raster.
CONTEXT = 96


@dataclass(frozen=True)
class Chain:
    """Pixels of a skeleton in a row, between two ends, junctions or seams.

    Attributes:
        points: ``(N, 2) float64, pixels``: pixel centres, counted from the corner of the grid.
        radius: ``(N,) float64, metres``: half the local width of what was thinned.
    """

    points: np.ndarray
    radius: np.ndarray


@dataclass(frozen=True)
class SkeletonStrip:
    """The chains of one strip.

    Attributes:
        chains: All new chains.
        known_above: Pixel centres above this y have all their chains by now, pixels.
        rows: Rows done.
        scale: ``(2,) float64, metres``: width and height of a pixel here.
    """

    chains: list[Chain]
    known_above: float
    rows: int
    scale: np.ndarray


def skeleton_strips(strips: MaskStrips, *, fill_below: int) -> Iterator[SkeletonStrip]:
    """Thin a mask.

    Args:
        strips: The mask.
        fill_below: Holes of fewer pixels are filled first: each would become a loop.

    Yields:
        Strips from the top.
    """
    seam: np.ndarray | None = None
    for start, stop in strips.spans():
        last = stop == strips.height
        thin, radius = _thin(strips, start, stop, fill_below)
        if seam is not None:
            thin[0] = seam
        seam = None if last else thin[-1].copy()
        rows = np.array([start - 0.5, stop + 0.5])
        chains = _chains(thin, radius, start, split_top=start > 0, split_bottom=not last)
        known = np.inf if last else stop + 0.5
        yield SkeletonStrip(chains, known, stop, strips.scale.at(np.array([rows.mean()]))[0])


def _thin(strips: MaskStrips, start: int, stop: int, fill_below: int) -> tuple[np.ndarray, np.ndarray]:
    """Thin rows ``[start, stop]``: the strip and the first row of the next one, where there is one.

    Returns:
        ``(rows, width) bool`` skeleton and ``(rows, width) float64, metres`` half width.
    """
    # Thinning connects pixels through corners and would run around every hole that is left.
    mask, first = strips.read(
        start, stop + 1, context=max(CONTEXT, fill_below), fill_below=fill_below, corners_join=True
    )
    # Beyond the raster roads go on, mirrored; thinning towards the raster's edge would fork their ends.
    above, below = (CONTEXT if first == 0 else 0), (CONTEXT if first + len(mask) == strips.height else 0)
    side = min(CONTEXT, mask.shape[1])
    above, below = min(above, len(mask)), min(below, len(mask))
    mask = np.pad(mask, ((above, below), (side, side)), mode="symmetric")
    scale = strips.scale.at(np.array([(start + stop) / 2]))[0]
    thin = skeletonize(mask)
    # To the nearest centre of another pixel: half a pixel more than to the edge, less for every other width.
    half = ndimage.distance_transform_edt(mask, sampling=(scale[1], scale[0])) - 0.25 * float(np.sqrt(scale.prod()))
    rows = slice(above + start - first, above + min(stop + 1, strips.height) - first)
    columns = slice(side, side + strips.width)
    # A line along the raster's very edge may come to lie on its mirrored side.
    inner = thin[rows, columns].copy()
    inner[:, 0] |= thin[rows, side - 1]
    inner[:, -1] |= thin[rows, side + strips.width]
    return inner, half[rows, columns]


def _chains(
    thin: np.ndarray, radius: np.ndarray, first_row: int, *, split_top: bool, split_bottom: bool
) -> list[Chain]:
    """Link neighbouring pixels and merge the links between ends and junctions.

    Args:
        thin: ``(H, W) bool``.
        radius: ``(H, W) float64, metres``.
        first_row: Row of the grid that is row 0.
        split_top: Row 0 is a seam: the strip above has its links along the row, and all its pixels end chains.
        split_bottom: So do those of the last row, whose links along the row are made here.
    """
    diagonal = thin[:-1, :-1] & thin[1:, 1:] & ~thin[:-1, 1:] & ~thin[1:, :-1]
    anti = thin[:-1, 1:] & thin[1:, :-1] & ~thin[:-1, :-1] & ~thin[1:, 1:]
    along = thin[:, :-1] & thin[:, 1:]
    if split_top:
        along[0] = False
    # Of a diagonal and the two links around its corner only the latter count: no triangles at junctions.
    links = []
    for found, offset_from, offset_to in (
        (along, (0, 0), (0, 1)),
        (thin[:-1] & thin[1:], (0, 0), (1, 0)),
        (diagonal, (0, 0), (1, 1)),
        (anti, (0, 1), (1, 0)),
    ):
        cells = np.argwhere(found)
        links.append(np.stack([cells + offset_from, cells + offset_to], axis=1))
    ends = np.concatenate(links)[:, :, ::-1].astype(np.float64)  # (links, 2, xy)
    if not len(ends):
        return []
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends))))
    points, index = shapely.get_coordinates(merged, return_index=True)
    column, row = points.astype(np.intp).T
    values = radius[row, column]
    points += np.array([0.5, 0.5 + first_row])

    # Chains are cut where they pass a seam row.
    passes = np.zeros(len(points), dtype=bool)
    passes |= split_top & (row == 0)
    passes |= split_bottom & (row == len(thin) - 1)
    first = np.diff(index, prepend=-1) != 0
    last = np.diff(index, append=-1) != 0
    starts = np.flatnonzero(first | (passes & ~last))
    stops = np.append(starts[1:], len(points))
    # A cut belongs to both sides: every piece but a chain's last goes on to the next piece's first point.
    shared = np.append(~first[starts[1:]], False)
    return [
        Chain(points[start : stop + more], values[start : stop + more])
        for start, stop, more in zip(starts, stops, shared.astype(int), strict=True)
    ]
