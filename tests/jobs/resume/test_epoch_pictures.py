"""Which picture of an epoch is given, by modality or the first there is."""

import pytest

from backend.errors import NotFound
from backend.jobs.resume.epoch_rows import picture_of
from backend.models import Job, TrainingEpoch
from backend.storage.database import Database


@pytest.mark.parametrize(
    ("modalities", "asked", "given"),
    [(["CT"], None, "CT"), (["T2", "DWI", "ADC"], None, "T2"), (["T2", "ADC"], "ADC", "ADC"), (["CT"], "T2", None)],
)
def test_a_picture_of_any_modality_is_found(database: Database, modalities, asked, given) -> None:
    with database.write() as session:
        job = Job(kind="pretrain", state="done", title="t", params={}, lane="device", position=1)
        session.add(job)
        session.flush()
        session.add(TrainingEpoch(job_id=job.id, epoch=1, pictures={name: f"of {name}" for name in modalities}))
        session.flush()
        if given is None:
            with pytest.raises(NotFound, match="no picture of that epoch and modality"):
                picture_of(session, job.id, 1, asked)
        else:
            assert picture_of(session, job.id, 1, asked) == f"of {given}"
        with pytest.raises(NotFound):
            picture_of(session, job.id, 2)
