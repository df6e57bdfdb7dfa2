"""Views of a pile of DEMs, each read from disk when it is drawn, and the windows kept aside to watch the run on."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from rasterio.windows import Window

from ..elevation.encoding import Encoding
from ..elevation.grid import make_grid, read_model_window
from ..elevation.source import DemSource
from ..errors import DemSegmenterError, TrainingError
from ..events import Reporter
from .augmentation import PLAIN, AugmentOptions
from .chips import View, ViewSource, make_view
from .dem_pile import DemFile, DemPile, Told, random_window, read_window
from .pretraining import HeldOut
from .scenes import Scene

#: Finer DEMs are brought to this share of the finest ground resolution asked for before they are augmented.
FINEST_SHARE = 0.67
#: Side of a view, pixels.
SIDE = 640
#: Open files of each thread. Opening a mosaic of thousands of tiles takes long.
OPEN_FILES = 8
#: Windows looked at for one view before the pile counts as empty.
MOST_LOOKS = 3_000
#: The same once the pile has shown something: a mosaic may be empty for the greatest part.
MOST_LOOKS_LATER = 100_000
#: A window teaches nothing where less than this share is known, or where heights differ by less than this, metres.
LEAST_KNOWN, LEAST_RELIEF = 0.1, 1e-3
#: No more than this share of the ground is kept aside.
MOST_HELD = 0.05


def scaled(options: AugmentOptions, ground_resolution: float) -> AugmentOptions:
    """The augmentation for another ground resolution than the embedded encoder's."""
    factor = ground_resolution / PLAIN.resolution[0]
    low, high = options.resolution
    return replace(options, resolution=(low * factor, high * factor))


class PileViews:
    """Random windows of a pile, augmented and encoded.

    Which windows depends on the random generator alone: what cannot be read, or shows nothing, is drawn and passed
    over each time anew, so that a run that goes on draws what it would have drawn.
    """

    def __init__(
        self,
        pile: DemPile,
        encoding: Encoding,
        options: AugmentOptions,
        holes: Mapping[int, Sequence[Window]] | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            pile: The DEMs.
            encoding: Elevation to channels.
            options: How far views may be from the ground.
            holes: Ground kept out: number of a DEM to windows in its pixels.
        """
        self._pile, self._encoding, self._options = pile, encoding, options
        self._holes = dict(holes or {})
        self._upto = np.cumsum(pile.weights)
        self._span = SIDE * options.resolution[1] * math.exp(2.0 * options.stretch)
        self._finest = options.resolution[0] * FINEST_SHARE
        self._own = threading.local()
        self._lock = threading.Lock()
        self._open: list[OrderedDict[int, DemSource]] = []
        self._told, self._news = Told(), list[str]()
        self._unread: dict[int, str] = {}
        self._read: set[int] = set()
        self._taught = False

    def draw(self, rng: np.random.Generator) -> View:
        """Draw one view; safe from several threads.

        Raises:
            TrainingError: Nothing of the pile can be read, or all of it is empty or flat.
        """
        looks = 0
        while looks < (MOST_LOOKS_LATER if self._taught else MOST_LOOKS):
            looks += 1
            index = min(int(np.searchsorted(self._upto, rng.random(), side="right")), len(self._upto) - 1)
            window = random_window(self._pile.files[index], self._span, rng)
            scene = self._look(index, window)
            if scene is not None:
                self._taught = True
                return make_view(scene, self._encoding, rng, self._options, side=SIDE)
        if self._unread and not self._read:
            reason = next(iter(self._unread.values()))
            raise TrainingError(f"None of the DEMs can be read. One of them: {reason}", "Copy the files again.")
        odd = [sentence for dem in self._own.files.values() for sentence in dem.reading_warnings()]
        raise TrainingError(
            f"The DEMs show nothing to learn from: {looks} places in a row are unknown, or flat as water."
            + "".join(f" {sentence}" for sentence in odd[:1]),
            "If the heights are in centimetres or millimetres, divide them with the raster calculator first."
            if odd
            else "Give DEMs of land, and check their nodata value and their band.",
        )

    def news(self) -> list[str]:
        """Warnings about DEMs that could not be read, since it was last asked."""
        with self._lock:
            found, self._news = self._news, []
        return found

    @property
    def damaged(self) -> int:
        """DEMs of which some window could not be read so far."""
        return len(self._unread)

    def close(self) -> None:
        """Close all files; only when no thread draws any more."""
        with self._lock:
            for files in self._open:
                for dem in files.values():
                    dem.close()
            self._open.clear()

    def _look(self, index: int, window: Window) -> Scene | None:
        """What a window shows; None where that is nothing."""
        file = self._pile.files[index]
        try:
            elevation, valid, resolution = read_window(
                self._dem(index), window, self._finest, holes=self._holes.get(index, ())
            )
        except DemSegmenterError as error:
            self._note(index, file, error)
            return None
        with self._lock:
            self._read.add(index)
        if not teaches(elevation, valid):
            return None
        return Scene(file.name, file.path, elevation, valid, resolution)

    def _dem(self, index: int) -> DemSource:
        files: OrderedDict[int, DemSource] | None = getattr(self._own, "files", None)
        if files is None:
            files = self._own.files = OrderedDict()
            with self._lock:
                self._open.append(files)
        if index not in files:
            files[index] = self._pile.options.open(self._pile.files[index].path)
            while len(files) > OPEN_FILES:
                files.popitem(last=False)[1].close()
        files.move_to_end(index)
        return files[index]

    def _note(self, index: int, file: DemFile, error: DemSegmenterError) -> None:
        with self._lock:
            if index in self._unread:
                return
            self._unread[index] = error.message
            if self._told.admits():
                self._news.append(f"A part of '{file.path}' is passed over: {error.message}")
            elif self._told.count % 100 == 0:
                self._news.append(f"Parts of {self._told.count} DEMs have been passed over so far.")


class MixedViews:
    """Views of several sources, each with its share."""

    def __init__(self, sources: Sequence[tuple[ViewSource, float]]) -> None:
        """Sources and how often each is drawn from; the shares sum to 1."""
        self._sources = list(sources)

    def draw(self, rng: np.random.Generator) -> View:
        """Draw one view."""
        at = rng.random()
        for source, share in self._sources[:-1]:
            if at < share:
                return source.draw(rng)
            at -= share
        return self._sources[-1][0].draw(rng)


def teaches(elevation: np.ndarray, valid: np.ndarray) -> bool:
    """Whether there is anything to learn from ``(H, W) float32, metres`` of which ``(H, W) bool`` is known."""
    if valid.mean() < LEAST_KNOWN:
        return False
    known = elevation[valid]
    return float(known.max() - known.min()) >= LEAST_RELIEF


def hold_out(
    pile: DemPile,
    encoding: Encoding,
    *,
    tile: int,
    ground_resolution: float,
    count: int,
    rng: np.random.Generator,
    reporter: Reporter,
) -> tuple[HeldOut | None, dict[int, list[Window]]]:
    """Choose chips to watch the run on, and take their ground out of training where there is enough of it.

    Args:
        pile: The DEMs.
        encoding: Elevation to channels.
        tile: Side of a chip in pixels.
        ground_resolution: Metres per pixel.
        count: How many at most.
        rng: Which.
        reporter: For cancelling.

    Returns:
        The chips, None where no window shows anything, and the windows not to train on by number of the DEM. The same
        ground in another DEM of the pile is not found out.
    """
    side = tile * ground_resolution
    spare = int(MOST_HELD * pile.area / side**2)
    chips: list[tuple[np.ndarray, np.ndarray]] = []
    windows: list[tuple[int, Window]] = []
    for _ in range(20 * count):
        if len(chips) >= (min(count, spare) if spare else min(count, 4)):
            break
        reporter.check_cancelled()
        index = int(rng.choice(len(pile.files), p=pile.weights))
        window = random_window(pile.files[index], side, rng)
        if any(i == index and _overlap(window, w) for i, w in windows):
            continue
        try:
            with pile.options.open(pile.files[index].path) as dem:
                chip = plain_chip(dem, window, encoding, tile, ground_resolution)
        except DemSegmenterError:
            continue  # told of when it is trained on
        if chip is not None:
            chips.append(chip)
            windows.append((index, window))
    if not chips:
        return None, {}
    names = [f"{pile.files[i].name}, row {int(w.row_off)}, column {int(w.col_off)}" for i, w in windows]
    held = HeldOut(np.stack([c for c, _ in chips]), np.stack([v for _, v in chips]), names, bool(spare))
    holes: dict[int, list[Window]] = {}
    for index, window in windows if spare else ():
        holes.setdefault(index, []).append(window)
    return held, holes


def plain_chip(
    dem: DemSource, window: Window, encoding: Encoding, tile: int, ground_resolution: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """A chip as the segmenter would see it.

    Args:
        dem: Open.
        window: The chip, whole pixels of the DEM.
        encoding: Elevation to channels.
        tile: Side in pixels; where the window is smaller, the rest is unknown.
        ground_resolution: Metres per pixel.

    Returns:
        ``(C, tile, tile) float32`` and ``(tile, tile) bool``; None where there is nothing to see.
    """
    grid = make_grid(dem, window, (ground_resolution, ground_resolution), encoding.margin(ground_resolution))
    elevation, valid, _ = read_model_window(dem, grid, (0, grid.rows), (0, grid.cols))
    top, left = round(grid.top / grid.ratio_y), round(grid.left / grid.ratio_x)
    inside = (slice(top, top + tile), slice(left, left + tile))
    if not teaches(elevation[inside], valid[inside]):
        return None
    channels = encoding.encode(elevation, valid, ground_resolution)[(slice(None), *inside)]
    missing = [(0, tile - n) for n in channels.shape[1:]]
    channels, known = np.pad(channels, [(0, 0), *missing]), np.pad(valid[inside], missing)
    return encoding.finish(channels[None], known[None])[0], known


def _overlap(one: Window, other: Window) -> bool:
    return (
        one.col_off < other.col_off + other.width
        and other.col_off < one.col_off + one.width
        and one.row_off < other.row_off + other.height
        and other.row_off < one.row_off + one.height
    )
