"""The QGIS side: parameters, layers, styles, and starting and stopping the engine.

Nothing here imports what the engine needs (torch, timm, rasterio, ...); see ``docs/architecture.md``.
"""
