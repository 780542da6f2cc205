"""Which files of a folder are DICOM: those with a known name, and of the others those whose first bytes say so."""

import os
import re
from pathlib import Path

from backend.errors import BadFile
from backend.ingest.formats.dicom_encoding import HEAD, begins_as_dicom
from backend.ingest.limits import MAX_STUDY_FILES

PACKED = (".dcm.gz", ".ima.gz", ".dicom.gz")
NAMED = (".dcm", ".ima", ".dicom", *PACKED)
SIDE_FILES = (
    *(".txt", ".csv", ".tsv", ".json", ".xml", ".md", ".pdf", ".html", ".htm", ".xlsx", ".docx", ".log", ".sha256"),
    *(".nii", ".gz", ".mha", ".mhd", ".raw", ".nrrd", ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".ico"),
    *(".exe", ".dll", ".inf", ".ini", ".jar", ".js", ".css", ".bat", ".zip"),  # the viewer on a disc from a hospital
)
SIDE_NAMES = (".", "license", "dicomdir", "sha256sums", "readme", "thumbs.db", "desktop.ini")
OF_MACOS = "__MACOSX"


def dicom_files(folder: Path) -> list[Path]:
    """Files below `folder` that should be DICOM, links not followed, in a fixed order."""
    found = []
    for here, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if name != OF_MACOS)
        found += [Path(here, name) for name in sorted(names) if not _beside_dicom(name)]
        if len(found) > MAX_STUDY_FILES:
            raise BadFile(f"The study folder holds more than {MAX_STUDY_FILES} files; import one study a folder.")
    return found


def is_dicom(path: Path) -> bool:
    """Whether a file is a DICOM slice: by its name where that tells, else by its first bytes."""
    if _beside_dicom(path.name) or OF_MACOS in path.parts:
        return False
    return has_dicom_name(path.name) or begins_as_dicom(_first_bytes(path))


def has_dicom_name(name: str) -> bool:
    """Whether a file of this name is taken for a DICOM slice: .dcm, .ima, or the bare numbers and UIDs of exports."""
    lowered = name.lower()
    return lowered.endswith(NAMED) or re.fullmatch(r"(i|im|image)?[\d._-]+", lowered) is not None


def _beside_dicom(name: str) -> bool:
    lowered = name.lower()
    return lowered.startswith(SIDE_NAMES) or (lowered.endswith(SIDE_FILES) and not lowered.endswith(PACKED))


def _first_bytes(path: Path) -> bytes:
    """The beginning of a regular file; nothing of a link, a pipe, or a file that cannot be opened."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(handle, "rb", buffering=0) as file:
        try:
            return file.read(HEAD) or b""
        except OSError:
            return b""
