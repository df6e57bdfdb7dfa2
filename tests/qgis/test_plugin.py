"""The plugin in QGIS's window: menu, buttons, dialogs, language, and going away again."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import MagicMock
from urllib.parse import quote

import pytest
from qgis.core import Qgis, QgsApplication, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QCoreApplication, QTranslator
from qgis.PyQt.QtWidgets import QWidget

import demsegmenter
from demsegmenter.processing_provider import dialogs, paths, translation
from demsegmenter.processing_provider import plugin as plugin_module

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [ROOT / "__init__.py", *sorted((ROOT / "processing_provider").rglob("*.py"))]


@pytest.fixture
def iface(qgis_app):
    window = QWidget()
    made = MagicMock()
    made.mainWindow.return_value = window
    yield made
    window.deleteLater()


@pytest.fixture
def plugin(iface, qgis_processing):
    made = demsegmenter.classFactory(iface)
    made.initGui()
    yield made
    made.unload()


def action(plugin, name):
    (found,) = [a for a in plugin._actions if a.objectName().endswith(name)]
    return found


def test_menu_and_buttons(plugin, iface):
    texts = [a.text() for a in plugin._actions]
    assert texts == ["Segment buildings in the active DEM", "Segment roads in the active DEM"]
    assert [c.args for c in iface.addPluginToRasterMenu.call_args_list] == [
        ("DEM Segmenter", a) for a in plugin._actions
    ]
    assert [c.args for c in iface.addToolBarIcon.call_args_list] == [(a,) for a in plugin._actions]
    assert not any(a.icon().isNull() for a in plugin._actions)
    assert QgsApplication.processingRegistry().providerById("demsegmenter") is not None


def test_unload_leaves_nothing(iface, qgis_processing):
    made = demsegmenter.classFactory(iface)
    made.initGui()
    actions = list(made._actions)
    made.unload()
    assert [c.args[1] for c in iface.removePluginRasterMenu.call_args_list] == actions
    assert [c.args[0] for c in iface.removeToolBarIcon.call_args_list] == actions
    assert QgsApplication.processingRegistry().providerById("demsegmenter") is None
    made.initGui()  # as the plugin reloader does
    assert QgsApplication.processingRegistry().providerById("demsegmenter") is not None
    made.unload()


def test_headless_has_a_provider_and_no_window(qgis_processing):
    made = demsegmenter.classFactory(None)
    made.initProcessing()
    made.initProcessing()
    assert QgsApplication.processingRegistry().providerById("demsegmenter") is not None
    made.unload()


@pytest.mark.parametrize("name", ["segmentbuildings", "segmentroads"])
def test_a_button_opens_the_dialog_with_the_active_layer(plugin, iface, dem, monkeypatch, name):
    layer = QgsRasterLayer(str(dem), "Harlem")
    iface.activeLayer.return_value = layer
    opened = []
    monkeypatch.setattr(plugin_module, "open_for_layer", lambda *arguments: opened.append(arguments))
    action(plugin, name).trigger()
    assert opened == [(f"demsegmenter:{name}", layer)]
    iface.messageBar().pushMessage.assert_not_called()


@pytest.mark.parametrize("layer", [None, "vector"])
def test_without_a_raster_layer_a_message_says_so(plugin, iface, monkeypatch, layer):
    iface.activeLayer.return_value = QgsVectorLayer("Point", "Points", "memory") if layer else None
    monkeypatch.setattr(plugin_module, "open_for_layer", lambda *_: pytest.fail("no dialog"))
    action(plugin, "segmentbuildings").trigger()
    title, text, level = iface.messageBar().pushMessage.call_args.args
    assert title == "DEM Segmenter"
    assert "not a raster" in text
    assert level == Qgis.MessageLevel.Warning


def test_a_map_service_gets_a_message_too(plugin, iface, monkeypatch):
    url = "type=xyz&url=" + quote("http://127.0.0.1:9/{z}/{x}/{y}.png") + "&zmax=19&zmin=0"
    iface.activeLayer.return_value = QgsRasterLayer(url, "OSM", "wms")
    monkeypatch.setattr(plugin_module, "open_for_layer", lambda *_: pytest.fail("no dialog"))
    action(plugin, "segmentroads").trigger()
    assert "these are colours, not elevations" in iface.messageBar().pushMessage.call_args.args[1]


def test_the_dialog_has_the_layer_filled_in(provider, models, dem, project, qgis_iface, monkeypatch):
    monkeypatch.setattr(qgis_iface, "browserModel", lambda: None, raising=False)
    layer = QgsRasterLayer(str(dem), "Harlem")
    project.addMapLayer(QgsRasterLayer(str(dem), "Another"))
    project.addMapLayer(layer)
    dialog = dialogs.open_for_layer("demsegmenter:segmentbuildings", layer)
    try:
        assert dialog.isVisible()
        values = dialog.createProcessingParameters()
        assert values["INPUT"] == layer.id()
        assert values["HEAD"] == "buildings"
        assert values["DEVICE"] == "auto"
        assert values["THRESHOLD"] is None
        assert values["OUTPUT"].sink.staticValue() == "TEMPORARY_OUTPUT"
        assert values["FOOTPRINTS"].sink.staticValue() == "TEMPORARY_OUTPUT"
        assert "PROBABILITY" not in values
    finally:
        dialog.close()
        dialog.deleteLater()


def test_metadata_is_complete():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    general = parser["general"]
    assert general["name"] == "DEM Segmenter"
    assert general["qgisMinimumVersion"] == "3.22"
    assert general["qgisMaximumVersion"] == "4.99"
    assert general["hasProcessingProvider"] == "yes"
    assert (ROOT / general["icon"]).is_file()
    from demsegmenter import dem_segmenter

    assert general["version"] == dem_segmenter.__version__


def test_the_root_package_needs_no_qgis():
    code = (
        "import importlib.util as u, sys; s = u.spec_from_file_location('p', sys.argv[1]); m = u.module_from_spec(s); "
    )
    code += (
        "s.loader.exec_module(m); assert callable(m.classFactory); assert not [n for n in sys.modules if 'qgis' in n]"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT / "__init__.py")], check=True)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_no_source_prints_or_imports_what_the_engine_needs(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print"
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module]
        for module in modules:
            assert module.split(".")[0] in {"qgis", "processing"} | sys.stdlib_module_names


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_translations_are_literal(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "translate":
            assert ast.unparse(node.func) == "QCoreApplication.translate"
            assert [type(a) for a in node.args] == [ast.Constant, ast.Constant]
            assert node.args[0].value == "DemSegmenter"


#: Texts that are the same in another language.
SAME = {"{layer} - DEM Segmenter", "Engine", "Message", "Classes", "Classes - {layer}", "Segmentation", "Encoder"}


def texts_in_the_code():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "translate":
                yield node.args[1].value


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_text_is_translated_with_its_placeholders(qgis_app, language):
    translator = QTranslator()
    assert translator.load(str(ROOT / "i18n" / f"demsegmenter_{language}.qm"))
    QCoreApplication.installTranslator(translator)
    try:
        for text in set(texts_in_the_code()):
            said = QCoreApplication.translate("DemSegmenter", text)
            assert said != text or text in SAME, f"Not translated: {text!r}. Run i18n/update.py."
            assert sorted(re.findall(r"{\w+}", said)) == sorted(re.findall(r"{\w+}", text))
    finally:
        QCoreApplication.removeTranslator(translator)


def test_icons_are_real_svg():
    for path in paths.ICONS.glob("*.svg"):
        from qgis.PyQt.QtGui import QIcon

        pixmap = QIcon(str(path)).pixmap(24, 24)
        assert pixmap.width() == 24, path
        image = pixmap.toImage()
        assert any(image.pixelColor(x, 12).alpha() for x in range(24))


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de", "Gebäude segmentieren"),
        ("de_AT", "Gebäude segmentieren"),
        ("fr", "Segmenter les bâtiments"),
        ("xx", None),
    ],
)
def test_the_language_of_qgis_is_spoken(qgis_app, monkeypatch, locale, text):
    monkeypatch.setattr(translation, "_locale", lambda: locale)
    translator = translation.install()
    try:
        said = QCoreApplication.translate("DemSegmenter", "Segment buildings")
        assert said == (text or "Segment buildings")
        assert (translator is None) == (text is None)
    finally:
        if translator is not None:
            QCoreApplication.removeTranslator(translator)


def test_a_language_given_on_the_command_line_counts(qgis_app):
    """As with ``qgis --lang de``, of which the settings know nothing."""
    before = qgis_app.translation()
    try:
        for code, wanted in (("de", "de"), ("", QgsApplication.locale())):
            qgis_app.setTranslation(code)
            assert translation._locale() == wanted
    finally:
        qgis_app.setTranslation(before)


@pytest.mark.parametrize("name", ["segmentbuildings", "segmentroads"])
def test_a_result_stands_for_the_dem_that_it_was_made_from(plugin, iface, dem, project, monkeypatch, name):
    """After a run its footprints are the active layer, and the next button pressed is meant for the same DEM."""
    layer = project.addMapLayer(QgsRasterLayer(str(dem), "Harlem"))
    footprints = QgsVectorLayer("Polygon", "Footprints - Harlem", "memory")
    footprints.setCustomProperty("demsegmenter/dem", layer.id())
    iface.activeLayer.return_value = footprints
    opened = []
    monkeypatch.setattr(plugin_module, "open_for_layer", lambda *arguments: opened.append(arguments))
    action(plugin, name).trigger()
    assert opened == [(f"demsegmenter:{name}", layer)]
    # So does what was made from a result, such as the map of a mask's errors.
    mask = project.addMapLayer(footprints)
    errors = QgsVectorLayer("Polygon", "Errors - Buildings - Harlem", "memory")
    errors.setCustomProperty("demsegmenter/dem", mask.id())
    iface.activeLayer.return_value = errors
    action(plugin, name).trigger()
    assert opened[1:] == [(f"demsegmenter:{name}", layer)]
    iface.activeLayer.return_value = mask
    iface.messageBar().pushMessage.assert_not_called()
    project.removeMapLayer(layer.id())
    action(plugin, name).trigger()
    assert "not a raster" in iface.messageBar().pushMessage.call_args.args[1]
