"""Files that people send over the network, until a job has taken them, and which jobs they are kept for."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import now


def new_upload_id() -> str:
    """A random id of 128 bits (hex): who may use an upload is checked, and nobody guesses one."""
    return secrets.token_hex(16)


class Upload(Base):
    """A file on its way in: receiving -> checking -> ready | refused.

    `n_received` bytes lie on the disk for good. `n_stored` is what the file takes there once it is checked: an archive
    is unpacked. `files` are the first files of an archive, `fingerprint` is the sender's own word for the file.
    """

    __tablename__ = "uploads"
    id: Mapped[str] = mapped_column(primary_key=True, default=new_upload_id)
    name: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="")
    n_bytes: Mapped[int] = mapped_column(BigInteger)
    n_received: Mapped[int] = mapped_column(BigInteger, default=0)
    n_stored: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(default="receiving")
    kind: Mapped[str] = mapped_column(default="unknown")
    sentence: Mapped[str] = mapped_column(default="")
    files: Mapped[list[Any]] = mapped_column(default=list)
    n_files: Mapped[int] = mapped_column(default=0)
    by: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]


class UploadUse(Base):
    """Job `job_id` reads upload `upload_id`, which stays until that job has ended."""

    __tablename__ = "upload_uses"
    upload_id: Mapped[str] = mapped_column(ForeignKey("uploads.id"), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True, index=True)
