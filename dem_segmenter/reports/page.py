"""Sections of a page, and the page."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from ..errors import OutputError
from .charts import LineChart
from .pictures import Legend, png

#: Text for values that are not known or not defined.
NOTHING = "–"


@dataclass(frozen=True)
class Heading:
    """A heading; level 2 is a chapter, 3 a part of one."""

    text: str
    level: int = 2

    kind = "heading"


@dataclass(frozen=True)
class Paragraph:
    """Plain text; `mood` is ``plain``, ``note`` (set apart) or ``warning``."""

    text: str
    mood: str = "plain"

    kind = "paragraph"


@dataclass(frozen=True)
class Figure:
    """One number to be seen at once.

    Attributes:
        name: What it is.
        value: See `show`.
        note: A few words below.
    """

    name: str
    value: Any
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """A row of big numbers."""

    figures: Sequence[Figure]

    kind = "figures"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        columns: Their headings; none for a table without.
        rows: A value for each column, see `show`; the first of each row is its heading.
        caption: A sentence above.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    kind = "table"

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers, so that its heading is set to the right."""
        return column > 0 and any(is_number(row[column]) for row in self.rows)


@dataclass(frozen=True)
class Picture:
    """An image.

    Attributes:
        pixels: ``(H, W) uint8`` grey or ``(H, W, 3) uint8`` red, green, blue.
        caption: What it shows; also read out instead of it.
    """

    pixels: np.ndarray
    caption: str = ""

    @property
    def source(self) -> str:
        """Data URI."""
        return png(self.pixels)


@dataclass(frozen=True)
class Pictures:
    """A grid of images.

    Attributes:
        pictures: In reading order.
        columns: How many beside each other on a wide screen.
        caption: A sentence above.
        legend: Colours.
    """

    pictures: Sequence[Picture]
    columns: int = 3
    caption: str = ""
    legend: Legend | None = field(default=None)

    kind = "pictures"


Section = Heading | Paragraph | Figures | Table | LineChart | Legend | Pictures


def show(value: Any, digits: int = 3) -> str:
    """A value for people.

    Args:
        value: Texts stay; None and nan become a dash; whole numbers get thin spaces between thousands.
        digits: Decimals of a fraction; numbers of 100 and more lose them.
    """
    if value is None:
        return NOTHING
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return f"{int(value):,}".replace(",", "\u202f")
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if not math.isfinite(number):
            return NOTHING if math.isnan(number) else ("∞" if number > 0 else "-∞")
        if 0 < abs(number) < 10.0**-digits:
            return f"{number:.2g}"
        large = abs(number) >= 100
        return f"{number:,.{1 if large else digits}f}".replace(",", "\u202f")
    return str(value)


def is_number(value: Any) -> bool:
    """Whether a table sets it to the right."""
    return value is None or (isinstance(value, (int, float, np.number)) and not isinstance(value, bool))


def render(title: str, sections: Sequence[Section], subtitle: str = "") -> str:
    """A page as HTML.

    Args:
        title: Heading of the page and name of the window.
        sections: In order.
        subtitle: A line below the title.
    """
    return _template().render(title=title, subtitle=subtitle, sections=sections)


def write_page(path: Path, title: str, sections: Sequence[Section], subtitle: str = "") -> None:
    """Write a page; see `render`.

    Raises:
        OutputError: It cannot be written.
    """
    write_text(path, render(title, sections, subtitle))


def write_text(path: Path, text: str) -> None:
    """Write a text file, UTF-8, through to the disk.

    Raises:
        OutputError: The disk is full or the like.
    """
    try:
        # File names need not be text (those of another encoding on Linux): such bytes are shown as escapes.
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        needed = len(text.encode(errors="backslashreplace"))
        # Scratch folders have names of no interest to people.
        folder = path.parent.parent if ".partial" in path.parent.name else path.parent
        if folder.is_dir() and shutil.disk_usage(folder).free < needed + (1 << 20):
            raise OutputError(
                f"The disk that holds '{folder}' is full.",
                "Free some space or choose an output folder on another disk.",
            ) from error
        raise OutputError(
            f"'{path.name}' cannot be written to '{folder}': {error.strerror or error}.",
            "Check the disk's free space and your permissions, or choose another output folder.",
        ) from error


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["show"] = show
    environment.tests["a_number"] = is_number
    return environment.get_template("page.html")
