"""A pytest plugin for tests/qgis: lets go of QGIS objects before QGIS is shut down.

pytest keeps the last test's fixture values a little longer than session fixtures, and the layers that processing.run()
returns are never freed by QGIS 3.22's bindings. Destroyed after QGIS and GDAL, either crashes Python on its way out,
when all tests have long passed.
"""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Drop pytest's own references; fixtures still hold theirs until they are torn down."""
    item.funcargs.clear()


@pytest.fixture(scope="session", autouse=True)
def _no_layer_outlives_qgis(qgis_app):
    yield
    from qgis.core import QgsMapLayer, QgsProject
    from qgis.PyQt import sip

    QgsProject.instance().clear()
    gc.collect()
    for thing in gc.get_objects():
        if isinstance(thing, QgsMapLayer) and not sip.isdeleted(thing):
            sip.delete(thing)
