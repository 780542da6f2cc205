"""What a result may be written to: never to a file that it is made of."""

from collections.abc import Iterable
from pathlib import Path

from backend.errors import BadFile


def check_out(out: Path, inputs: Iterable[object]) -> None:
    """Raise BadFile where `out` is a folder, or one of the `inputs` by whatever name; those that are no file pass."""
    if out.is_dir():
        raise BadFile(f"{out.name} is a folder; name a file to write.")
    if not out.exists():
        return
    for given in inputs:
        path = Path(given) if isinstance(given, str | Path) else None
        if path is not None and _same(out, path):
            raise BadFile(f"{out.name} is {path.name}, which is read; give the result a name of its own.")


def _same(out: Path, path: Path) -> bool:
    try:
        return out.samefile(path)
    except (OSError, ValueError):  # no file of that name
        return False
