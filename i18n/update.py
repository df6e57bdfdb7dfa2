"""Bring the translation sources up to date with the code, and compile them.

Needs pylupdate5 (Debian: pyqt5-dev-tools) and lrelease (qttools5-dev-tools). Run it after changing a text; translate
what is new in the ``.ts`` files (with Qt Linguist, or by hand), and run it again.
"""

from __future__ import annotations

import ast
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
LANGUAGES = ("de", "fr")


def main() -> None:
    """Update and compile every language."""
    files = [str(HERE / f"demsegmenter_{language}.ts") for language in LANGUAGES]
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for path in sorted((HERE.parent / "processing_provider").rglob("*.py")):
            # pylupdate5 misses a text with a comma after it, as the formatter writes long ones: let Python rewrite it.
            copy = Path(folder) / f"{len(sources):03}.py"
            copy.write_text(ast.unparse(ast.parse(path.read_text(encoding="utf-8"))), encoding="utf-8")
            sources.append(str(copy))
        subprocess.run(["pylupdate5", "-noobsolete", *sources, "-ts", *files], check=True)
    for file in files:
        tree = ElementTree.parse(file)  # noqa: S314 (our own file)
        for message in tree.iter("message"):
            for location in message.findall("location"):
                message.remove(location)  # lines of a temporary copy
        Path(file).write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
            + ElementTree.tostring(tree.getroot(), encoding="unicode")
            + "\n",
            encoding="utf-8",
        )
        subprocess.run(["lrelease", file], check=True)


if __name__ == "__main__":
    main()
