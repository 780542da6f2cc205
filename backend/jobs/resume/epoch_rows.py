"""The epochs of a training job as rows, while it runs: what the Jobs page draws."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.models import TrainingEpoch
from backend.storage.database import Database


class EpochRows:
    """Writes the epochs of one training of a job. A resumed start reports the same epochs again: no row changes."""

    def __init__(self, database: Database, job_id: str, run_number: int = 0) -> None:
        self._database, self._job_id, self._run_number = database, job_id, run_number
        self._pictures: dict[int, dict[str, str]] = {}

    def epoch(self, record: Mapping[str, float | None]) -> None:
        """One epoch is done, or was found done."""
        number = int(record["epoch"] or 0)
        with self._database.write() as session:
            row = session.get(TrainingEpoch, (self._job_id, self._run_number, number))
            if row is None:
                row = TrainingEpoch(job_id=self._job_id, run_number=self._run_number, epoch=number, pictures={})
                session.add(row)
            row.scores = {name: value for name, value in record.items() if name != "epoch"}
            row.pictures = self._pictures.pop(number, row.pictures)

    def pictures(self, epoch: int, sha256: Mapping[str, str]) -> None:
        """Keeps the pictures (sha256 by modality) of an epoch until `epoch` is called for it."""
        self._pictures[epoch] = dict(sha256)


def epochs_of(session: Session, job_id: str) -> list[TrainingEpoch]:
    """The epochs of a job, training after training."""
    row = TrainingEpoch
    return list(session.scalars(select(row).where(row.job_id == job_id).order_by(row.run_number, row.epoch)))


def picture_of(session: Session, job_id: str, epoch: int, asked: str | None = None) -> str:
    """sha256 of the picture of an epoch of a pre-training, which is one run: of a modality, or the first there is.

    Raises NotFound.
    """
    row = session.get(TrainingEpoch, (job_id, 0, epoch))
    pictures: dict[str, Any] = {} if row is None else row.pictures
    modality = asked or next(iter(pictures), None)
    if modality not in pictures:
        raise NotFound("There is no picture of that epoch and modality; the job's epochs list those there are.")
    return str(pictures[modality])
