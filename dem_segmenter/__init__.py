"""DEM Segmenter's engine: building footprints and roads from elevation rasters.

Knows nothing of QGIS. Importing this package is cheap: torch, timm and rasterio are imported by the modules that use
them, never here.
"""

__version__ = "0.1.0"
