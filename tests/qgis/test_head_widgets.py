"""The widgets for heads: in the Toolbox's dialog, in a batch, and in the model designer."""

import pytest
from conftest import BUILDING, head_card, write_model
from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
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
    roads = widget("segmentroads", "HEAD")
    assert texts(roads._combo) == ["roads"]
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


def test_devices_are_a_choice_and_free_text():
    device = widget("segmentbuildings", "DEVICE")
    assert texts(device._combo) == ["auto", "cpu", "cuda", "mps"]
    device._combo.setEditText("cuda:1")
    assert device.parameterValue() == "cuda:1"


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


def test_a_batch_has_the_widgets_too(dem):
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog

    dialog = BatchAlgorithmDialog(algorithm("segmentbuildings"))
    try:
        panel = dialog.mainWidget()
        values = panel.parametersForRow(0, warnOnInvalid=False)[0]
        assert values["HEAD"] == "buildings"
    finally:
        dialog.close()
