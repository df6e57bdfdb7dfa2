"""How results look on the map: clear colours, and nothing where nothing was found."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsColorRampShader,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsPalettedRasterRenderer,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..dem_segmenter.modelfiles.card import ClassInfo

#: Opacity of a mask and of the surest pixels of a probability raster, 0..255: the relief must show through.
_MASK_ALPHA = 140
_SURE_ALPHA = 170
#: Opacity of the inside of a footprint.
_FILL_ALPHA = 40
#: Millimetres on screen.
_OUTLINE_WIDTH = "0.4"
_LINE_WIDTH = "0.7"


def style_mask(layer: QgsRasterLayer, classes: Sequence[ClassInfo]) -> None:
    """Colour the classes; background and unknown pixels have no entry and so stay transparent."""
    entries = [
        QgsPalettedRasterRenderer.Class(c.value, _with_alpha(QColor(c.color), _MASK_ALPHA), _label(c.name))
        for c in classes
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, entries))


def style_probability(layer: QgsRasterLayer, classes: Sequence[ClassInfo]) -> None:
    """Ramp from transparent at 0 to the first class's colour at 1."""
    color = QColor(classes[0].color)
    middle = QColor(color)
    middle.setHsv(max(color.hue(), 0), color.saturation() * 2 // 3, min(255, color.value() + 60))
    ramp = QgsColorRampShader(0.0, 1.0, None, QgsColorRampShader.Type.Interpolated)
    ramp.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(0.0, _with_alpha(middle, 0), "0"),
            QgsColorRampShader.ColorRampItem(0.5, _with_alpha(middle, _SURE_ALPHA * 3 // 5), "0.5"),
            QgsColorRampShader.ColorRampItem(1.0, _with_alpha(color, _SURE_ALPHA), "1"),
        ]
    )
    shader = QgsRasterShader(0.0, 1.0)
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(layer.dataProvider(), 1, shader)
    renderer.setClassificationMin(0.0)
    renderer.setClassificationMax(1.0)
    layer.setRenderer(renderer)


def style_polygons(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """A firm outline and a light fill."""
    color = QColor(classes[0].color)
    symbol = QgsFillSymbol.createSimple(
        {
            "color": _rgba(_with_alpha(color, _FILL_ALPHA)),
            "outline_color": _rgba(color.darker(130)),
            "outline_width": _OUTLINE_WIDTH,
            "joinstyle": "miter",
        }
    )
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))


def style_lines(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """A firm line."""
    color = QColor(classes[0].color)
    symbol = QgsLineSymbol.createSimple(
        {"line_color": _rgba(color.darker(120)), "line_width": _LINE_WIDTH, "capstyle": "round", "joinstyle": "round"}
    )
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))


def _with_alpha(color: QColor, alpha: int) -> QColor:
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def _rgba(color: QColor) -> str:
    return f"{color.red()},{color.green()},{color.blue()},{color.alpha()}"


def _label(name: str) -> str:
    return name[:1].upper() + name[1:]
