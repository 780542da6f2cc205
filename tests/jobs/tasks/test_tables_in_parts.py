"""Tables are stored in parts: nobody waits long for the database, and an import that was stopped goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from sqlalchemy import event, func, select

from backend.jobs import transitions
from backend.jobs.context import JobContext
from backend.jobs.data import tables_cohort
from backend.jobs.data.tables_cohort import Facts, PlannedCohort, plan, store
from backend.jobs.data.unfinished_tables import STORING
from backend.jobs.tasks import import_tables
from backend.models import Case, CaseDecision, Cohort, Embedding, Encoder, Radiomics
from backend.science.synthetic.tables import synth_tables
from backend.science.tables.types import Embeddings
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database, upgrade
from shared import schemas as s
from tests.jobs import tiny

PATIENTS, PART = 40, 9


class Stopped(BaseException):
    """As a kill: nothing in between can catch it."""


@pytest.fixture
def params(tmp_path, monkeypatch) -> s.ImportTablesParams:
    monkeypatch.setattr(tables_cohort, "PART_STUDIES", PART)
    drawn = synth_tables(PATIENTS, k_per_modality=36, d=24, seed=3, scenario="planted")
    files = {name: str(tmp_path / f"{name}.csv") for name in ("pre", "ft", "radiomics", "clinical")}
    for name, path in files.items():
        getattr(drawn, name).to_csv(path, index=False)
    return s.ImportTablesParams(cohort="mine", **files)


@contextmanager
def stopped_after(parts: int, monkeypatch) -> Iterator[None]:
    """Stops the import before the next part is stored."""
    told = iter(range(parts))

    def wrapped(database: Database, name: str, planned: PlannedCohort, task: str, facts: Facts, _: object) -> None:
        def progress(_done: int, _total: int) -> None:
            if next(told, None) is None:
                raise Stopped

        store(database, name, planned, task, facts, progress)

    with monkeypatch.context() as patch:
        patch.setattr(import_tables, "store", wrapped)
        yield


def stored(database: Database) -> dict[str, tuple[object, ...]]:
    """Everything of each study, by study id."""
    with database.read() as session:
        found = {}
        for case in session.scalars(select(Case)):
            embedded = session.execute(
                select(Encoder.stage, Embedding.values).join(Encoder).where(Embedding.case_id == case.id)
            ).all()
            measured = session.scalars(select(Radiomics).where(Radiomics.case_id == case.id)).one()
            found[case.study_id] = (
                (case.patient_id, case.pirads, case.psa, measured.roi, measured.feature_list_id),
                *(embedded_values.tobytes() for _, embedded_values in sorted(embedded, key=lambda one: one[0])),
                None if measured.values is None else measured.values.tobytes(),
            )
        return found


def test_no_transaction_stores_more_than_a_part(settings: Settings, database: Database, params) -> None:
    sizes: list[int] = []
    planned = plan(import_tables._read(context_of(settings, database), params), "gland", intersect=False)
    with database.write() as session:
        session.add(Cohort(name="mine", kind="tables"))
    inserted: list[int] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def count(_connection, _cursor, statement, parameters, _context, many) -> None:
        if statement.startswith("INSERT INTO cases"):
            inserted.append(len(parameters) if many else 1)

    @event.listens_for(database.engine, "commit")
    def ended(_connection) -> None:
        sizes.append(sum(inserted))
        inserted.clear()

    told: list[tuple[int, int]] = []
    store(database, "mine", planned, "pirads", Facts(), lambda done, total: told.append((done, total)))
    assert sum(sizes) == PATIENTS
    assert max(sizes) == PART
    assert told == [(0, 40), (9, 40), (18, 40), (27, 40), (36, 40), (40, 40)]


def test_large_studies_make_small_parts(settings: Settings, database: Database, params, monkeypatch) -> None:
    monkeypatch.setattr(tables_cohort, "PART_BYTES", 8 * (2 * 24 + 3 * 36) * 2)  # the values of two studies
    planned = plan(import_tables._read(context_of(settings, database), params), "gland", intersect=False)
    with database.write() as session:
        session.add(Cohort(name="mine", kind="tables"))
    told: list[int] = []
    store(database, "mine", planned, "pirads", Facts(), lambda done, _total: told.append(done))
    assert told == list(range(0, 41, 2))


def test_an_import_that_was_stopped_goes_on_behind_its_last_part(
    settings: Settings, database: Database, params, monkeypatch
) -> None:
    job = tiny.submit(settings, params)
    with stopped_after(3, monkeypatch), pytest.raises(Stopped):
        tiny.run_submitted(settings, job)
    with database.read() as session:
        first = set(session.scalars(select(Case.id)))
        cohort = session.scalars(select(Cohort)).one()
        assert cohort.settings[STORING] is True
        encoders = set(session.scalars(select(Encoder.id)))
    assert len(first) == 3 * PART
    refused = analysed(settings, cohort.id)
    assert refused.state == "failed"
    assert refused.error.startswith("The tables of 'mine' are not all stored yet")
    tiny.done(tiny.run_submitted(settings, job))
    with database.read() as session:
        assert first < set(session.scalars(select(Case.id)))
        assert set(session.scalars(select(Encoder.id))) == encoders
        assert STORING not in session.scalars(select(Cohort)).one().settings
    other = Settings(**settings.model_dump() | {"data_dir": settings.data_dir.with_name("other")})
    tiny_folder(other)
    tiny.done(tiny.run(other, params))
    whole = Database(other)
    assert stored(database) == stored(whole)
    whole.close()
    assert tiny.done(analysed(settings, cohort.id))["analysis_id"]


def test_a_finished_import_that_runs_once_more_stores_nothing(settings: Settings, database: Database, params) -> None:
    job = tiny.submit(settings, params)
    tiny.done(tiny.run_submitted(settings, job))
    before = stored(database)
    assert tiny.done(tiny.run_submitted(settings, job))["accepted"] == PATIENTS
    assert stored(database) == before


def test_other_tables_under_the_name_replace_what_an_unfinished_import_left(
    settings: Settings, database: Database, params, monkeypatch
) -> None:
    job = tiny.submit(settings, params)
    with stopped_after(2, monkeypatch), pytest.raises(Stopped):
        tiny.run_submitted(settings, job)
    with database.write() as session:
        transitions.fail(session, job.id, "stopped")
    other = params.model_copy(update={"task": "volume"})
    tiny.done(tiny.run(settings, other))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == PATIENTS
        assert session.scalar(select(func.count()).select_from(Embedding)) == 2 * PATIENTS
        assert [one.task for one in session.scalars(select(Encoder).order_by(Encoder.stage))] == ["volume", None]


def test_what_somebody_decided_about_a_part_is_not_lost(
    settings: Settings, database: Database, params, monkeypatch
) -> None:
    job = tiny.submit(settings, params)
    with stopped_after(1, monkeypatch), pytest.raises(Stopped):
        tiny.run_submitted(settings, job)
    with database.write() as session:
        transitions.fail(session, job.id, "stopped")
        case_id = session.scalars(select(Case.id)).first()
        session.add(CaseDecision(case_id=case_id, decision="approve", by="ana"))
    job = tiny.run(settings, params.model_copy(update={"task": "volume"}))
    assert job.state == "failed"
    assert "choose another name" in job.error
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(CaseDecision)) == 1


def test_the_work_grows_with_the_studies_and_not_with_their_square(
    settings: Settings, database: Database, params, monkeypatch
) -> None:
    given = import_tables._read(context_of(settings, database), params)
    calls: list[str] = []
    own = Embeddings.patient_of
    monkeypatch.setattr(Embeddings, "patient_of", lambda table: calls.append(table.name) or own(table))
    plan(given, "gland", intersect=False)
    assert len(calls) < PATIENTS / 2, "a dict of all patients was made for each study"


def test_a_tables_hash_is_of_all_its_rows_in_any_order(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    ids, values = tuple(f"{n:04d}" for n in range(1200)), rng.normal(size=(1200, 3))
    table = Embeddings(study_id=ids, patient_id=ids, values=values, name="a", dimensions=(0, 1, 2))
    turned = Embeddings(study_id=ids[::-1], patient_id=ids[::-1], values=values[::-1], name="b", dimensions=(0, 1, 2))
    assert table.content_sha256() == turned.content_sha256()
    changed = values.copy()
    changed[-1, -1] += 1e-12
    other = Embeddings(study_id=ids, patient_id=ids, values=changed, name="a", dimensions=(0, 1, 2))
    assert other.content_sha256() != table.content_sha256()


def context_of(settings: Settings, database: Database):
    class Quiet(JobContext):
        def progress(self, step: str, done: int, total: int) -> None:
            pass

    return Quiet(settings, database, BlobStore(settings.data_dir / "files"), "none", local=True)


def analysed(settings: Settings, cohort_id: str) -> s.Job:
    small = {"task": "pirads", "roi": "gland", "hidden": 8, "epochs": 2, "trust": False}
    return tiny.run(settings, s.AnalyseParams(cohort_id=cohort_id, **small))


def tiny_folder(settings: Settings) -> None:
    (settings.data_dir / "locks").mkdir(parents=True)
    upgrade(settings)
