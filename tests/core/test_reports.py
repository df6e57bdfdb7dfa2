"""Pages are whole in themselves, escape what they are given, and their charts and pictures show the numbers."""

from __future__ import annotations

import base64
import io
import itertools
import re
import resource
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from dem_segmenter.errors import OutputError
from dem_segmenter.reports import (
    COMPARISON,
    Figure,
    Figures,
    Heading,
    Legend,
    LineChart,
    Paragraph,
    Picture,
    Pictures,
    Series,
    Table,
    comparison_legend,
    hillshade,
    overlay,
    png,
    render,
    tint,
    write_page,
)
from dem_segmenter.reports.charts import nice_ticks, tick_texts
from dem_segmenter.reports.page import show, write_text

VOID = {"meta", "img", "line", "circle", "polyline", "br"}


class Nesting(HTMLParser):
    """Every element is closed where it should be; all attributes that could load something are remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "data")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(page: str) -> Nesting:
    parser = Nesting()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def everything() -> str:
    chart = LineChart(
        [Series("training", range(5), [1.0, 0.5, float("nan"), 0.4, 0.3]), Series("a < b", [0, 4], [0.9, 0.2])],
        "iteration",
        "loss",
        "Falls.",
        x_marks=[(3, "best")],
    )
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    return render(
        "Title & more",
        [
            Heading("Chapter"),
            Heading("Part", 3),
            Paragraph("<script>alert(1)</script>"),
            Paragraph("careful", "warning"),
            Figures([Figure("IoU", 0.8125, "of all"), Figure("found", None)]),
            Table(("place", "IoU"), [("here", 0.5), ("there", float("nan"))], "By place."),
            chart,
            LineChart([Series("nothing", [], [])]),
            comparison_legend(),
            Pictures(
                [Picture(grey, "ramp"), Picture(np.repeat(grey[..., None], 3, 2))], 2, "Two.", comparison_legend()
            ),
        ],
        "below",
    )


def test_a_page_is_well_formed_and_loads_nothing() -> None:
    page = everything()
    parser = checked(page)
    assert parser.loads
    assert all(load.startswith("data:image/png;base64,") for load in parser.loads)
    assert "script" not in parser.tags
    assert not re.search(r"https?://|@import|url\(", page)
    assert "&lt;script&gt;" in page
    assert "<title>Title &amp; more</title>" in page


def test_a_page_knows_light_dark_and_paper() -> None:
    page = everything()
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert 'charset="utf-8"' in page
    used = set(re.findall(r"var\((--\w+)\)", page)) - {"--columns"}
    for name in used:
        assert len(re.findall(rf"{name}:", page)) == 3, name  # light, dark and paper


def test_tables_and_figures_show_values() -> None:
    page = everything()
    assert '<th scope="col">place</th><th scope="col" class="number">IoU</th>' in page
    assert '<th scope="row">here</th><td class="number">0.500</td>' in page
    assert '<th scope="row">there</th><td class="number">–</td>' in page
    assert "<dt>IoU</dt><dd>0.812</dd><dd>of all</dd>" in page
    assert "<dt>found</dt><dd>–</dd>" in page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (float("nan"), "–"), (float("inf"), "∞"), (True, "yes"), (np.bool_(False), "no"), (0, "0"),
        (1234567, "1\u202f234\u202f567"), (np.int64(12), "12"), (0.12345, "0.123"), (np.float32(0.5), "0.500"),
        (12345.678, "12\u202f345.7"), (0.00012, "0.00012"), (0.0, "0.000"), ("a", "a"), (-2.5, "-2.500"),
    ],
)  # fmt: skip
def test_values_for_people(value: object, text: str) -> None:
    assert show(value) == text


def test_a_chart_draws_its_numbers_in_place() -> None:
    drawing = LineChart([Series("a", [0, 50, 100], [0.0, 10.0, 5.0])], "x", "y").drawing
    points = [tuple(map(float, p.split(","))) for p in drawing.lines[0].pieces[0].split()]
    xs, ys = zip(*points, strict=True)
    assert xs == (drawing.left, (drawing.left + drawing.right) / 2, drawing.right)
    assert ys == (drawing.bottom, drawing.top, (drawing.bottom + drawing.top) / 2)
    assert [t.text for t in drawing.y_ticks] == ["0", "2", "4", "6", "8", "10"]
    assert drawing.y_ticks[0].at == drawing.bottom
    assert drawing.y_ticks[-1].at == drawing.top
    assert [t.text for t in drawing.x_ticks][:3] == ["0", "20", "40"]


def test_a_chart_leaves_gaps_and_marks_few_points() -> None:
    line = LineChart([Series("a", range(6), [1, 2, None, 3, float("nan"), 4])]).drawing.lines[0]
    assert [len(piece.split()) for piece in line.pieces] == [2]
    assert len(line.dots) == 4
    many = LineChart([Series("a", range(500), np.arange(500.0).tolist())]).drawing.lines[0]
    assert many.dots == []
    assert len(many.pieces[0].split()) == 500


def test_a_chart_with_a_range_keeps_lines_inside() -> None:
    drawing = LineChart([Series("a", [0, 1], [-5.0, 5.0])], y_range=(0.0, 1.0)).drawing
    assert [float(p.split(",")[1]) for p in drawing.lines[0].pieces[0].split()] == [drawing.bottom, drawing.top]
    assert [t.text for t in drawing.y_ticks] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]


@pytest.mark.parametrize("y", [[3.0], [3.0, 3.0], [0.0, 0.0]])
def test_a_chart_of_one_value(y: list[float]) -> None:
    drawing = LineChart([Series("a", range(len(y)), y)]).drawing
    assert len({t.text for t in drawing.y_ticks}) == len(drawing.y_ticks) > 1
    assert len(drawing.lines[0].dots) == len(y)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.123, 0.987), (-3.2, 17.5), (0, 3000), (1e-7, 3e-7), (1e8, 3e8)])
def test_ticks_are_round_and_cover_the_range(low: float, high: float) -> None:
    ticks = nice_ticks(low, high, 6)
    assert ticks[0] <= low + 1e-9 * abs(low)
    assert ticks[-1] >= high - 1e-9 * abs(high)
    assert 3 <= len(ticks) <= 9
    assert len(set(tick_texts(ticks))) == len(ticks)


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    write_page(path, "Übersicht", [Paragraph("ä")])
    assert "<h1>Übersicht</h1>" in path.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_text(tmp_path / "missing" / "r.html", "text")
    assert caught.value.advice
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # fails a write just as a full disk does
        with pytest.raises(OutputError, match="cannot be written"):
            write_text(tmp_path / "r.html", "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# Pictures


def test_png_holds_the_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 9, 3)).astype(np.uint8)
    stream = io.BytesIO(base64.b64decode(png(pixels).partition(",")[2]))
    assert (np.asarray(Image.open(stream)) == pixels).all()


def test_hillshade_of_a_plane_is_the_formula() -> None:
    """A slope that faces the light is as bright as it gets; one that faces away is dark; flat ground between."""
    columns, rows = np.meshgrid(np.arange(20.0), np.arange(15.0))
    # The ground falls to the northwest, 45 degrees steep: rises to the east and to the south.
    towards = (columns + rows).astype(np.float32) / np.sqrt(2)
    assert (hillshade(towards, 1.0) == 255).all()
    assert (hillshade(-towards, 1.0) == 40).all()
    flat = round(40 + 215 * np.sin(np.pi / 4))
    assert (hillshade(np.full((15, 20), 7.0, np.float32), 1.0) == flat).all()
    assert (hillshade(towards * 2, 2.0) == hillshade(towards, 1.0)).all()
    assert (hillshade(2 * columns.astype(np.float32), (2.0, 5.0)) == hillshade(columns.astype(np.float32), 1.0)).all()


def test_hillshade_with_unknown_pixels() -> None:
    z = np.zeros((10, 12), np.float32)
    z[4, 5], z[0] = np.nan, -9999.0
    valid = np.ones(z.shape, bool)
    valid[0] = False
    assert (hillshade(z, 1.0, valid) == hillshade(np.zeros_like(z), 1.0)).all()
    assert hillshade(np.zeros((1, 1), np.float32), 1.0).shape == (1, 1)


def test_tint_mixes() -> None:
    base = np.full((2, 2), 100, np.uint8)
    where = np.array([[True, False], [False, False]])
    picture = tint(base, where, (200, 0, 100), 0.5)
    assert picture[0, 0].tolist() == [150, 50, 100]
    assert (picture[~where] == 100).all()
    assert (base == 100).all()


def test_overlay_has_a_colour_for_each_case() -> None:
    label = np.array([[1, 1, 0, 0, 255, 1]], np.uint8).repeat(8, axis=0)
    prediction = np.array([[1, 0, 1, 0, 1, 255]], np.uint8).repeat(8, axis=0)
    picture = overlay(None, label, prediction, strength=1.0)
    for column, name in enumerate(COMPARISON):
        assert (picture[:, column] == COMPARISON[name]).all()
    assert (picture[:, 3] == 255).all()
    for column in (4, 5):  # dimmed, with strokes
        assert len(np.unique(picture[:, column], axis=0)) == 2
        assert (picture[:, column] < 255).all()


#: Machado, Oliveira and Fernandes 2009, A physiologically-based model for simulation of color vision deficiency,
#: IEEE Trans. Vis. Comput. Graph. 15, severity 1; on linear RGB.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_of_a_comparison_can_be_told_apart(deficiency: str) -> None:
    srgb = np.array([*COMPARISON.values(), (200, 200, 200)]) / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(DEFICIENCIES[deficiency]).T, 0, 1)
    seen = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    for one, other in itertools.combinations(rgb2lab(seen), 2):
        assert deltaE_ciede2000(one, other) > 20.0


def test_legend_names_hatched_entries() -> None:
    page = render("t", [Legend([((1, 2, 3), "plain"), ((4, 5, 6), "odd")], hatched=("odd",))])
    assert '<span class="swatch" style="background-color: rgb(1, 2, 3)"></span>plain' in page
    assert '<span class="swatch hatched" style="background-color: rgb(4, 5, 6)"></span>odd' in page
