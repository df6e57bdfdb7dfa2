"""The ground below halls: roofs so wide that a morphological opening takes them for the ground.

An opening by a square finds the ground below whatever the square does not fit into. A warehouse, a shopping centre or a
block without courtyards can be wider than any square that still follows a hillside. What tells it from a hill is its
outline: walls nearly all around. So the surface is parted along its cliffs into smooth pieces, and a piece that lies
above nearly all that borders it is an object, whatever its size (segmentation instead of structuring elements: Sithole
and Vosselman 2005, ISPRS Archives 36-3/W19; Tovari and Pfeifer 2005, ISPRS Archives 36-3/W19).
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .resample import resample

#: Metres per pixel that halls are looked for at: they are large, and this is cheap.
RESOLUTION = 2.0

#: Neighbouring pixels (of `RESOLUTION`) that differ by less are of one piece, metres. Ramps and roofs are flatter.
STEP = 1.0

#: A wall is at least as high as this, metres, over two pixels. Terraces and platforms are mostly lower.
WALL = 2.0

#: Share of a hall's outline that is wall. Loading ramps and lower annexes are the rest.
WALLED = 0.8

#: Largest share of a piece's outline that may be the raster's edge.
CUT_OFF = 0.4

#: Steepest roof: median slope, rise over run. Peaks that an opening has flattened are steeper.
STEEPEST = 0.35

#: Smallest hall, square metres. Less is found by the opening.
LEAST_AREA = 1500.0

#: A hall on another one is taken off first.
STOREYS = 3


def ground_below_halls(z: np.ndarray, resolution: float, window: float, length: float) -> np.ndarray:
    """Elevation of the ground below halls, and a little around them.

    Args:
        z: ``(H, W) float32, metres``, known everywhere.
        resolution: Metres per pixel.
        window: Side of the opening that finds the ground below all else, metres.
        length: Longest side of a hall, metres.

    Returns:
        ``(H, W) float32, metres``: infinite where there is no hall.
    """
    shape = tuple(max(1, round(n * resolution / RESOLUTION)) for n in z.shape)
    coarse, _ = resample(z, None, shape)
    return enlarged(halls_of_coarse(coarse, window, length), z.shape)


def enlarged(ground: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """To another size, ``(h, w)`` to ``(H, W) float32``: the nearest pixel's, as what is infinite has no neighbours."""
    if not np.isfinite(ground).any():
        return np.full(shape, np.inf, np.float32)
    rows, cols = (
        np.minimum(((np.arange(n) + 0.5) * size / n).astype(int), size - 1)
        for n, size in zip(shape, ground.shape, strict=True)
    )
    return ground[np.ix_(rows, cols)]


def halls_of_coarse(z: np.ndarray, window: float, length: float) -> np.ndarray:
    """As `ground_below_halls`, on a surface of `RESOLUTION`.

    Args:
        z: ``(H, W) float32, metres``, known everywhere.
        window: As there.
        length: As there.

    Returns:
        ``(H, W) float32, metres``: infinite where there is no hall within two pixels.
    """
    side = 2 * round((window / RESOLUTION - 1) / 2) + 1
    surface = ndimage.grey_opening(ndimage.grey_closing(z, size=(3, 3)), size=(side, side))
    slope = np.hypot(*np.gradient(z, RESOLUTION)) if min(z.shape) > 1 else np.zeros(z.shape, np.float32)
    halls = np.zeros(z.shape, bool)
    for _ in range(STOREYS):
        found = _walled(surface, slope, length)
        if not found.any():
            break
        # Pixels along a wall are part roof, part ground: they go with the roof, and the ground is what lies beyond.
        found = ndimage.binary_dilation(found, np.ones((3, 3), bool), iterations=2)
        if found.all():
            break  # a raster clipped to a hall shows no ground to take
        nearest = ndimage.distance_transform_edt(found, return_distances=False, return_indices=True)
        around = ndimage.gaussian_filter(surface[tuple(nearest)], 3.0)
        surface = np.where(found, np.minimum(surface, around), surface)
        halls |= found
    return np.where(halls, surface, np.inf).astype(np.float32)


def _walled(surface: np.ndarray, slope: np.ndarray, length: float) -> np.ndarray:
    """``(H, W) bool``: pieces of an opened surface that walls part from lower ground."""
    if not any((np.abs(z[2:] - z[:-2]) > WALL).any() for z in (surface, surface.T)):
        return np.zeros(surface.shape, bool)  # as nearly everywhere: parting the ground takes longer than all the rest
    pieces, count = _pieces(surface)
    size = np.bincount(pieces.ravel(), minlength=count)
    rim, walls, cut = np.zeros(count), np.zeros(count), np.zeros(count)
    for axis in (0, 1):
        for piece, height in (
            (np.moveaxis(pieces, axis, 0), np.moveaxis(surface, axis, 0)),
            (np.moveaxis(pieces, axis, 0)[::-1], np.moveaxis(surface, axis, 0)[::-1]),
        ):
            cut += np.bincount(piece[-1], minlength=count)
            inside = piece[:-2]
            outline = (inside != piece[1:-1]) & (inside != piece[2:])
            rim += np.bincount(inside[outline], minlength=count)
            wall = outline & (height[:-2] - height[2:] > WALL)
            walls += np.bincount(inside[wall], minlength=count)
    likely = (size * RESOLUTION**2 >= LEAST_AREA) & (walls >= WALLED * np.maximum(rim, 1))
    likely &= cut <= CUT_OFF * (rim + cut)
    found = np.zeros(surface.shape, bool)
    if not likely.any():
        return found
    numbers = np.cumsum(likely) * likely
    for number, place in enumerate(ndimage.find_objects(numbers[pieces]), start=1):
        inside = numbers[pieces[place]] == number
        if max(inside.shape) * RESOLUTION <= length and np.median(slope[place][inside]) <= STEEPEST:
            found[place] |= inside
    return found


def _pieces(surface: np.ndarray) -> tuple[np.ndarray, int]:
    """``(H, W) int32`` and their number: pixels that hang together by steps smaller than `STEP`."""
    numbers = np.arange(surface.size).reshape(surface.shape)
    down, right = np.abs(np.diff(surface, axis=0)) < STEP, np.abs(np.diff(surface, axis=1)) < STEP
    one = np.concatenate([numbers[:-1][down], numbers[:, :-1][right]])
    other = np.concatenate([numbers[1:][down], numbers[:, 1:][right]])
    graph = coo_matrix((np.ones(len(one), bool), (one, other)), shape=(surface.size, surface.size))
    count, pieces = connected_components(graph, directed=False)
    return pieces.reshape(surface.shape), count
