"""The import job of an encoder: stores its weights unchanged and embeds the cohort with them."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from backend.jobs.context import JobContext
from backend.jobs.data.cohorts import accepted, cohort_of
from backend.jobs.data.embeddings import embed_missing
from backend.jobs.planning.allowed_paths import check_path
from backend.jobs.planning.duration_estimates import training_units
from backend.jobs.planning.requirements import encoder_for
from backend.jobs.resume.training_keys import existing_encoder, import_key
from backend.models import Cohort, Encoder
from backend.science.training.task_names import TASK_WORDS
from shared.schemas import ImportEncoderParams


def run(context: JobContext, params: ImportEncoderParams) -> dict[str, Any]:
    """Check the file key by key against the architecture, store its bytes and embed every accepted case.

    The encoder's identity is the sha256 of the file. The same file for the same cohort is not imported again.
    """
    start = monotonic()
    path = check_path(context.settings, params.path, local=context.local, folder=False)
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    with context.database.read() as session:
        cohort, cases = cohort_of(session, params.cohort_id), accepted(session, params.cohort_id)
        parent = encoder_for(session, cohort.id, "pre", None, params.parent_id) if params.task is not None else None
        key = import_key(params, sha256, parent)
        known = existing_encoder(session, key)
    encoder = known or _stored(context, params, content, _row(params, cohort, parent, path.name, key))
    for each in (parent, encoder):
        if each is not None:
            embed_missing(context, cohort.id, each, params.task)
    return {
        "encoder_id": encoder.id,
        "cohort_id": cohort.id,
        "cached": known is not None,
        "units": training_units(len(cases), 1, params.arch, params.input),
        "seconds": monotonic() - start,
    }


def _row(params: ImportEncoderParams, cohort: Cohort, parent: Encoder | None, file: str, key: str) -> Encoder:
    state = "" if params.task is None else f" fine-tuned for {TASK_WORDS[params.task]}"
    return Encoder(
        cohort_id=cohort.id,
        parent_id=None if parent is None else parent.id,
        name=params.name.strip() or f"{params.arch}{state} from {file}",
        arch=params.arch,
        stage="pre" if params.task is None else "ft",
        task=params.task,
        settings={"input": params.input.model_dump(mode="json"), "file": file},
        cache_key=key,
    )


def _stored(context: JobContext, params: ImportEncoderParams, content: bytes, row: Encoder) -> Encoder:
    """Make the row after the file was read under the stated architecture."""
    from backend.science.encoders.checkpoint import load_encoder  # torch: a stored result does not need it

    with _copy(context.files.work_folder(row.cache_key), Path(str(row.settings["file"])).name, content) as copy:
        load_encoder(copy, params.arch)
    row.sha256 = context.files.put(content)
    with context.database.write() as session:
        session.add(row)
    context.log(f"Read {row.settings['file']} as {params.arch}; its sha256 is {row.sha256}.")
    return row


@contextmanager
def _copy(folder: Path, name: str, content: bytes) -> Iterator[Path]:
    """Write the hashed bytes to a temporary file, for readers that need one."""
    try:
        (folder / name).write_bytes(content)
        yield folder / name
    finally:
        shutil.rmtree(folder)
