"""Dropping what is too wide to be of its class: no road is as wide as a field.

Level, open ground of which the network has seen little is taken for road whole: fields of a plain, lawns, a lake. The
parts of a mask that a disk fits into are its morphological opening (Serra 1982, Image Analysis and Mathematical
Morphology). They, and the ragged rim around them, are no road; roads that lead into them stay.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import ndimage

#: The rim that goes with what is too wide, as a share of the greatest width: outlines of such ground are ragged.
RIM = 0.15


class WidthFilter:
    """The filter for rows that stream by.

    Rows come out later by some two greatest widths. What comes out does not depend on how rows are cut into pieces.
    What lies outside the raster, or is unknown, is not of the class: a road that runs along an edge stays.
    """

    def __init__(self, max_widths: Mapping[int, float], pixel_size: tuple[float, float]) -> None:
        """Start at the top.

        Args:
            max_widths: Metres, by class value; classes that may be of any width are left out, or 0.
            pixel_size: Across and down, metres.
        """
        size_x, size_y = pixel_size
        self._sampling = size_y, size_x
        # A disk of a pixel or two says nothing about widths.
        self._max_widths = {value: width for value, width in max_widths.items() if width > 3 * max(size_x, size_y)}
        widest = max(self._max_widths.values(), default=0.0)
        self._halo = _reach(widest, self._sampling)[0] if self._max_widths else 0
        self._rows: tuple[np.ndarray, np.ndarray] | None = None
        self._done = 0  # rows kept that have been handed out, for those below them

    def push(self, rows: np.ndarray, evidence: np.ndarray, *, last: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Add rows and take those whose surroundings are all there.

        Args:
            rows: ``(n, W) uint8``, the next rows of the mask.
            evidence: ``(..., n, W) bool``, what else is known of these pixels; it comes out with its rows.
            last: No more rows follow: hand out everything.

        Returns:
            ``(m, W) uint8`` and ``(..., m, W) bool``, the next rows; ``m`` may be 0 or more than ``n``. There is no
            evidence of what was dropped.
        """
        if not self._max_widths:
            return rows, evidence
        if self._rows is not None:
            rows = np.concatenate([self._rows[0], rows])
            evidence = np.concatenate([self._rows[1], evidence], axis=-2)
        ready = len(rows) if last else max(self._done, len(rows) - self._halo)
        out, out_evidence = rows[self._done : ready], evidence[..., self._done : ready, :]
        if ready > self._done:
            out = out.copy()
            for value, width in self._max_widths.items():
                found = too_wide(rows == value, width, self._sampling)
                if found is not None:
                    out[found[self._done : ready]] = 0
        first = max(0, ready - self._halo)
        self._rows = rows[first:].copy(), evidence[..., first:, :].copy()
        self._done = ready - first
        return out, out_evidence & (out > 0)


def too_wide(mask: np.ndarray, max_width: float, pixel_size: tuple[float, float]) -> np.ndarray | None:
    """Where a mask is wider than it may be.

    Args:
        mask: ``(H, W) bool``.
        max_width: Metres: the diameter of the disk that must not fit in.
        pixel_size: Down and across, metres.

    Returns:
        ``(H, W) bool``, part of the mask; None where nothing is too wide.
    """
    # Only where the square within such a disk fits in need distances be known, and only there and around: a mask has
    # many pixels, and hardly ever one that is too wide.
    side = [max(1, int(max_width / math.sqrt(2.0) / size) - 1) for size in pixel_size]
    centres = ndimage.minimum_filter1d(mask, side[0], axis=0, mode="constant", cval=0)
    centres = ndimage.minimum_filter1d(centres, side[1], axis=1, mode="constant", cval=0)
    if not centres.any():
        return None
    reach = _reach(max_width, pixel_size)
    found = np.zeros_like(mask)
    for place in ndimage.find_objects(ndimage.label(centres)[0]):
        around = tuple(slice(max(0, s.start - far), s.stop + far) for s, far in zip(place, reach, strict=True))
        found[around] |= _cores_and_rim(mask[around], max_width, pixel_size)
    return found if found.any() else None


def _cores_and_rim(mask: np.ndarray, max_width: float, pixel_size: tuple[float, float]) -> np.ndarray:
    """`too_wide` for one place and what is around it, ``(H, W) bool``."""
    inside = np.pad(mask, 1)
    # A distance is to the middle of the next pixel off the mask, half a pixel further than its edge.
    depth = ndimage.distance_transform_edt(inside, sampling=pixel_size) - max(pixel_size) / 2
    cores = depth > max_width / 2
    if not cores.any():
        return np.zeros_like(mask)
    far, steps = _rim(max_width, pixel_size)
    near = inside & (ndimage.distance_transform_edt(~cores, sampling=pixel_size) <= far)
    # Only what hangs together with the middle: a track beside the field stays.
    return np.asarray(ndimage.binary_dilation(cores, iterations=steps, mask=near))[1:-1, 1:-1]


def _rim(max_width: float, pixel_size: tuple[float, float]) -> tuple[float, int]:
    """From the middle of a disk, how far in metres a pixel may be to go with it, and by how many pixels' steps."""
    far = (0.5 + RIM) * max_width
    return far, math.ceil(math.sqrt(2.0) * far / min(pixel_size))


def _reach(max_width: float, pixel_size: tuple[float, float]) -> list[int]:
    """Pixels down and across within which all lies that decides about a pixel.

    It goes by its steps, each of which may be near the middle of another disk, to the edges of which it is a radius.
    """
    far, steps = _rim(max_width, pixel_size)
    return [steps + math.ceil((far + max_width / 2) / size) + 2 for size in pixel_size]
