"""The user interface in the user's language."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QTranslator

from .paths import TRANSLATIONS


def install() -> QTranslator | None:
    """Load the translation for QGIS's language.

    Returns:
        The translator, which must be kept as long as it is to work; None if there is no such translation.
    """
    locale = _locale()
    for name in (locale, locale[:2]):
        path = TRANSLATIONS / f"demsegmenter_{name}.qm"
        if path.is_file():
            translator = QTranslator()
            if translator.load(str(path)) and QCoreApplication.installTranslator(translator):
                return translator
    return None


def _locale() -> str:
    """What QGIS itself is shown in: `locale` does not know of a language given with ``--lang``."""
    application = QgsApplication.instance()
    shown = application.translation() if isinstance(application, QgsApplication) else ""
    return shown or QgsApplication.locale()
