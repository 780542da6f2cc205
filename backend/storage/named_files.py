"""The stored files that rows name by sha256, and which of them are not in the store.

Columns are read, not whole rows, so that a damaged row hides no missing file, and a database of an older schema works.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, select

from backend.models import Case, Cohort, Encoder, Job, TrainingEpoch, Volume
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMPORTED

HASHES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A sha256 that a row names; `holder` says in words what the file belongs to."""

    sha256: str
    holder: str


def named_files(connection: Connection) -> Iterator[NamedFile]:
    """Every file that a row names: voxels, weights and heads of encoders, pictures of trainings."""
    yield from _volumes(connection)
    yield from _encoders(connection)
    if inspect(connection).has_table(TrainingEpoch.__tablename__):
        yield from _pictures(connection)


def missing_files(connection: Connection, files: BlobStore) -> list[str]:
    """One sentence for each cohort, encoder or training whose files are not all in the store."""
    missing: dict[str, dict[str, None]] = {}
    stored = set(files.hashes())  # one look: asking an object store for each takes a request for each
    for named in named_files(connection):
        if named.sha256 not in stored:
            missing.setdefault(named.holder, {})[named.sha256] = None
    return [_sentence(holder, list(hashes)) for holder, hashes in missing.items()]


def _volumes(connection: Connection) -> Iterator[NamedFile]:
    statement = select(Volume.sha256, Cohort.name).join(Case, Case.id == Volume.case_id)
    for sha256, cohort in connection.execute(statement.join(Cohort, Cohort.id == Case.cohort_id)):
        yield NamedFile(sha256, f"volumes of the cohort “{cohort}”")


def _encoders(connection: Connection) -> Iterator[NamedFile]:
    """Imported embeddings are no file: their sha256 is that of a table's values."""
    of_encoder = select(Encoder.sha256, Encoder.name, Encoder.settings)
    for sha256, name, settings in connection.execute(of_encoder.where(Encoder.arch != IMPORTED)):
        yield NamedFile(sha256, f"weights of the encoder “{name}”")
        head = settings.get("head") if isinstance(settings, dict) else None
        if isinstance(head, dict):
            yield NamedFile(str(head.get("sha256")), f"head of the encoder “{name}”")


def _pictures(connection: Connection) -> Iterator[NamedFile]:
    statement = select(TrainingEpoch.pictures, Job.title).join(Job, Job.id == TrainingEpoch.job_id)
    for pictures, title in connection.execute(statement):
        for sha256 in pictures.values() if isinstance(pictures, dict) else ():
            yield NamedFile(str(sha256), f"pictures of the job “{title}”")


def _sentence(holder: str, hashes: list[str]) -> str:
    shown = ", ".join(sha256[:12] for sha256 in hashes[:HASHES_SHOWN])
    more = ", …" if len(hashes) > HASHES_SHOWN else ""
    count, verb = ("1 file", "is") if len(hashes) == 1 else (f"{len(hashes)} files", "are")
    return f"{count} of the {holder} {verb} missing ({shown}{more}); restore the data folder from a backup."
