"""Files sent over the network for imports, and the folders of the server that imports may read."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.schemas.base import Schema

UploadState = Literal["receiving", "checking", "ready", "refused"]
FileKind = Literal["table", "archive", "checkpoint", "image", "unknown"]


class UploadedFile(Schema):
    """A file that an archive held; `upload:ID/PATH` names it in a request."""

    path: str
    n_bytes: int
    kind: FileKind


class Upload(Schema):
    """A file on its way in, as its owner sees it; `upload:ID` names it in a request once it is ready."""

    id: str
    name: str
    n_bytes: int
    n_received: int = Field(description="Bytes that are on the server's disk for good; go on from there.")
    state: UploadState
    kind: FileKind
    sentence: str = Field(description="What the file is, or why it was refused; empty while it arrives.")
    files: list[UploadedFile] = Field(description="The first files of an archive.")
    n_files: int = Field(description="How many files an archive held; 1 of a single file.")
    fingerprint: str = Field(description="The sender's own word for the file, to find it again after an interruption.")
    in_use: bool = Field(description="Whether a job that has not ended reads it.")
    created_at: datetime
    expires_at: datetime = Field(description="When it is removed unless something happens to it.")


class FolderEntry(Schema):
    """A file or folder of the server that imports may read."""

    name: str
    path: str
    is_folder: bool
    kind: FileKind = Field(description="Of a file, by its name; unknown of a folder.")
    n_bytes: int | None = Field(description="Of a file.")
    n_files: int | None = Field(description="Files in a folder and in its folders, as far as they were looked at.")
    kinds: dict[str, int] = Field(description="Kind to how many of these files have it.")
    more: bool = Field(description="Whether the folder holds more than was looked at.")


class Folder(Schema):
    """What a folder holds; without a path, the folders that imports may read."""

    path: str | None
    parent: str | None = Field(description="The folder above; null at the top.")
    entries: list[FolderEntry]
    n_entries: int = Field(description="How many there are; only the first are listed.")
