"""Paths that requests name: inside the allowed import roots, or named by somebody who has a shell here anyway."""

from pathlib import Path

from backend.errors import BadFile, Forbidden
from backend.settings import Settings


def check_path(settings: Settings, name: str, *, local: bool, folder: bool | None) -> Path:
    """The real path, links resolved; raises Forbidden outside the roots and BadFile where it is not there.

    `folder` None: a file or a folder.
    """
    if "\0" in name:
        raise BadFile("A path cannot hold a NUL character.")
    try:
        path = Path(name).resolve()
    except (OSError, RuntimeError):  # a folder on the way that may not be entered, or links in a circle
        raise BadFile("The path cannot be followed; check its folders and links.") from None
    if not local and not any(path.is_relative_to(root.resolve()) for root in settings.import_roots):
        raise Forbidden(
            f"{path.name!r} is outside the folders this server may import from; ask for its folder to be added to "
            "RADIOMICLENS_IMPORT_ROOTS."
        )
    if folder and not path.is_dir():
        raise BadFile(f"There is no folder {path.name!r}; check the path.")
    if not folder and not path.is_file() and not (folder is None and path.is_dir()):
        raise BadFile(f"There is no file {path.name!r}; check the path.")
    return path
