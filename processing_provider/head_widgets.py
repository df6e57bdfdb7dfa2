"""Widgets for parameters that are a choice by name and free text at once: heads, encoders and devices.

Processing loads these classes by their paths, which are in the parameters' metadata, and only where there is a window.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.core import (
    NULL,
    QgsProcessingModelChildParameterSource,
    QgsProcessingOutputFile,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
    QgsSettings,
)
from qgis.gui import QgsGui
from qgis.PyQt.QtCore import QCoreApplication, Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from . import encoders, heads

_LAST_FOLDER = "demsegmenter/last_head_folder"
_LIST_HEIGHT = 92
_DESIGNER = "ModelerParametersDialog"

#: The enum that this is a member of has another name and place in QGIS 3.34 and newer.
_STATIC_VALUE = QgsProcessingModelChildParameterSource.fromStaticValue("").source()


class ChoiceWidget(WidgetWrapper):
    """An editable drop-down list for a string parameter."""

    def __new__(cls, param: Any, dialog: Any, row: int = 0, col: int = 0, **kwargs: Any) -> Any:
        """In the model designer, QGIS's own widget: it also offers model inputs, outputs of steps and expressions."""
        if type(dialog).__name__ == _DESIGNER:
            widget = QgsGui.processingGuiRegistry().createModelerParameterWidget(
                dialog.model, dialog.childId, param, dialog.context
            )
            widget.setDialog(dialog)
            return widget
        return super().__new__(cls, param, dialog, row, col, **kwargs)

    def createWidget(self, choices: Sequence[str] = (), **kwargs: Any) -> QWidget:
        """Make the drop-down list."""
        del kwargs
        self._combo = QComboBox()
        self._combo.setEditable(True)
        self._combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._combo.addItems(list(choices))
        self._combo.currentTextChanged.connect(self._changed)
        return self._combo

    def setValue(self, value: Any) -> None:
        """Show a value, listed or not."""
        self._combo.setEditText("" if value is None or value == NULL else str(value))

    def value(self) -> str:
        """What is written in the field."""
        return self._combo.currentText().strip()

    def _changed(self, *_: Any) -> None:
        self.widgetValueHasChanged.emit(self)


class ModelWidget(ChoiceWidget):
    """The installed models of one kind, and a button for a model file. A subclass has ``ENCODERS`` and `models`."""

    ENCODERS = False

    def createWidget(self, class_name: str = "", empty: str = "", also: str = "", **kwargs: Any) -> QWidget:
        """Make the drop-down list and the button beside it.

        Args:
            class_name: Only models that find this are offered; all if empty.
            empty: What an empty field means, for parameters that may be left out.
            also: A word that is offered besides the models.
            kwargs: What else Processing passes on.
        """
        super().createWidget()
        for model in self.models(class_name):
            self._combo.addItem(model.name)
            self._combo.setItemData(self._combo.count() - 1, model.title, Qt.ItemDataRole.ToolTipRole)
        if also:
            self._combo.insertItem(0, also)
        if empty:
            self._combo.insertItem(0, "")
            self._combo.setCurrentIndex(0)
            self._combo.lineEdit().setPlaceholderText(empty)
        widget = QWidget()
        layout = QHBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo, 1)
        layout.addWidget(_file_button(self._browse, self.ENCODERS))
        return widget

    def models(self, class_name: str) -> Sequence[Any]:
        """What is installed, with a name and a title each."""
        raise NotImplementedError

    def _browse(self) -> None:
        files = _ask_for_files(self.widget, many=False, for_encoder=self.ENCODERS)
        if files:
            self.setValue(files[0])


class HeadWidget(ModelWidget):
    """The installed heads, and a button for a head file."""

    def models(self, class_name: str) -> Sequence[heads.Head]:
        """The heads that find a class, or a kind of it: the word is in their class's name, in whatever case."""
        word = re.compile(rf"\b{re.escape(class_name)}s?\b", re.IGNORECASE)
        return [h for h in heads.installed_heads() if not class_name or any(word.search(c.name) for c in h.classes)]


class EncoderWidget(ModelWidget):
    """The installed encoders, and a button for an encoder file."""

    ENCODERS = True

    def models(self, class_name: str) -> Sequence[encoders.Encoder]:
        """All encoders."""
        del class_name
        return encoders.installed_encoders()


class HeadsWidget(WidgetWrapper):
    """A list of the installed heads to tick, and a button that adds head files."""

    def createWidget(self, **kwargs: Any) -> QWidget:
        """Make the list and the button beside it."""
        del kwargs
        self._list = QListWidget()
        self._list.setFixedHeight(_LIST_HEIGHT)
        for head in heads.installed_heads():
            self._add(head.name, head.name, head.title)
        if type(self.dialog).__name__ == _DESIGNER:
            for source in self._model_sources():
                self._add(self.dialog.resolveValueDescription(source), source, "")
        self._list.itemChanged.connect(self._changed)
        widget = QWidget()
        layout = QHBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list, 1)
        layout.addWidget(_file_button(self._browse), 0, Qt.AlignmentFlag.AlignTop)
        widget.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return widget

    def setValue(self, value: Any) -> None:
        """Tick these heads and no others; unknown ones are added to the list."""
        values = value if isinstance(value, (list, tuple)) else [] if value is None or value == NULL else [value]
        for row in range(self._list.count()):
            self._list.item(row).setCheckState(Qt.CheckState.Unchecked)
        for wanted in values:
            if isinstance(wanted, QgsProcessingModelChildParameterSource):
                static = wanted.source() == _STATIC_VALUE
                wanted = wanted.staticValue() if static else wanted
            for single in wanted if isinstance(wanted, (list, tuple)) else [wanted]:
                item = self._find(single) or self._add(str(single), single, "")
                item.setCheckState(Qt.CheckState.Checked)

    def value(self) -> Any:
        """The ticked heads; in the model designer as sources, where a model input is among them."""
        ticked = []
        for row in range(self._list.count()):
            item = self._list.item(row)
            if item.checkState() == Qt.CheckState.Checked:
                ticked.append(item.data(Qt.ItemDataRole.UserRole))
        if any(isinstance(v, QgsProcessingModelChildParameterSource) for v in ticked):
            static = QgsProcessingModelChildParameterSource.fromStaticValue
            return [v if isinstance(v, QgsProcessingModelChildParameterSource) else static(v) for v in ticked]
        return ticked

    def _model_sources(self) -> Sequence[QgsProcessingModelChildParameterSource]:
        return self.dialog.getAvailableValuesOfType(
            [QgsProcessingParameterFile, QgsProcessingParameterString, QgsProcessingParameterMultipleLayers],
            [QgsProcessingOutputFile, QgsProcessingOutputString],
        )

    def _find(self, value: Any) -> QListWidgetItem | None:
        for row in range(self._list.count()):
            item = self._list.item(row)
            held = item.data(Qt.ItemDataRole.UserRole)
            if type(held) is type(value) and held == value:
                return item
        return None

    def _add(self, text: str, value: Any, tip: str) -> QListWidgetItem:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, value)
        item.setToolTip(tip)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Unchecked)
        self._list.addItem(item)
        return item

    def _browse(self) -> None:
        for path in _ask_for_files(self.widget, many=True):
            item = self._find(path) or self._add(path, path, "")
            item.setCheckState(Qt.CheckState.Checked)

    def _changed(self, *_: Any) -> None:
        self.widgetValueHasChanged.emit(self)


def _file_button(clicked: Any, for_encoder: bool = False) -> QToolButton:
    button = QToolButton()
    button.setText("…")
    button.setToolTip(_file_title(for_encoder))
    button.clicked.connect(clicked)
    return button


def _file_title(for_encoder: bool) -> str:
    if for_encoder:
        return QCoreApplication.translate("DemSegmenter", "Choose an encoder file")
    return QCoreApplication.translate("DemSegmenter", "Choose a head file")


def _ask_for_files(parent: QWidget, many: bool, for_encoder: bool = False) -> list[str]:
    settings = QgsSettings()
    title = _file_title(for_encoder)
    if for_encoder:
        kinds = QCoreApplication.translate("DemSegmenter", "Encoder files (*.safetensors)")
    else:
        kinds = QCoreApplication.translate("DemSegmenter", "Head files (*.safetensors)")
    folder = settings.value(_LAST_FOLDER, "")
    if many:
        paths, _ = QFileDialog.getOpenFileNames(parent, title, folder, kinds)
    else:
        path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
        paths = [path] if path else []
    if paths:
        settings.setValue(_LAST_FOLDER, os.path.dirname(paths[0]))
    return list(paths)
