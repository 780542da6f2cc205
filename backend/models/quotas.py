"""What an administrator allows a user or a project, where it differs from the settings."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base
from backend.models.columns import now
from backend.models.row_checksum import ChecksummedRow


class Quota(ChecksummedRow, Base):
    """The limits of a user or a project (`kind`, and `name`: a user's name, a project's id); null is the setting's.

    `open_jobs` may be queued or running at once, `disk_mb` is what stored files may take.
    """

    __tablename__ = "quotas"
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    open_jobs: Mapped[int | None]
    disk_mb: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(default=now)
