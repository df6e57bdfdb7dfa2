"""Reports for people: one self-contained HTML file each, readable offline, in light and dark, and on paper.

A page is a list of sections::

    write_page(path, "Training", [Paragraph("..."), Table(("", "IoU"), [("all", 0.81)]), LineChart(...), Pictures(...)])
"""

from __future__ import annotations

from .charts import LineChart, Series
from .page import Figure, Figures, Heading, Paragraph, Picture, Pictures, Section, Table, render, write_page
from .pictures import COMPARISON, UNKNOWN_COLOR, Legend, comparison_legend, hillshade, overlay, png, tint

__all__ = [
    "COMPARISON",
    "UNKNOWN_COLOR",
    "Figure",
    "Figures",
    "Heading",
    "Legend",
    "LineChart",
    "Paragraph",
    "Picture",
    "Pictures",
    "Section",
    "Series",
    "Table",
    "comparison_legend",
    "hillshade",
    "overlay",
    "png",
    "render",
    "tint",
    "write_page",
]
