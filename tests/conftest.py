"""Make the checkout importable as the plugin package `demsegmenter`, whatever its folder is called."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]

if "demsegmenter" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "demsegmenter", CHECKOUT / "__init__.py", submodule_search_locations=[str(CHECKOUT)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["demsegmenter"] = package
    spec.loader.exec_module(package)
