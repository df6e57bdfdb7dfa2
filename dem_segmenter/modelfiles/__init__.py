"""Model files: one ``.safetensors`` file a head or encoder, its card inside.

`card` needs the standard library only, so that QGIS can list heads without loading the engine; `store` reads and writes
tensors; `load_model` puts a head on its encoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .loading import SegmentationModel, load_model

__all__ = ["SegmentationModel", "load_model"]


def __getattr__(name: str) -> object:
    # Lazy, because QGIS imports this package for `card` and must not pull in torch.
    if name in __all__:
        from . import loading

        return getattr(loading, name)
    raise AttributeError(name)
