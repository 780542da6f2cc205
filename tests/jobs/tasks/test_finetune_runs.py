"""Several runs and controls in one fine-tuning job: one recipe, what each was shown, and what a kill cannot change."""

from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import Conflict
from backend.jobs.data.recipe_runs import controls_of, runs_of
from backend.jobs.planning import plans
from backend.jobs.planning.requirements import encoder_for
from backend.jobs.resume import epoch_rows
from backend.models import Case, Embedding, Encoder, JobLog
from backend.science.training import finetune
from backend.settings import Settings
from backend.storage.database import Database
from benchmarks.resume import killed_and_resumed, prepared
from shared import schemas as s
from tests.jobs import tiny

INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


@pytest.fixture
def cohort(settings: Settings) -> str:
    made = tiny.store_studies(settings, 8)
    tiny.done(tiny.run(settings, s.PretrainParams(cohort_id=made, input=INPUT, epochs=1, batch=4, decoder_width=16)))
    return made


def asked(cohort: str, **changes: object) -> s.FinetuneParams:
    fields = {"cohort_id": cohort, "task": "volume", "epochs": 2, "batch": 4, "checkpoint_every": 1, "seed": 3}
    return s.FinetuneParams.model_validate(fields | changes)


def test_one_request_makes_runs_and_controls_of_one_recipe(settings, database, cohort, monkeypatch) -> None:
    shown: list[tuple[list[float], finetune.Split]] = []
    real = finetune.finetune

    def seen(start, cases, *rest, **options):
        shown.append((list(cases.targets), cases.split))
        return real(start, cases, *rest, **options)

    monkeypatch.setattr(finetune, "finetune", seen)
    job = tiny.run(settings, asked(cohort, seeds=2, shuffle_labels=1))
    result = tiny.done(job)
    with database.read() as session:
        first = session.get_one(Encoder, result["encoder_id"])
        runs, controls = runs_of(session, first), controls_of(session, first)
        epochs = epoch_rows.epochs_of(session, job.id)
        embedded = set(session.scalars(select(Embedding.encoder_id)))
        passed = session.scalars(select(Encoder).where(Encoder.run_id.is_not(None))).all()
        lines = list(session.scalars(select(JobLog.line).where(JobLog.job_id == job.id)))
        cases = session.scalars(select(Case).order_by(Case.study_id)).all()
        assert runs_of(session, controls[0]) == runs
        assert encoder_for(session, cohort, "ft", "volume", None) == first, "neither the newer run nor the control"
    assert [run.id for run in runs] == result["runs"]
    assert [run.id for run in controls] == result["controls"]
    assert [(e.run_number, e.control, e.settings["seed"]) for e in [*runs, *controls]] == [
        (0, None, 3),
        (1, None, 4),
        (0, "shuffled_labels", 3),
    ]
    assert {e.recipe_id for e in [*runs, *controls]} == {first.id}
    assert len({e.name for e in [*runs, *controls]}) == len({e.sha256 for e in [*runs, *controls]}) == 3
    assert embedded >= {e.id for e in [*runs, *controls]}
    assert [(row.run_number, row.epoch) for row in epochs] == [(n, e) for n in (0, 1, 2) for e in (1, 2)]
    assert sorted((row.run_id, row.control) for row in passed) == sorted((e.id, e.control) for e in [*runs, *controls])
    assert any("Control 1 of 1: Fine-tuning volume" in line and "epoch 2 of 2" in line for line in lines)
    assert "permuted" in " ".join(controls[0].metrics["notes"])
    assert "permuted" not in " ".join(runs[1].metrics["notes"])
    own = [case.gland_ml for case in cases]
    (of_first, split), (of_second, _), (of_control, _) = shown
    assert of_first == of_second == own
    held_out = [*split.val, *split.test]
    assert [of_control[row] for row in held_out] == [own[row] for row in held_out]
    assert sorted(of_control[row] for row in split.train) == sorted(own[row] for row in split.train)
    assert [of_control[row] for row in split.train] != [own[row] for row in split.train]


def test_a_later_request_takes_over_the_runs_there_are(settings, database, cohort) -> None:
    alone = tiny.done(tiny.run(settings, asked(cohort)))["encoder_id"]
    with database.read() as session:
        row = session.get_one(Encoder, alone)
        assert (row.recipe_id, row.run_number, row.control) == (None, None, None)
        assert (runs_of(session, row), controls_of(session, row)) == ([row], [])
        plan = plans.plan(session, settings, asked(cohort, seeds=3, shuffle_labels=1))
    assert "(3 runs, 1 control)" in plan.title
    assert "This is done 3 times, with the seeds 3 to 5; every run is embedded." in plan.sentences
    assert "1 of the 4 trainings were done before and are taken over." in plan.sentences
    job = tiny.run(settings, asked(cohort, seed=4))
    later = tiny.done(job)["encoder_id"]
    several = tiny.run(settings, asked(cohort, seeds=2))
    result = tiny.done(several)
    assert (result["runs"], result["cached"]) == ([alone, later], True)
    more = tiny.done(tiny.run(settings, asked(cohort, seed=4, seeds=2)))
    with database.read() as session:
        runs = runs_of(session, session.get_one(Encoder, later))
        assert encoder_for(session, cohort, "ft", "volume", None).id == alone
    assert [run.id for run in runs] == [alone, *more["runs"]]
    assert [run.run_number for run in runs] == [0, 1, 2]


def test_labels_that_are_all_the_same_are_refused_before_anything_is_trained(settings, database, cohort) -> None:
    with database.write() as session:
        for case in session.scalars(select(Case)).all():
            case.split = "train" if case.pirads == 4 else "test"
    with pytest.raises(Conflict, match="cannot be learned from the training patients: of their studies 0 are 1-2, 0"):
        tiny.run(settings, asked(cohort, task="pirads", shuffle_labels=1))


def test_runs_killed_at_a_random_moment_end_as_if_they_had_not_been(tmp_path: Path) -> None:
    site = prepared(tmp_path, studies=8, epochs=2, seeds=2, controls=1)
    report = killed_and_resumed(site, kills=1, seed=5, end_here=True)
    assert (report.kills, report.epochs) == (1, 6)
    assert 3 <= report.epochs_at_kill[0] < 6, "in the second run, or a little later"
    assert report.largest_difference == 0.0
    assert report.same_weights
    database = Database(site.settings)
    with database.read() as session:
        rows = session.scalars(select(Encoder).where(Encoder.recipe_id.is_not(None))).all()
    database.close()
    assert sorted((row.control or "", row.run_number) for row in rows) == [("", 0), ("", 1), ("shuffled_labels", 0)]
