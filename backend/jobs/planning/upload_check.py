"""What an upload is, in one sentence: looked at in limited processes once its last byte is there."""

import hashlib
from pathlib import Path, PurePath

from backend.errors import BadFile, BadTable, Refusal
from backend.ingest.formats.file_kind import ARCHIVES
from backend.ingest.identifiers.sentences import masked
from backend.ingest.sandbox.read_images import CheckedImage, read_images
from backend.ingest.sandbox.upload_look import Look, look
from backend.jobs.data.tables_check import checked_tables
from backend.models import Upload
from backend.science.tables.options import TableOptions
from backend.science.text_format import counted
from backend.settings import Settings
from backend.storage import uploads
from backend.storage.database import Database
from backend.storage.upload_folder import UploadFolder

WORDS = {"table": "table", "image": "image", "checkpoint": "checkpoint", "archive": "archive", "unknown": "other file"}
TORCH = (".pt", ".pth")
LARGEST_TORCH_TABLE = 256 * 2**20
"""Bytes up to which a PyTorch file is tried as a table of embeddings."""
USELESS = (
    "This is no table, archive, checkpoint or image that this program reads; send a table as CSV, Excel or Parquet, or "
    "images as a zip or tar file."
)
A_TEXT = "A text file; name it where a list of checksums or of ids is asked for."
A_SLICE = "A DICOM file; pack the folder of its study as a zip to import it."
A_CHECKPOINT = "A checkpoint; its weights are compared with the architecture when it is imported."


def check_upload(database: Database, settings: Settings, upload_id: str) -> None:
    """Looks at a complete upload and records what it is; one that cannot be used keeps its row and loses its bytes."""
    folder = UploadFolder(settings.data_dir, upload_id)
    with folder.locked() as mine:
        with database.read() as session:
            row = session.get(Upload, upload_id)
            waits = row is not None and row.state == "checking"
            room = uploads.room(session, settings, row) if row is not None else 0
        if row is not None and waits and mine:
            _check(database, settings, row, folder, room)


def _check(database: Database, settings: Settings, row: Upload, folder: UploadFolder, room: int) -> None:
    try:
        found, sentence = _checked(settings, row, folder, room)
    except Refusal as refusal:
        folder.remove()
        with database.write() as session:
            uploads.record_check(session, row.id, {"state": "refused", "sentence": masked(refusal.sentence)})
        return
    told = {"state": "ready", "kind": found.kind, "sentence": sentence, "files": found.files, "n_files": found.n_files}
    stored = found.n_bytes if found.kind == "archive" else row.n_bytes
    with database.write() as session:
        known = uploads.record_check(session, row.id, told | {"n_stored": stored})
    if known:
        folder.drop_archive()
    else:
        folder.remove()  # its owner removed it meanwhile


def _checked(settings: Settings, row: Upload, folder: UploadFolder, room: int) -> tuple[Look, str]:
    file = folder.begin_check(row.name)
    if not file.is_file() or file.stat().st_size != row.n_bytes:
        raise BadFile("Bytes of this upload are missing on the server's disk; send the file again.")
    if row.sha256 and _sha256(file) != row.sha256:
        raise BadFile("The bytes that arrived are not those of the file (its SHA-256 differs); send it again.")
    target = folder.unpacking / _stem(row.name)
    found = look(file, target, most_bytes=room, keep_free=settings.upload_free_mb * uploads.MIB)
    if found.kind == "archive":
        folder.keep_unpacked()
        return found, _of_archive(found)
    kind, sentence = _of_file(file, found)
    folder.keep_file()
    return Look(kind, files=[], n_files=1), sentence


def _of_file(file: Path, found: Look) -> tuple[str, str]:
    if found.kind == "table":
        return "table", _of_table(file)
    if found.kind == "checkpoint":
        is_table = file.suffix.lower() in TORCH and file.stat().st_size <= LARGEST_TORCH_TABLE
        words = _table_words(file) if is_table else None
        return ("table", words) if words else ("checkpoint", A_CHECKPOINT)
    if found.kind == "image":
        return "image", _of_image(file)
    if not found.text:
        raise BadFile(USELESS)
    words = _table_words(file) if file.suffix.lower() == ".txt" else None
    return ("table", words) if words else ("unknown", A_TEXT)


def _of_table(file: Path) -> str:
    try:
        one = checked_tables({file: None}, TableOptions())["files"][0]
    except BadTable as refusal:
        return masked(refusal.sentence)
    return masked(one["problem"] or _in_words(file, one["words"]))


def _table_words(file: Path) -> str | None:
    """What a file that may be a table is as one; None where it is none."""
    try:
        one = checked_tables({file: None}, TableOptions())["files"][0]
    except Refusal:
        return None
    return None if one["problem"] or one["kind"] == "unknown" else masked(_in_words(file, one["words"]))


def _of_image(file: Path) -> str:
    if file.suffix.lower() not in (".gz", ".nii", ".mha", ".nrrd"):
        return A_SLICE
    read = read_images({"image": file}, [file.parent])["image"]
    if isinstance(read, Refusal):
        raise read
    assert isinstance(read, CheckedImage)
    size = " x ".join(str(n) for n in read.image.GetSize())
    spacing = " x ".join(f"{mm:.3g}" for mm in read.image.GetSpacing())
    return f"An image of {size} voxels of {spacing} mm; pack it with the others of its study to import it."


def _of_archive(found: Look) -> str:
    kinds = [
        f"{found.kinds[kind]:,} {WORDS[kind]}{'' if found.kinds[kind] == 1 else 's'}"
        for kind in ("image", "table", "checkpoint", "archive", "unknown")
        if found.kinds.get(kind)
    ]
    inner = " Archives inside were not opened; send each by itself." if found.kinds.get("archive") else ""
    return f"An archive of {counted(found.n_files, 'file')}: {', '.join(kinds)}.{inner}"


def _stem(name: str) -> str:
    small = name.lower()
    suffix = max((each for each in ARCHIVES if small.endswith(each)), key=len, default=PurePath(name).suffix)
    return name[: len(name) - len(suffix)] or "archive"


def _in_words(file: Path, words: str) -> str:
    """What a table is, as a sentence without the name that stands before it anyway."""
    bare = words.removeprefix(f"{file.name}: ")
    return f"{bare[:1].upper()}{bare[1:]}."


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
