"""A pile of DEMs, thousands of tiles or one huge mosaic: known by their headers, read in windows, never held."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import rasterio
from rasterio.windows import Window

from ..elevation.gdal_errors import GDAL_ERRORS
from ..elevation.grid import MIN_MODEL_PIXELS, make_grid, read_model_window
from ..elevation.source import DemSource
from ..errors import DemSegmenterError, ElevationError, RasterOpenError, TrainingError
from ..events import Reporter

#: Endings of files that are taken for DEMs in a folder.
ENDINGS = (
    ".tif", ".tiff", ".vrt", ".asc", ".img", ".dem", ".bil", ".flt", ".hgt", ".dt0", ".dt1", ".dt2", ".sdat", ".jp2",
    ".bt", ".rst",
)  # fmt: skip
#: Pixels so many times coarser than those of chips show nothing but a blur in them. Piles of mixed resolution are meant
#: to be used, 10 m beside 0.5 m too; global models of 30 m are not.
USELESS = 30.0
#: So many troubles are told by the file's name; the others are counted.
NAMED = 10


@dataclass(frozen=True)
class DemFile:
    """What its header says of one DEM.

    Attributes:
        path: What GDAL opens.
        width: Columns.
        height: Rows.
        pixel_size: Ground size of a pixel at the centre along a row and along a column, metres.
        size: Bytes of the file; 0 for what is no plain file.
    """

    path: str
    width: int
    height: int
    pixel_size: tuple[float, float]
    size: int

    @property
    def name(self) -> str:
        """Short name for people."""
        return os.path.basename(self.path.rstrip("/")) or self.path

    @property
    def area(self) -> float:
        """Square metres, unknown ground included."""
        return self.width * self.height * self.pixel_size[0] * self.pixel_size[1]


@dataclass(frozen=True)
class OpenOptions:
    """How the DEMs are read; see `DemSource`."""

    band: int = 1
    crs: str | None = None
    vertical_unit: str = "auto"

    def open(self, path: str) -> DemSource:
        """Open one DEM."""
        return DemSource(path, band=self.band, crs=self.crs, vertical_unit=self.vertical_unit)


@dataclass(frozen=True)
class DemPile:
    """All DEMs that can be used.

    Attributes:
        files: They.
        skipped: Those that cannot: path and reason.
        options: How they are read.
    """

    files: Sequence[DemFile]
    skipped: Sequence[tuple[str, str]]
    options: OpenOptions

    @property
    def area(self) -> float:
        """Square metres, unknown ground included."""
        return sum(f.area for f in self.files)

    @property
    def weights(self) -> np.ndarray:
        """How often to draw each, ``(N,) float64``, sum 1: the root of its area, so that large ones do not drown all.

        Pixels without elevation count too, since a header does not tell them.
        """
        roots = np.sqrt([f.area for f in self.files])
        return roots / roots.sum()

    def identity(self) -> list[tuple[str, int, int, int]]:
        """What makes a pile this pile."""
        # The same file by another name (a relative path, a link) is the same.
        return [(_whole(f.path), f.width, f.height, f.size) for f in self.files]


def _whole(path: str) -> str:
    return os.path.realpath(path) if os.path.exists(path) else path  # what GDAL alone opens has no real path


class Told:
    """Warnings about many files: some by name, the rest as a number."""

    def __init__(self) -> None:
        self.count = 0

    def admits(self) -> bool:
        """Whether one more is to be told by name."""
        self.count += 1
        return self.count <= NAMED


def find_rasters(sources: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Every file that may be a DEM.

    Args:
        sources: Folders, which are searched to the bottom, and rasters, which are taken as they are.

    Returns:
        Paths, each once, in a fixed order: mosaics first.

    Raises:
        RasterOpenError: A folder or file does not exist.
        TrainingError: There is none.
    """
    found: dict[str, None] = {}
    for source in (os.fspath(s) for s in sources):
        if os.path.isdir(source) and not os.path.exists(os.path.join(source, "hdr.adf")):  # that one is an Arc grid
            found.update(dict.fromkeys(_below(source)))
        else:
            if not os.path.exists(source) and not source.startswith("/vsi") and ":" not in source[2:]:
                raise RasterOpenError(f"There is no file or folder '{source}'.", "Check the path.")
            found[source] = None
    if not found:
        where = ", ".join(f"'{s}'" for s in sources)
        raise TrainingError(
            f"There is no elevation raster in {where}." if sources else "There is no elevation to learn from.",
            f"Give a folder that holds DEMs ({', '.join(ENDINGS[:6])}, ...), or the DEMs themselves.",
        )
    return sorted(found, key=lambda path: not path.lower().endswith(".vrt"))


def _below(folder: str) -> Iterator[str]:
    """Rasters in a folder and all folders in it; a link that leads back is not followed again."""
    seen: set[str] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(top)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                yield os.path.join(top, name)


def read_pile(
    sources: Sequence[str | os.PathLike[str]],
    options: OpenOptions,
    reporter: Reporter,
    *,
    progress: tuple[float, float] = (0.0, 0.0),
    ground_resolution: float | None = None,
) -> DemPile:
    """Read the header of every DEM, once.

    A tile that a mosaic (VRT) of the pile shows whole is left to the mosaic. A file that cannot be used is skipped, and
    told.

    Args:
        sources: Folders and rasters.
        options: How they are read.
        reporter: Progress, warnings, cancelling.
        progress: Percent at the beginning and at the end.
        ground_resolution: Metres per pixel of chips; DEMs that are far too coarse for them are skipped.

    Raises:
        RasterOpenError: A folder or file does not exist.
        TrainingError: There is none that can be used.
    """
    paths = find_rasters(sources)
    reporter.log(f"Reading the headers of {len(paths)} files.")
    shown: set[str] = set()
    files: list[DemFile] = []
    skipped: list[tuple[str, str]] = []
    problems, remarks = Told(), Told()
    first: DemSegmenterError | None = None
    for number, path in enumerate(paths):
        share = number / len(paths)
        reporter.progress(progress[0] + (progress[1] - progress[0]) * share, f"Reading headers, {number} so far")
        real = os.path.realpath(path)
        if real in shown:
            continue
        shown.add(real)
        try:
            with options.open(path) as dem:
                made = _from_header(dem, path, ground_resolution)
                if path.lower().endswith(".vrt"):
                    shown.update(_shown_whole(path))
                warnings = dem.warnings
        except DemSegmenterError as error:
            first = first or error
            skipped.append((path, error.message))
            if problems.admits():
                reporter.warning(f"Skipped: {error.message}")
            continue
        files.append(made)
        for warning in warnings:
            if remarks.admits():
                reporter.warning(warning)
    if not files:
        if first is None:
            raise TrainingError("There is no elevation to learn from.", "Give DEMs, or a folder that holds some.")
        raise TrainingError(
            f"None of the {len(skipped)} files can be used. The first: {first.message}", first.advice
        ) from first
    if problems.count > NAMED:
        reporter.warning(f"{problems.count - NAMED} more files were skipped.")
    if remarks.count > NAMED:
        reporter.warning(f"{remarks.count - NAMED} more remarks of this kind.")
    return DemPile(files, skipped, options)


def _shown_whole(path: str) -> set[str]:
    """Files that a mosaic (VRT) shows whole and as they are: what it leaves out of others is to be learned from too."""
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  # GDAL has opened it before us
    except (OSError, ElementTree.ParseError):
        return set()
    whole = set()
    for band in root.iter("VRTRasterBand"):
        if band.get("subClass", "VRTSourcedRasterBand") != "VRTSourcedRasterBand":  # computed from its sources
            continue
        for source in (*band.iter("SimpleSource"), *band.iter("ComplexSource")):
            name = source.find("SourceFilename")
            if name is None or not name.text:
                continue
            base = os.path.dirname(path) if name.get("relativeToVRT") == "1" else ""
            file = os.path.realpath(os.path.join(base, name.text))
            if _is_whole(source, file):
                whole.add(file)
    return whole


def _is_whole(source: ElementTree.Element, file: str) -> bool:
    """Whether a mosaic shows all of a source, but for a pixel at its edges."""
    part, size = source.find("SrcRect"), source.find("SourceProperties")
    if part is None:
        return True
    try:
        if size is None:
            with rasterio.open(file) as dataset:
                sides = dataset.width, dataset.height
        else:
            sides = int(size.get("RasterXSize", 0)), int(size.get("RasterYSize", 0))
        starts, lengths = ([float(part.get(axis + of, 0)) for axis in "xy"] for of in ("Off", "Size"))
    except (ValueError, *GDAL_ERRORS):
        return False
    return all(
        start <= 1 and start + length >= side - 1 for start, length, side in zip(starts, lengths, sides, strict=True)
    )


def _from_header(dem: DemSource, path: str, ground_resolution: float | None) -> DemFile:
    pixel = dem.metres_per_pixel()
    if ground_resolution is not None and min(pixel) > USELESS * ground_resolution:
        raise ElevationError(
            f"The pixels of '{dem.name}' are {min(pixel):.3g} m wide: as chips of {ground_resolution:g} m per pixel it "
            "would be a blur.",
            "Give finer DEMs, or set larger pixels as the ground resolution (metres per pixel).",
        )
    # The check of `make_grid`, before a window of it is drawn: too small to show anything.
    make_grid(dem, None, (min(pixel), math.sqrt(pixel[0] * pixel[1])), 0)
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    return DemFile(path, dem.width, dem.height, pixel, size)


def random_window(file: DemFile, side: float, rng: np.random.Generator) -> Window:
    """A window of about `side` metres on each side, or as far as the DEM goes, anywhere in it."""
    # Square pixels may be made of it that are larger than its own are on one side (DEMs in degrees).
    least = MIN_MODEL_PIXELS * math.sqrt(file.pixel_size[0] * file.pixel_size[1])
    cols, rows = (
        min(n, max(MIN_MODEL_PIXELS, math.ceil(max(side, least) / size)))
        for n, size in zip((file.width, file.height), file.pixel_size, strict=True)
    )
    col, row = int(rng.integers(file.width - cols + 1)), int(rng.integers(file.height - rows + 1))
    return Window(col, row, cols, rows)


def read_window(
    dem: DemSource, window: Window, finest: float, coarsest: float = math.inf, holes: Sequence[Window] = ()
) -> tuple[np.ndarray, np.ndarray, float]:
    """Elevation of a window in square pixels.

    Args:
        dem: Open.
        window: Whole pixels within it.
        finest: Finer DEMs are brought to this, metres per pixel.
        coarsest: Coarser ones to this.
        holes: Parts that count as unknown, in the DEM's pixels.

    Returns:
        ``(H, W) float32, metres``, ``(H, W) bool`` that says what is known, and metres per pixel.

    Raises:
        RasterOpenError: It cannot be read.
        ElevationError: It is too small to show anything.
    """
    grid = make_grid(dem, window, (finest, coarsest), 0)
    elevation, valid, _ = read_model_window(dem, grid, (0, grid.rows), (0, grid.cols))
    for hole in holes:
        top, left = ((hole.row_off - window.row_off) / grid.ratio_y, (hole.col_off - window.col_off) / grid.ratio_x)
        bottom, right = top + hole.height / grid.ratio_y, left + hole.width / grid.ratio_x
        if bottom > 0 and right > 0:
            valid = valid.copy()
            valid[max(0, math.floor(top)) : math.ceil(bottom), max(0, math.floor(left)) : math.ceil(right)] = False
    return elevation, valid, grid.ground_resolution
