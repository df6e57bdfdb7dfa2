"""What the engine's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# huggingface_hub reads this when it is imported; no test may need the network.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The repository's root."""
    return CHECKOUT


@pytest.fixture(scope="session")
def harlem() -> Path:
    """Folder of the New York scene: dem.tif and buildings.tif on one grid."""
    return CHECKOUT / "tests" / "data" / "nyc_harlem"
