"""A cohort whose radiomics were extracted under several settings: what is read, kept and shown."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.errors import BadSettings, Conflict
from backend.jobs import submission, transitions
from backend.models import Analysis, Case, Encoder, FeatureList, Job, Radiomics, now
from backend.queries.extractions import extraction_of
from backend.storage.database import Database
from shared import schemas as s
from tests.api import server
from tests.api.reads import get
from tests.cli.running import called
from tests.jobs import tiny
from tests.jobs.tasks.test_analysis_jobs import encoder, filled

OLD, NEW, STOPPED = "00" * 32, "ff" * 32, "11" * 32
QUALITY = {"T2": {"native_voxels": 900, "voxels": 900, "components": 1, "touches_border": True, "grey_levels": {}}}


def extracted(
    database: Database, cohort_id: str, settings_hash: str, state: str, hours_ago: float, times: float
) -> None:
    """Rows of every case under some settings, `times` the imported values, and the job that measured them."""
    with database.write() as session:
        for row in session.scalars(select(Radiomics).where(Radiomics.settings_hash == "imported")).all():
            session.add(
                Radiomics(
                    case_id=row.case_id, roi="gland", settings_hash=settings_hash, cache_key=settings_hash, status="ok",
                    feature_list_id=row.feature_list_id, values=row.values * times,
                    quality=QUALITY if settings_hash == OLD else {},
                )
            )  # fmt: skip
        session.add(
            Job(
                kind="extract", title="e", lane="cpu", state=state, position=0,
                params={"cohort_id": cohort_id, "rois": ["gland"]}, finished_at=now() - timedelta(hours=hours_ago),
                result={"settings_hash": settings_hash} if state == "done" else {},
            )
        )  # fmt: skip


@pytest.fixture
def cohort_id(database: Database) -> str:
    found, _ = filled(database, stages=False)
    extracted(database, found, OLD, "done", hours_ago=3, times=2.0)
    extracted(database, found, NEW, "done", hours_ago=2, times=3.0)
    extracted(database, found, STOPPED, "cancelled", hours_ago=1, times=4.0)
    with database.write() as session:
        for row in session.scalars(select(Radiomics).where(Radiomics.settings_hash == "imported")).all():
            session.delete(row)
    return found


def ask(cohort_id: str, **changes: object) -> s.AnalyseParams:
    wanted = {"task": "pirads", "roi": "gland", "hidden": 4, "epochs": 1, "repeats": 1, "folds": 2}
    return s.AnalyseParams.model_validate({"cohort_id": cohort_id} | wanted | changes)


def test_the_last_extraction_that_reached_its_end_is_read_unless_another_is_asked_for(database, cohort_id) -> None:
    with database.read() as session:
        assert extraction_of(session, cohort_id, "gland").settings_hash == NEW
        assert extraction_of(session, cohort_id, "gland", "00").settings_hash == OLD
        assert extraction_of(session, cohort_id, "lesion") is None
        with pytest.raises(BadSettings, match="no extractions of the gland whose settings begin with 'ab'"):
            extraction_of(session, cohort_id, "gland", "ab")
    with database.write() as session:
        for job in session.scalars(select(Job).where(Job.kind == "extract")):
            job.params = job.params | {"rois": ["lesion"]}
        for settings_hash in (NEW, OLD):
            session.delete(session.scalars(select(Radiomics).where(Radiomics.settings_hash == settings_hash)).first())
    with database.read() as session:  # no job tells now: the one that most cases have
        assert extraction_of(session, cohort_id, "gland").settings_hash == STOPPED


def test_lens_case_and_evidence_read_one_extraction_and_no_answer_serves_for_another(
    settings, database: Database, cohort_id, tmp_path
) -> None:
    newest = tiny.done(tiny.run(settings, ask(cohort_id)))
    older = tiny.done(tiny.run(settings, ask(cohort_id, extraction=OLD[:12])))
    assert (newest["cached"], older["cached"]) == (False, False)
    assert tiny.done(tiny.run(settings, ask(cohort_id, extraction=NEW)))["analysis_id"] == newest["analysis_id"]
    with database.write() as session:  # other settings that measure the very same values
        rows = session.scalars(select(Radiomics).where(Radiomics.settings_hash == NEW)).all()
        of_new = {row.case_id: row.values for row in rows}
        for row in session.scalars(select(Radiomics).where(Radiomics.settings_hash == STOPPED)).all():
            row.values = of_new[row.case_id]
    same_values = tiny.done(tiny.run(settings, ask(cohort_id, extraction=STOPPED)))
    assert not same_values["cached"]
    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "viewer"))
        for result, expected in ((newest, NEW), (older, OLD), (same_values, STOPPED)):
            path = f"/analyses/{result['analysis_id']}"
            detail = s.AnalysisDetail.model_validate(get(client, path))
            assert detail.extraction == detail.settings["extraction"] == expected
            feature = s.Page[s.RankingRow].model_validate(get(client, f"{path}/ranking", limit=1)).items[0].feature
            evidence = s.FeatureEvidence.model_validate(get(client, f"{path}/evidence/{feature}"))
            assert evidence.quality.n_flagged == (detail.n_studies if expected == OLD else 0)
        case = s.Page[s.Case].model_validate(get(client, f"/cohorts/{cohort_id}/cases", limit=1)).items[0]
        shown = s.CaseRadiomics.model_validate(get(client, f"/cases/{case.id}/radiomics")).features[0]
    page = tmp_path / "report.html"
    words = ("export", older["analysis_id"], "--format", "html", "--out", page)
    assert called(*words, data_dir=settings.data_dir).returncode == 0
    assert f"Radiomics of the extraction <code>{OLD}</code>" in page.read_text()
    with database.read() as session:
        names = session.scalars(select(FeatureList.names)).first()
    assert shown.value == of_new[case.id][names.index(shown.feature)]
    with pytest.raises(Conflict, match="no extractions of the gland"):
        tiny.submit(settings, ask(cohort_id, extraction="ab"))


def test_a_request_is_settled_when_it_is_submitted_and_a_retry_keeps_to_it(
    settings, database: Database, cohort_id
) -> None:
    request = s.JobSubmit(params=ask(cohort_id))
    with database.write() as session:
        job = submission.submit(session, settings, request, key="k")
        transitions.cancel(session, job.id)
        was = session.get_one(Encoder, job.params["ft_encoder_id"])
        newer = Encoder(
            cohort_id=cohort_id, name="newer", arch=was.arch, sha256="n", stage="ft", task="pirads", epoch=3,
            settings=was.settings, cache_key="newer",
        )  # fmt: skip
        session.add(newer)
    extracted_again(database, cohort_id)
    with database.write() as session:
        transitions.retry(session, job.id)
        assert submission.submit(session, settings, request, key="k").id == job.id
        now_asked = submission.submit(session, settings, request)
        assert now_asked.params["ft_encoder_id"] == newer.id
        transitions.cancel(session, now_asked.id)
    result = tiny.done(tiny.run_submitted(settings, tiny.read(settings, job.id)))
    with database.read() as session:
        analysis = session.get_one(Analysis, result["analysis_id"])
        assert (analysis.ft_encoder_id, analysis.settings["extraction"]) == (was.id, NEW)


def extracted_again(database: Database, cohort_id: str) -> None:
    """The older settings were extracted once more, and so are the newest."""
    with database.write() as session:
        for job in session.scalars(select(Job).where(Job.kind == "extract", Job.state == "done")):
            if job.result["settings_hash"] == OLD:
                job.finished_at = now()
    with database.read() as session:
        assert extraction_of(session, cohort_id, "gland").settings_hash == OLD


def test_what_a_job_waited_for_will_make_stays_open(settings, database: Database, cohort_id) -> None:
    with database.write() as session:
        for one in session.scalars(select(Case)).all():
            one.gland_ml, one.pirads = 30.0, 2 + int(one.study_id[1:]) % 4
        session.add(encoder_of(session, cohort_id))
        session.flush()
        tune = submission.submit(
            session, settings, s.JobSubmit(params=s.FinetuneParams(cohort_id=cohort_id, task="pirads"))
        )
        assert session.get_one(Encoder, tune.params["encoder_id"]).name == "newest pre"
        job = submission.submit(session, settings, s.JobSubmit(params=ask(cohort_id), after=[tune.id]))
        assert job.params["ft_encoder_id"] is None
        assert job.params["pre_encoder_id"] == tune.params["encoder_id"]
        assert job.params["extraction"] == NEW


def encoder_of(session, cohort_id: str) -> Encoder:
    from backend.models import Cohort

    made = encoder(session.get_one(Cohort, cohort_id), "pre", None, 1)
    made.name = "newest pre"
    return made
