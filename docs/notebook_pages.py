"""Pages of the site from docs/notebooks/*.ipynb: executed when the site is built, with what they print and draw.

A page and its pictures lie beside the notebook and are not committed. Its first line says what it was made of: a
notebook that did not change is not executed again.
"""

import base64
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "notebooks"
SECONDS_A_CELL = 240


def executed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with its outputs, run in a new folder by this Python. Raises CellExecutionError."""
    with TemporaryDirectory() as folder:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        client = NotebookClient(
            notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        pictures = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}  # whatever this process draws with
        client.execute(env=os.environ | pictures | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"})
    return notebook


def write_pages(*, run: bool) -> list[Path]:
    """Writes the page of every notebook; without `run` those that are not there yet have no outputs."""
    return [_write_page(path, run=run) for path in sorted(FOLDER.glob("*.ipynb"))]


def _write_page(path: Path, *, run: bool) -> Path:
    page, digest = path.with_suffix(".md"), hashlib.sha256(path.read_bytes()).hexdigest()
    made = page.read_text("utf-8").split("\n", 1)[0] if page.exists() else ""
    if made == _made_of(digest, run=True):
        return page
    notebook = nbformat.read(path, as_version=4)
    cells = executed(notebook).cells if run else notebook.cells
    for old in FOLDER.glob(f"{path.stem}-*.png"):
        old.unlink()
    blocks = [_made_of(digest, run=run), *_blocks(path.stem, cells)]
    blocks.insert(2, f"Take it along: {{download}}`{path.name} <{path.name}>`.")
    page.write_text("\n\n".join(blocks) + "\n", "utf-8")
    return page


def _made_of(digest: str, *, run: bool) -> str:
    """The first line of a page."""
    return f"<!-- {digest} {'executed' if run else 'listed'} -->"


def _blocks(stem: str, cells: list[nbformat.NotebookNode]) -> Iterator[str]:
    """The blocks of a page; pictures are written beside it."""
    pictures = 0
    for cell in cells:
        if cell.cell_type == "markdown":
            yield cell.source
            continue
        yield f"```python\n{cell.source}\n```"
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                pictures += 1
                name = f"{stem}-{pictures}.png"
                (FOLDER / name).write_bytes(base64.b64decode(data["image/png"]))
                yield f"![Picture {pictures} of this notebook]({name})"
            elif text := output.get("text") or data.get("text/plain"):
                yield f"```text\n{text.rstrip()}\n```"


if __name__ == "__main__":
    sys.exit(not write_pages(run=True))
