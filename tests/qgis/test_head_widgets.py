"""The widgets for heads: in the Toolbox's dialog, in a batch, and in the model designer."""

import dataclasses
from inspect import signature

import processing
import pytest
from conftest import BUILDING, head_card, write_model
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QFileDialog, QWidget

pytestmark = pytest.mark.usefixtures("provider", "models", "qgis_iface")


class AlgorithmDialog(QWidget):
    """Has the name by which Processing knows the Toolbox's dialog."""


def algorithm(name):
    return QgsApplication.processingRegistry().createAlgorithmById(f"demsegmenter:{name}")


def widget(name, parameter):
    from processing.gui.wrappers import WidgetWrapperFactory

    dialog, owner = AlgorithmDialog(), algorithm(name)
    made = WidgetWrapperFactory.create_wrapper(owner.parameterDefinition(parameter), dialog)
    made._keep = (dialog, owner)
    return made


def texts(combo):
    return [combo.itemText(i) for i in range(combo.count())]


def test_heads_that_find_the_right_thing_are_offered(models):
    write_model(models / "sheds.safetensors", head_card("sheds", BUILDING))
    buildings = widget("segmentbuildings", "HEAD")
    assert texts(buildings._combo) == ["buildings", "sheds"]
    assert buildings.parameterValue() == "buildings"
    for name, found in (("barns", "Large Buildings"), ("trees", "broad-leaved tree"), ("tracks", "Forest road")):
        write_model(models / f"{name}.safetensors", head_card(name, dataclasses.replace(BUILDING, name=found)))
    assert texts(widget("segmentbuildings", "HEAD")._combo) == ["barns", "buildings", "sheds"]
    roads = widget("segmentroads", "HEAD")
    assert texts(roads._combo) == ["roads", "tracks"]
    assert roads.parameterValue() == "roads"


def test_any_path_can_be_typed_or_chosen(monkeypatch, tmp_path):
    head = widget("segmentbuildings", "HEAD")
    changes = []
    head.widgetValueHasChanged.connect(lambda *_: changes.append(head.parameterValue()))
    head._combo.setEditText(" /somewhere/x.safetensors ")
    assert head.parameterValue() == "/somewhere/x.safetensors"
    chosen = str(tmp_path / "y.safetensors")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: (chosen, "")))
    head._browse()
    assert head.parameterValue() == chosen
    monkeypatch.setattr(QFileDialog, "getOpenFileName", staticmethod(lambda *_: ("", "")))
    head._browse()
    assert head.parameterValue() == chosen
    assert changes[-1] == chosen


@pytest.mark.parametrize(
    ("name", "parameter", "offered", "meaning"),
    [
        ("trainhead", "ENCODER", ["", "tiny"], "automatic: the plugin's own"),
        ("pretrainencoder", "START_FROM", ["", "tiny"], "none: from nothing"),
        ("trainhead", "START_FROM", ["", "none", "buildings", "roads"], "automatic: what comes with the encoder"),
        ("evaluate", "HEAD", ["", "buildings", "roads"], "none: the raster is a mask"),
    ],
)
def test_models_that_may_be_left_out_are_left_out_at_first(name, parameter, offered, meaning):
    model = widget(name, parameter)
    assert texts(model._combo) == offered
    assert model.parameterValue() == ""
    assert model._combo.lineEdit().placeholderText() == meaning
    model._combo.setCurrentIndex(1)
    assert model.parameterValue() == offered[1]


def test_an_encoder_file_can_be_chosen(monkeypatch, tmp_path):
    encoder = widget("trainhead", "ENCODER")
    chosen, asked = str(tmp_path / "vit.safetensors"), []
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", staticmethod(lambda *words: asked.append(words) or (chosen, ""))
    )
    encoder._browse()
    assert encoder.parameterValue() == chosen
    assert asked[0][1:] == ("Choose an encoder file", asked[0][2], "Encoder files (*.safetensors)")


def test_all_heads_can_be_made_better():
    assert texts(widget("suggestlabels", "HEAD")._combo) == ["buildings", "roads"]


def test_devices_are_a_choice_and_free_text():
    device = widget("segmentbuildings", "DEVICE")
    assert texts(device._combo) == ["auto", "cpu", "cuda", "mps"]
    device._combo.setEditText("cuda:1")
    assert device.parameterValue() == "cuda:1"


def test_models_to_import_are_a_choice_and_free_text():
    model = widget("importencoder", "ARCHITECTURE")
    assert texts(model._combo)[:2] == ["", "vit_base_patch16_224.mae"]
    assert model.parameterValue() == ""
    model._combo.setEditText("deit_tiny_patch16_224")
    assert model.parameterValue() == "deit_tiny_patch16_224"


def test_several_heads_are_ticked(monkeypatch, tmp_path):
    heads = widget("segment", "HEADS")
    assert heads.parameterValue() == ["buildings", "roads"]
    heads._list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert heads.parameterValue() == ["roads"]
    chosen = [str(tmp_path / "y.safetensors")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", staticmethod(lambda *_: (chosen, "")))
    heads._browse()
    assert heads.parameterValue() == ["roads", *chosen]
    heads.setValue(["buildings", "/z.safetensors"])
    assert heads.parameterValue() == ["buildings", "/z.safetensors"]


@pytest.fixture
def open_dialog(qgis_iface, project, monkeypatch):
    """The Toolbox's dialog for an algorithm, with some values filled in."""
    monkeypatch.setattr(qgis_iface, "browserModel", lambda: None, raising=False)
    made = []

    def opened(name, **values):
        made.append(processing.createAlgorithmDialog(f"demsegmenter:{name}", values))
        made[-1].show()
        return made[-1]

    yield opened
    for dialog in made:
        dialog.close()
        dialog.deleteLater()


@pytest.mark.parametrize("name", ["trainhead", "evaluate"])
def test_widths_are_among_the_numbers_of_the_label_layer(open_dialog, project, dem, polygons, name):
    raster, labels = QgsRasterLayer(str(dem), "Raster"), QgsVectorLayer(str(polygons), "Labels")
    project.addMapLayers([raster, labels])
    dialog = open_dialog(name, DEMS=[raster.id()], INPUT=raster.id(), LABELS=labels.id())
    wrappers = dialog.mainWidget().wrappers
    combo = wrappers["WIDTH_FIELD"]._combo
    # The row number is a number too, and QGIS offers it in its own lists.
    assert texts(combo) == ["", "fid", "area_m2"]
    assert dialog.createProcessingParameters()["WIDTH_FIELD"] == ""
    combo.setCurrentText("area_m2")
    assert dialog.createProcessingParameters()["WIDTH_FIELD"] == "area_m2"
    # QGIS's own field widget crashes here.
    context = QgsProcessingContext()
    context.setProject(project)
    wrappers["LABELS"].setParameterValue(raster.id(), context)
    assert texts(combo) == [""]
    assert dialog.createProcessingParameters()["WIDTH_FIELD"] == ""
    assert dialog.createProcessingParameters()["LABELS"] == raster.id()


def test_the_fields_of_a_file_that_is_no_layer_yet(open_dialog, polygons):
    dialog = open_dialog("trainhead", LABELS=str(polygons))
    assert "area_m2" in texts(dialog.mainWidget().wrappers["WIDTH_FIELD"]._combo)


@pytest.fixture
def designer():
    """The model designer's dialog for a step of a model with a text and a file input."""
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog

    made = []

    def open_designer(name, child=None):
        model = QgsProcessingModelAlgorithm("m", "g")
        for parameter in (QgsProcessingParameterString("which"), QgsProcessingParameterFile("file")):
            model.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
        if child is not None:
            model.addChildAlgorithm(child)
        dialog = ModelerParametersDialog(algorithm(name), model, algName=child.childId() if child else None)
        made.append((dialog, model))
        return dialog

    yield open_designer
    for dialog, _ in made:
        dialog.close()


def sources(step, name):
    return [(s.source(), s.staticValue(), s.parameterName()) for s in step.parameterSources()[name]]


def test_a_step_of_a_model_takes_a_name_by_default(designer):
    step = designer("segmentbuildings").createAlgorithm()
    assert step.parameterSources()["HEAD"][0].staticValue() == "buildings"


def test_a_step_of_a_model_takes_a_path_or_a_model_input(designer):
    source = QgsProcessingModelChildParameterSource
    for given in (source.fromStaticValue("/x/y.safetensors"), source.fromModelParameter("which")):
        child = QgsProcessingModelChildAlgorithm("demsegmenter:segmentbuildings")
        child.setChildId("step")
        child.addParameterSources("HEAD", [given])
        step = designer("segmentbuildings", child).createAlgorithm()
        assert step.parameterSources()["HEAD"] == [given]


@pytest.mark.parametrize("name", ["trainhead", "evaluate", "suggestlabels", "pretrainencoder"])
def test_steps_of_a_model_can_be_edited(designer, name):
    source = QgsProcessingModelChildParameterSource
    model = "START_FROM" if name in ("trainhead", "pretrainencoder") else "HEAD"
    child = QgsProcessingModelChildAlgorithm(f"demsegmenter:{name}")
    child.setChildId("step")
    child.addParameterSources(model, [source.fromModelParameter("file")])
    step = designer(name, child).createAlgorithm()
    assert step.parameterSources()[model] == [source.fromModelParameter("file")]


def test_several_heads_in_a_step_of_a_model(designer):
    source = QgsProcessingModelChildParameterSource
    step = designer("segment").createAlgorithm()
    assert [s.staticValue() for s in step.parameterSources()["HEADS"]] == [["buildings", "roads"]]
    child = QgsProcessingModelChildAlgorithm("demsegmenter:segment")
    child.setChildId("step")
    given = [source.fromStaticValue("roads"), source.fromModelParameter("file")]
    child.addParameterSources("HEADS", given)
    step = designer("segment", child).createAlgorithm()
    assert step.parameterSources()["HEADS"] == given


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("segmentbuildings", {"HEAD": "buildings"}),
        ("trainhead", {"ENCODER": "", "START_FROM": "", "ITERATIONS": 3000, "KEEP_BEST": True}),
        ("evaluate", {"HEAD": "", "KIND": "auto"}),
        ("suggestlabels", {"HEAD": "buildings", "COUNT": 10}),
    ],
)
def test_a_batch_has_the_widgets_too(name, expected):
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    dialog = BatchAlgorithmDialog(algorithm(name))
    try:
        panel = dialog.mainWidget()
        # QGIS 3.36 and newer ask for a context.
        given = [QgsProcessingContext()] if "context" in signature(panel.parametersForRow).parameters else []
        values = panel.parametersForRow(0, *given, warnOnInvalid=False)[0]
        assert {key: values[key] for key in expected} == expected
    finally:
        dialog.close()
