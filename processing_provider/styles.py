"""How results look on the map: clear colours, and nothing where nothing was found."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsColorRampShader,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsPalettedRasterRenderer,
    QgsPalLayerSettings,
    QgsProperty,
    QgsRasterLayer,
    QgsRasterShader,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsSymbolLayer,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QCoreApplication
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
_SQUARE_WIDTH = "0.8"
#: Outlines of the first and the last place to label, and the size of the numbers in them, points.
_FIRST_COLOR = "#7a0177"
_LAST_COLOR = "#fbb4b9"
_RANK_SIZE = 12.0


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


def error_classes() -> list[ClassInfo]:
    """The classes of a map of errors, as the engine numbers them; what is rightly empty has none and shows nothing.

    The colours are those of the engine's reports, and told apart by colour-blind eyes.
    """
    return [
        ClassInfo(QCoreApplication.translate("DemSegmenter", "found"), 1, "#0072b2"),
        ClassInfo(QCoreApplication.translate("DemSegmenter", "missed"), 2, "#f0b628"),
        ClassInfo(QCoreApplication.translate("DemSegmenter", "invented"), 3, "#b8145a"),
    ]


def style_suggestions(layer: QgsVectorLayer, classes: Sequence[ClassInfo]) -> None:
    """Squares with their rank in them; the sooner they are to be labelled, the firmer their colour."""
    del classes
    first, last = QColor(_FIRST_COLOR), QColor(_LAST_COLOR)
    symbol = QgsFillSymbol.createSimple(
        {"color": "0,0,0,0", "outline_color": _rgba(first), "outline_width": _SQUARE_WIDTH, "joinstyle": "miter"}
    )
    count = max(layer.featureCount(), 2)
    ramp = f"ramp_color(create_ramp(map(0, '{first.name()}', 1, '{last.name()}')), (\"rank\" - 1) / {count - 1}.0)"
    outline = QgsProperty.fromExpression(ramp)
    symbol.symbolLayer(0).setDataDefinedProperty(QgsSymbolLayer.Property.PropertyStrokeColor, outline)
    layer.setRenderer(QgsSingleSymbolRenderer(symbol))
    text = QgsTextFormat()
    text.setSize(_RANK_SIZE)
    text.setColor(first)
    halo = text.buffer()
    halo.setEnabled(True)
    halo.setSize(1.0)
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "rank"
    settings.setFormat(text)
    layer.setLabeling(QgsVectorLayerSimpleLabeling(settings))
    layer.setLabelsEnabled(True)


def _with_alpha(color: QColor, alpha: int) -> QColor:
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def _rgba(color: QColor) -> str:
    return f"{color.red()},{color.green()},{color.blue()},{color.alpha()}"


def _label(name: str) -> str:
    return name[:1].upper() + name[1:]
