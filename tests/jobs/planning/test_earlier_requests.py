"""Requests that wait since an earlier version are run as this one asks for the same."""

import pytest
from sqlalchemy import update

from backend.jobs.registry import read_params
from backend.models import Job
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny

OLD = {"kind": "analyze", "cohort_id": "c", "task": "pirads", "roi": "gland", "folds": 5, "repeats": 3}


@pytest.mark.parametrize(("replicates", "trust"), [(0, False), (200, True)])
def test_an_analysis_keeps_or_leaves_out_its_trust_block(replicates: int, trust: bool) -> None:
    found = read_params("analyze", OLD | {"bootstrap": replicates, "decoders": ["elastic_net", "kernel"]})
    assert found == s.AnalyseParams(cohort_id="c", task="pirads", roi="gland", trust=trust, decoders=["kernel"])


def test_a_trajectory_forgets_its_replicates() -> None:
    found = read_params("trajectory", OLD | {"kind": "trajectory", "along": "stages", "bootstrap": 200})
    assert found == s.TrajectoryParams(cohort_id="c", task="pirads", roi="gland", along="stages")


def test_a_job_queued_before_the_upgrade_runs(settings, database: Database) -> None:
    job = tiny.submit(settings, s.SynthTablesParams(cohort="sample", patients=30))
    with database.write() as session:
        session.execute(update(Job).where(Job.id == job.id).values(params=job.params | {"bootstrap": 200}))
    assert tiny.done(tiny.run_submitted(settings, job))["accepted"] == 34
