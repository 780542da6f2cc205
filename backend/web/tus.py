"""The words of tus 1.0.0, the protocol of resumable uploads: its headers in requests and answers."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated

from fastapi import Header, Request, Response

from backend.errors import BadFile, BadSettings, Refusal

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
CHECKSUM_ALGORITHMS = "sha1,sha256"
PATCH_TYPE = "application/offset+octet-stream"
MOST_METADATA_BYTES = 4_000
MOST_OFFSET = 2**62


class WrongVersion(Refusal):
    """The sender speaks another version of the protocol (412)."""

    status = 412
    code = "wrong-version"
    headers = {"Tus-Version": VERSION}  # noqa: RUF012 (an instance never changes it)


class WrongType(Refusal):
    """The body of a PATCH is announced as something else than the protocol's bytes (415)."""

    status = 415
    code = "wrong-type"


def tus_version(
    response: Response, tus_resumable: Annotated[str | None, Header(max_length=20, description="1.0.0")] = None
) -> None:
    """Puts the version into the answer; raises WrongVersion where the request names another."""
    if tus_resumable not in (None, VERSION):
        raise WrongVersion(f"This server takes uploads by version {VERSION} of the tus protocol; use a client of that.")
    response.headers["Tus-Resumable"] = VERSION


def patch_type(request: Request) -> None:
    """Raises WrongType where a PATCH does not announce the protocol's bytes."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != PATCH_TYPE:
        raise WrongType(f"The bytes of an upload are sent with the Content-Type {PATCH_TYPE}; add this header.")


def number(text: str | None, header: str) -> int:
    """The number in a header; raises BadSettings where there is none or it is too large."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > MOST_OFFSET:
        raise BadSettings(f"The header {header} is missing or is no number of bytes; send one.")
    return int(text)


def metadata(text: str | None) -> dict[str, str]:
    """The pairs of `Upload-Metadata`, decoded; raises BadFile where it is none, as of a NUL in a value."""
    pairs: dict[str, str] = {}
    if len(text or "") > MOST_METADATA_BYTES:
        raise BadFile("The upload is described by too many words (Upload-Metadata); send its name only.")
    for pair in (text or "").split(","):
        key, _, value = pair.strip().partition(" ")
        if not key:
            continue
        try:
            decoded = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadFile(
                "The header Upload-Metadata is no base64 of UTF-8; write it as the tus protocol does."
            ) from None
        if key in pairs or "\0" in decoded:
            raise BadFile("The header Upload-Metadata names something twice, or holds a NUL; correct it.")
        pairs[key] = decoded
    return pairs


def expires(at: datetime) -> Mapping[str, str]:
    """The header that says when an upload is removed."""
    return {"Upload-Expires": format_datetime(at, usegmt=True)}
