"""Jobs that read what is there: trajectories and self-checks."""

import numpy as np
import pytest
from sqlalchemy import select

from backend.jobs.data import table_rows
from backend.models import Case, Cohort, Embedding, Encoder, Job, Trajectory
from backend.science.embedding.settings import LAYERS
from backend.storage.cache_keys import input_key
from backend.storage.database import Database
from shared import schemas as s
from tests.api.reads import get
from tests.jobs import tiny
from tests.science.lens_tables import FEATURES
from tests.science.trajectory.test_from_tables import D, N, drawn

GIVEN = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


def filled(database: Database, stages: bool = True) -> tuple[str, str]:
    """A cohort with embeddings and radiomics, and a run with three kept epochs; ids of cohort and run."""
    pre, after, r = drawn()
    with database.write() as session:
        cohort = Cohort(name="run", kind="images")
        session.add(cohort)
        session.flush()
        cases = [Case(cohort_id=cohort.id, study_id=f"s{i:03d}", patient_id=f"p{i:03d}") for i in range(N)]
        session.add_all(cases)
        before = encoder(cohort, "pre", None, 0)
        run = encoder(cohort, "ft", "pirads", 9)
        session.add_all([before, run])
        session.flush()
        kept = [encoder(cohort, "ft", "pirads", epoch) for epoch in (1, 5)]
        for one in kept:
            one.run_id = run.id
        session.add_all(kept)
        listed = table_rows.feature_list(session, [feature.column for feature in FEATURES])
        session.flush()
        for encoder_, x in ((before, pre), *zip((*kept, run), after.values(), strict=True)):
            for case, row in zip(cases, x, strict=True):
                for layer in LAYERS if stages else ("pooled",):
                    width = {"pooled": D, "stage4": D // 2}.get(layer, 4)
                    session.add(
                        Embedding(
                            case_id=case.id, encoder_id=encoder_.id, input_key=input_key(GIVEN, "pirads"), layer=layer,
                            values=row[:width].astype(np.float32),
                        )
                    )  # fmt: skip
        for case, row in zip(cases, r, strict=True):
            session.add(table_rows.imported_features(case.id, "gland", listed, row))
        return cohort.id, run.id


def encoder(cohort: Cohort, stage: str, task: str | None, epoch: int) -> Encoder:
    name = f"{stage} {epoch}"
    return Encoder(
        cohort_id=cohort.id, name=name, arch="convnextv2-atto", sha256=name, stage=stage, task=task, epoch=epoch,
        settings={"input": GIVEN.model_dump(mode="json")}, cache_key=name,
    )  # fmt: skip


def trajectory(settings, cohort_id: str, along: str, **changes) -> s.Job:
    wanted = {"task": "pirads", "roi": "gland", "along": along} | changes
    return tiny.run(settings, s.TrajectoryParams(cohort_id=cohort_id, **wanted))


def test_a_run_is_followed_from_checkpoint_to_checkpoint(settings, database: Database) -> None:
    cohort_id, run_id = filled(database, stages=False)
    result = tiny.done(trajectory(settings, cohort_id, "checkpoints"))
    with database.read() as session:
        row = session.get_one(Trajectory, result["trajectory_id"])
    points = row.summary["points"]
    assert [point["label"] for point in points] == ["epoch 1", "epoch 5", "epoch 9"]
    assert points[-1]["encoder_id"] == run_id
    line = next(line for line in row.summary["lines"] if line["group"] == "T2_glcm")
    assert line["flag"][-1] == "stronger"
    assert line["effect"][0] == pytest.approx(0, abs=1e-4)
    assert line["effect"][0] < line["effect"][1] < line["effect"][2]
    assert row.values.shape == (7, 3, len(FEATURES))
    assert tiny.done(trajectory(settings, cohort_id, "checkpoints"))["cached"]
    from tests.api import server

    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "viewer"))
        detail = s.TrajectoryDetail.model_validate(get(client, f"/trajectories/{row.id}"))
        assert detail.lines[0].flag
        one = s.TrajectoryLine.model_validate(get(client, f"/trajectories/{row.id}/features/{row.features[0]}"))
        assert one.r2_ft == row.values[1, :, 0].tolist()
        assert len(set(one.r2_pre)) == 1
        assert get(client, "/trajectories", along="stages")["total"] == 0  # type: ignore[call-overload,index]  # JSON
        assert client.get(f"/api/v1/trajectories/{row.id}/features/none").status_code == 404
        assert client.get("/api/v1/trajectories/none").status_code == 404


def test_the_stages_of_both_encoders_are_read_apart(settings, database: Database) -> None:
    cohort_id, run_id = filled(database)
    result = tiny.done(trajectory(settings, cohort_id, "stages"))
    with database.read() as session:
        summary = session.get_one(Trajectory, result["trajectory_id"]).summary
    assert [(point["label"], point["width"]) for point in summary["points"]] == [
        ("stage 1", 4), ("stage 2", 4), ("stage 3", 4), ("stage 4", D // 2),
    ]  # fmt: skip
    assert {point["encoder_id"] for point in summary["points"]} == {run_id}
    assert summary["sentences"]


def test_a_trajectory_that_cannot_be_is_refused_before_it_is_made(settings, database: Database) -> None:
    cohort_id, run_id = filled(database, stages=False)
    with database.write() as session:
        for row in session.scalars(select(Embedding).join(Encoder).where(Encoder.run_id == run_id)).all():
            session.delete(row)
        for one in session.scalars(select(Encoder).where(Encoder.run_id == run_id)).all():
            session.delete(one)
    from backend.errors import Conflict

    with pytest.raises(Conflict, match="kept no checkpoint besides its end"):
        tiny.submit(settings, s.TrajectoryParams(cohort_id=cohort_id, task="pirads", roi="gland", along="checkpoints"))
    with database.write() as session:
        session.get_one(Cohort, cohort_id).kind = "tables"
    with pytest.raises(Conflict, match="came as tables"):
        tiny.submit(settings, s.TrajectoryParams(cohort_id=cohort_id, task="pirads", roi="gland", along="stages"))


def analysed(settings, cohort_id: str, **changes) -> s.Job:
    wanted = {"task": "pirads", "roi": "gland", "hidden": 8, "epochs": 2, "repeats": 1} | changes
    return tiny.submit(settings, s.AnalyseParams(cohort_id=cohort_id, **wanted))


def test_every_analysis_asks_for_its_power_statement_once(settings, database: Database) -> None:
    cohort_id, _ = filled(database, stages=False)
    analysis_id = tiny.done(tiny.run_submitted(settings, analysed(settings, cohort_id)))["analysis_id"]
    tiny.done(tiny.run_submitted(settings, analysed(settings, cohort_id)))  # cached: asks for nothing
    tiny.done(tiny.run_submitted(settings, analysed(settings, cohort_id, trust=False)))
    with database.read() as session:
        (waiting,) = session.scalars(select(Job).where(Job.kind == "selfcheck")).all()
    assert waiting.params["analysis_id"] == analysis_id
    assert waiting.state == "queued"


def test_a_self_check_has_the_size_of_its_analysis(settings, database: Database) -> None:
    cohort_id, _ = filled(database, stages=False)
    analysis_id = tiny.done(tiny.run_submitted(settings, analysed(settings, cohort_id)))["analysis_id"]
    job = tiny.run(settings, s.SelfCheckParams(analysis_id=analysis_id, seeds=1))
    assert job.title == f"What could PI-RADS on run (gland) have seen in {N} patients?"
    power = tiny.done(job)["power"]
    assert (power["patients"], power["studies"], power["width"], power["features"]) == (N, N, D, 54)
    from tests.api import server

    with server.running(settings.data_dir) as client:
        client.headers.update(server.bearer(client, "viewer"))
        found = s.Power.model_validate(get(client, f"/analyses/{analysis_id}/power"))
        assert (found.job_id, found.sentence) == (job.id, power["sentence"])
        assert [row.model_dump() for row in found.rows] == power["rows"]
