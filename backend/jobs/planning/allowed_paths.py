"""Paths that requests name: inside the allowed import roots, or named by somebody who has a shell here anyway."""

from pathlib import Path

from backend.errors import BadFile, Forbidden
from backend.settings import Settings
from backend.storage.upload_folder import is_upload, path_of_upload


def check_path(settings: Settings, name: str, *, local: bool, folder: bool | None) -> Path:
    """The real path, links resolved; raises Forbidden outside the roots and BadFile where it is not there.

    `upload:ID` and `upload:ID/inside/path` are files that were sent over the network; whose they are was checked with
    the request (`named_uploads`). `folder` None: a file or a folder.
    """
    if "\0" in name:
        raise BadFile("A path cannot hold a NUL character; correct it.")
    try:
        path = path_of_upload(settings.data_dir, name) if is_upload(name) else Path(name).resolve()
    except (OSError, RuntimeError):  # a folder on the way that may not be entered, or links in a circle
        raise BadFile("The path cannot be followed; check its folders and links.") from None
    if not (local or is_upload(name)) and not any(
        path.is_relative_to(root.resolve()) for root in settings.import_roots
    ):
        raise Forbidden(
            f"{path.name!r} is outside the folders this server may import from; ask for its folder to be added to "
            "RADIOMICLENS_IMPORT_ROOTS."
        )
    if folder and not path.is_dir():
        raise BadFile(f"There is no folder {path.name!r}; check the path.")
    if not folder and not path.is_file() and not (folder is None and path.is_dir()):
        raise BadFile(f"There is no file {path.name!r}; check the path.")
    return path


def check_inside(named: Path, file: Path) -> Path:
    """The real path of a file that belongs to an upload: in the folder `named`, or beside the file of that name.

    Raises BadFile.
    """
    path, folder = file.resolve(), named if named.is_dir() else named.parent
    if not path.is_relative_to(folder) or not path.is_file():
        raise BadFile(f"{file.name!r} is not in the upload; send all files of the checkpoint as one archive.")
    return path
