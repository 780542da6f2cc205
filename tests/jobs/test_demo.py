import pytest
from pydantic import ValidationError
from sqlalchemy import select

from backend.jobs import queue
from backend.jobs.demo import submit_demo
from backend.models import Analysis, Case, Cohort, Job, Volume
from backend.settings import Settings
from backend.storage.database import Database
from shared import schemas as s
from tests.jobs import tiny


def test_the_demo_is_queued_once_in_an_order_that_works(settings: Settings, database: Database) -> None:
    ids = submit_demo(settings)
    assert submit_demo(settings) == submit_demo(settings, 30, quick=True) == ids
    with database.read() as session:
        jobs = session.scalars(select(Job).order_by(Job.position)).all()
        assert [job.id for job in jobs] == ids
        assert [job.kind for job in jobs][:2] == ["synth_tables", "analyze"]
        analyses = [(job.params["task"], job.params["roi"]) for job in jobs if job.kind == "analyze"]
    assert analyses == [
        ("pirads", "gland"),
        ("pirads", "gland"),
        ("volume", "gland"),
        ("lesion_seg", "lesion"),
        ("lesion_seg", "gland"),
    ]


def test_the_sample_comes_first_and_is_analysed(settings: Settings, database: Database) -> None:
    sample = submit_demo(settings, 24, quick=True)[:2]
    for job_id in sample:
        with database.write() as session:
            claimed = queue.claim(session, "cpu", "test")
            assert claimed is not None
            assert claimed.id == job_id
        tiny.done(tiny.run_submitted(settings, tiny.read(settings, job_id)))
    with database.read() as session:
        assert session.scalars(select(Analysis)).one().report["n_studies"] == 69


def test_a_synthetic_cohort_has_the_grid_that_was_asked_for(settings: Settings, database: Database) -> None:
    params = s.SynthParams(cohort="coarse", cases=1, spacing_xyz_mm=(1.0, 1.5, 3.0), size_xyz=(80, 48, 20))
    tiny.done(tiny.run(settings, params))
    with database.read() as session:
        volume = session.scalars(select(Volume).where(Volume.kind == "T2")).one()
    assert volume.size == [80, 48, 20]
    assert volume.spacing == [1.0, 1.5, 3.0]
    with database.read() as session:
        assert "times as large" not in session.scalars(select(Cohort)).one().note
    with pytest.raises(ValidationError, match="size_xyz"):
        s.SynthParams(cohort="coarse", size_xyz=(80, 48, 2))


def test_the_page_can_say_what_was_planted(settings: Settings, database: Database) -> None:
    for times in (1, 4):
        params = s.SynthParams(
            cohort=f"times-{times}",
            cases=4,
            spacing_xyz_mm=(1.0, 1.0, 3.0),
            size_xyz=(88, 88, 22),
            findings_enlarged=times,
        )
        tiny.done(tiny.run(settings, params))
    with database.read() as session:
        notes = {one.name: one.note for one in session.scalars(select(Cohort))}
        lesions = {
            name: sum(
                case.lesion_ml or 0 for case in session.scalars(select(Case).join(Cohort).where(Cohort.name == name))
            )
            for name in notes
        }
    assert "Findings are 4 times as large as in life" in notes["times-4"]
    assert notes["times-1"] == "Synthetic images, drawn by chance (seed 0)."
    assert 1.5 * lesions["times-1"] < lesions["times-4"] <= 4.4 * lesions["times-1"]
