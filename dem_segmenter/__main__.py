"""``python -m dem_segmenter``, and ``python -I <folder>/dem_segmenter/__main__.py`` as the QGIS provider starts it."""

import sys
from pathlib import Path

if not __package__:
    # Isolated mode puts nothing of ours on sys.path.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dem_segmenter.cli import main

if __name__ == "__main__":
    sys.exit(main())
