"""The streaming loop: tiles in, blended rows out.

One row of tiles after the other is read, predicted and blended into a strip. Rows that no later tile touches go back to
the input grid, become classes and are written. Memory depends on the raster's width, never on its height.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..elevation.grid import ModelGrid, first_model_row_needed, to_output_rows
from ..elevation.source import DemSource
from ..errors import DeviceError
from ..events import Reporter
from ..runtime import out_of_memory
from .bare_earth import ReliefStatistics
from .blend import BlendStrip
from .classes import PROBABILITY_NODATA, OutputClass, rounded
from .outlines import OutlineFilter
from .rasters import RowWriter
from .reader import FinishedRows, TileBatch, TileReader, read_ahead
from .right_angles import with_evidence
from .threshold_choice import Alternative, alternatives, choose
from .tiles import TileLayout

#: Test-time augmentation: the orientations a tile is also shown in, as (transpose, flip rows, flip columns). The
#: encoding's channels have no direction (heights, relief, slope angle), so they may be turned after encoding.
AUGMENTATIONS: dict[str, tuple[tuple[bool, bool, bool], ...]] = {
    "none": ((False, False, False),),
    "flips": tuple((False, v, h) for v in (False, True) for h in (False, True)),
    "dihedral": tuple((t, v, h) for t in (False, True) for v in (False, True) for h in (False, True)),
}


class Model(Protocol):
    """What the segmenter asks of a model; see `modelfiles.SegmentationModel`."""

    encoding: Any
    heads: Sequence[Any]

    def predict(self, channels: np.ndarray) -> Sequence[Any]:
        """``(B, C, T, T) float32`` to ``(B, K, T, T) float32`` probabilities, one array a head."""

    def on_smooth_surface(self) -> Model:
        """The model for a surface that shows no leaves; asked for only where a head looks for planes."""


@dataclass(frozen=True)
class Settings:
    """How to run.

    Attributes:
        tile: Tile side, model pixels.
        overlap: Share of a tile that the next one covers again.
        batch_size: Tiles the network sees at once.
        augmentation: A key of `AUGMENTATIONS`.
    """

    tile: int
    overlap: float
    batch_size: int
    augmentation: str = "none"


@dataclass
class Summary:
    """What a run has counted.

    Attributes:
        tiles: Tiles predicted.
        tiles_skipped: Tiles left out because nothing in them was known.
        kept: Which of `Segmenter.masks` is kept; 0 is the one at the cards' thresholds.
        pixels: Output pixels by value of that mask.
        reached: Output pixels that reach a class's threshold, those of objects that are dropped included.
        known: Known pixels of the input within the output window.
        relief: Statistics of the elevation.
        batch_size: Tiles a batch in the end, lower than asked for where memory ran out.
    """

    tiles: int = 0
    tiles_skipped: int = 0
    kept: int = 0
    pixels: dict[int, int] = field(default_factory=dict)
    reached: int = 0
    known: int = 0
    relief: ReliefStatistics = field(default_factory=ReliefStatistics)
    batch_size: int = 0


class Segmenter:
    """One run over one DEM."""

    def __init__(
        self,
        model: Model,
        source: DemSource,
        grid: ModelGrid,
        classes: Sequence[OutputClass],
        settings: Settings,
        reporter: Reporter,
    ) -> None:
        """Plan the run.

        Args:
            model: Encoder and heads.
            source: The DEM; used from another thread while `run` lasts.
            grid: Its model grid.
            classes: Classes to tell apart.
            settings: How to run.
            reporter: Told of progress and trouble.
        """
        self._model, self._source, self._grid, self._classes = model, source, grid, list(classes)
        self._settings, self._reporter = settings, reporter
        self.layout = TileLayout.make(grid.rows, grid.cols, settings.tile, settings.overlap)
        self._strip = BlendStrip(len(self._classes), grid.cols, settings.tile)
        #: Blended rows that output rows to come still need.
        self._ready = np.zeros((len(self._classes), 0, grid.cols), dtype=np.float32)
        self._ready_known = np.zeros((0, grid.cols), dtype=bool)
        self._ready_first = 0
        #: What classes gain among walls at right angles, and the heads they are of.
        self._gains = np.array([c.right_angles for c in self._classes], np.float32)
        self._heads = np.array([c.head for c in self._classes])
        self._outlines = OutlineFilter([c.edge_radius for c in self._classes], grid.pixel_size)
        #: Masks at the cards' thresholds and at the others that they allow, made side by side.
        self.masks = [Alternative(some, grid.pixel_size) for some in alternatives(self._classes)]
        self.summary = Summary(batch_size=max(1, settings.batch_size))

    def run(
        self,
        mask_writers: Sequence[RowWriter],
        probability: RowWriter | None = None,
        progress: Callable[[float], None] = lambda _: None,
        environment: Mapping[str, Any] | None = None,
    ) -> Summary:
        """Segment the whole output window.

        Args:
            mask_writers: Take the classes; one for each of `masks`.
            probability: Takes the probabilities, a band a class.
            progress: Told the share of tiles done, 0..1; raises when the user has cancelled.
            environment: GDAL options for reading.

        Returns:
            What was counted.

        Raises:
            ElevationError: Nothing in the window is known.
            DeviceError: A single tile does not fit the device's memory.
            CancelledError: The user cancelled.
        """
        reader = TileReader(
            self._source,
            self._grid,
            self.layout,
            self._model.encoding,
            self.summary.batch_size,
            right_angles=bool(self._gains.any()),
        )
        with closing(read_ahead(lambda: iter(reader), **(environment or {}))) as items:
            for item in items:
                self._reporter.check_cancelled()
                if isinstance(item, TileBatch):
                    self._blend(item)
                    progress((self.summary.tiles + self.summary.tiles_skipped) / len(self.layout))
                else:
                    self._write(item, mask_writers, probability)
        width = int(self._grid.output.width)
        nothing, unknown = np.zeros((len(self._classes), 0, width), np.float32), np.zeros((0, width), bool)
        self._decide(
            *self._outlines.push(nothing, unknown, nothing[0], last=True), mask_writers, probability, last=True
        )
        if not self.summary.known:
            raise self._source.nothing_known()
        self.summary.kept = choose([(mask.threshold, mask.outlines) for mask in self.masks])
        kept = self.masks[self.summary.kept]
        self.summary.pixels, self.summary.reached = kept.pixels, kept.reached
        return self.summary

    def _blend(self, batch: TileBatch) -> None:
        """Predict a batch and add it to the strip."""
        self.summary.tiles_skipped += batch.skipped
        self.summary.relief.add(batch.elevation, batch.valid, self._grid.ground_resolution)
        top = self.layout.row_starts[batch.tile_row]
        start = 0
        while start < len(batch.cols):
            self._reporter.check_cancelled()
            part = batch.channels[start : start + self.summary.batch_size]
            try:
                values = self._predict(part)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self._halve_batch(len(part))
                continue
            if batch.right_angles is not None:
                evidence = batch.right_angles[start : start + len(part)]
                values = with_evidence(values, evidence, self._gains, self._heads)
            for col, tile in zip(batch.cols[start:], values, strict=False):
                self._strip.add(top, col, tile)
            start += len(part)
            self.summary.tiles += len(part)

    def _halve_batch(self, size: int) -> None:
        """Try again with less; aloud, as it costs time."""
        if size <= 1:
            raise DeviceError(
                "The device ran out of memory with a single tile.",
                "Close other programs that use it, or choose the CPU as device.",
            )
        self.summary.batch_size = size // 2
        self._reporter.warning(
            f"The device ran out of memory with {size} tiles at once; going on with {self.summary.batch_size}."
        )
        release_memory()

    def _predict(self, channels: np.ndarray) -> np.ndarray:
        """Probabilities of every class, averaged over the augmentations.

        Args:
            channels: ``(B, C, T, T) float32``.

        Returns:
            ``(B, K, T, T) float32``.
        """
        total: np.ndarray | None = None
        orientations = AUGMENTATIONS[self._settings.augmentation]
        for transpose, flip_rows, flip_cols in orientations:
            heads = self._model.predict(np.ascontiguousarray(_turn(channels, transpose, flip_rows, flip_cols)))
            arrays = [_as_numpy(head) for head in heads]
            values = np.stack([arrays[c.head][:, c.channel] for c in self._classes], axis=1)
            values = _turn_back(values, transpose, flip_rows, flip_cols)
            total = values.astype(np.float32) if total is None else total + values
            self._reporter.check_cancelled()
        assert total is not None
        return total / np.float32(len(orientations))

    def _write(self, rows: FinishedRows, mask_writers: Sequence[RowWriter], probability: RowWriter | None) -> None:
        """Make output rows, and decide and write those that are ready."""
        have = self._ready_first + self._ready.shape[1]
        if rows.model_rows > have:
            values, known = self._strip.take(rows.model_rows)
            self._ready = np.concatenate([self._ready, values], axis=1)
            self._ready_known = np.concatenate([self._ready_known, known])
        if not len(rows.valid):
            return
        stop = rows.start + len(rows.valid)
        values, known = to_output_rows(
            self._grid, self._ready, self._ready_known, self._ready_first, (rows.start, stop)
        )
        self.summary.known += int(np.count_nonzero(rows.valid))
        self._decide(*self._outlines.push(values, known & rows.valid, rows.elevation), mask_writers, probability)
        first = first_model_row_needed(self._grid, stop)
        drop = max(0, min(first - self._ready_first, self._ready.shape[1]))
        self._ready, self._ready_known = self._ready[:, drop:].copy(), self._ready_known[drop:].copy()
        self._ready_first += drop

    def _decide(
        self,
        values: np.ndarray,
        known: np.ndarray,
        elevation: np.ndarray,
        mask_writers: Sequence[RowWriter],
        probability: RowWriter | None,
        *,
        last: bool = False,
    ) -> None:
        """Decide and write output rows."""
        values = rounded(values)
        for mask, writer in zip(self.masks, mask_writers, strict=True):
            writer.write(mask.push(values, known, elevation, last=last)[None])
        if probability is not None:
            probability.write(np.where(known, values, np.float32(PROBABILITY_NODATA)))


def release_memory() -> None:
    """Give cached blocks back to the device, so that the smaller batch finds room."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif hasattr(torch, "mps") and torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _turn(array: np.ndarray, transpose: bool, flip_rows: bool, flip_cols: bool) -> np.ndarray:
    """Flip, then transpose the last two axes."""
    array = array[..., :: -1 if flip_rows else 1, :: -1 if flip_cols else 1]
    return array.swapaxes(-1, -2) if transpose else array


def _turn_back(array: np.ndarray, transpose: bool, flip_rows: bool, flip_cols: bool) -> np.ndarray:
    """The inverse of `_turn`."""
    array = array.swapaxes(-1, -2) if transpose else array
    return array[..., :: -1 if flip_rows else 1, :: -1 if flip_cols else 1]


def _as_numpy(values: Any) -> np.ndarray:
    """A torch tensor on any device, or an array, as ``float32``."""
    if hasattr(values, "detach"):
        values = values.detach().float().cpu().numpy()
    return np.asarray(values, dtype=np.float32)
