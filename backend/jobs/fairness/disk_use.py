"""How much of the disk a project's stored files take, and whether a job may store more.

It is asked when a job is submitted, and only where the project has a limit. What runs already is not stopped.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import Conflict
from backend.models import Case, Cohort, Encoder, Project, Quota, Volume
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMPORTED
from backend.storage.shared_files import open_files

MB = 1_000_000
STORING = ("import_cases", "import_encoder", "synth", "pretrain", "finetune")
"""Kinds of jobs that store files: voxels or weights."""


def limit_of(session: Session, settings: Settings, project_id: str) -> int | None:
    """How many MB the files of a project may take; None without a limit."""
    own = session.get(Quota, ("project", project_id))
    found = settings.disk_per_project_mb if own is None or own.disk_mb is None else own.disk_mb
    return found or None


def stored_bytes(session: Session, files: BlobStore, project_id: str) -> int:
    """The bytes of the voxels and weights of a project, each file once."""
    of_project = Cohort.project_id == project_id
    volumes = select(Volume.sha256, Volume.n_bytes).join(Case, Case.id == Volume.case_id)
    volumes = volumes.join(Cohort, Cohort.id == Case.cohort_id).where(of_project)
    encoders = select(Encoder.sha256).join(Cohort, Cohort.id == Encoder.cohort_id)
    encoders = encoders.where(of_project, Encoder.arch != IMPORTED)
    known: dict[str, int | None] = {}
    known.update((row[0], row[1]) for row in session.execute(volumes))
    known |= dict.fromkeys(session.scalars(encoders))
    return sum(files.size(sha256) if size is None else size for sha256, size in known.items())


def check_disk(session: Session, settings: Settings, project_id: str, kind: str) -> None:
    """Raises Conflict where a job would store files and those of its project have reached their limit."""
    most = limit_of(session, settings, project_id) if kind in STORING else None
    if most is None:
        return
    taken = stored_bytes(session, open_files(settings), project_id)
    if taken >= most * MB:
        project = session.get(Project, project_id)
        raise Conflict(
            f"The files of the project “{project.name if project else project_id}” take {taken / MB:,.0f} MB, and "
            f"{most:,} MB are allowed; ask an administrator of this server for more."
        )
