"""A session that is limited to a project sees its rows alone, whatever the statement."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, cast, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased, selectinload

from backend.models import Base, Case, CaseDecision, Cohort, Encoder, Job, Project, Volume
from backend.settings import Settings
from backend.storage import project_criteria
from backend.storage.database import Database, upgrade
from backend.storage.project_scope import NOTHING, Scope, ScopedDatabase, limit, narrow, only

ONE, OTHER = aliased(Case), aliased(Case)


def test_every_table_is_limited_or_says_why_not() -> None:
    limited = {option.entity.class_ for option in project_criteria.project_criteria(["x"]) if option.entity}
    tables = {mapper.class_ for mapper in Base.registry.mappers}
    assert tables - limited - set(project_criteria.FREE) == set(), "say in project_criteria which project a row is of"
    assert not limited & set(project_criteria.FREE)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("scope"))
    upgrade(settings)
    opened = Database(settings)
    with opened.write() as session:
        for name in ("a", "b"):
            session.add(Project(id=name, name=name))
            session.flush()
            session.add(Cohort(id=f"cohort-{name}", project_id=name, name="prostates", kind="images"))
            session.add(Job(id=f"job-{name}", project_id=name, kind="k", title="t", lane="cpu", params={}, position=1))
            session.flush()
            session.add(Case(id=f"case-{name}", cohort_id=f"cohort-{name}", study_id=name, patient_id=name))
            session.flush()
            for kind in ("T2",) if name == "a" else ("T2", "ADC"):
                session.add(_volume(name, kind))
            session.add(CaseDecision(id=f"decision-{name}", case_id=f"case-{name}", decision="approve", by="ann"))
            fields = {"arch": "a", "sha256": "", "stage": "pre", "cache_key": name, "name": name}
            session.add(Encoder(id=f"encoder-{name}", cohort_id=f"cohort-{name}", **fields))
    yield opened
    opened.close()


def _volume(name: str, kind: str) -> Volume:
    grid: dict[str, list[float]] = {part: [] for part in ("size", "spacing", "origin", "direction")}
    fields = {"id": f"{kind}-{name}", "case_id": f"case-{name}", "kind": kind, "dtype": ""}
    return Volume(**fields, sha256="", source_sha256="", **grid)


WAYS: dict[str, Callable[[Session], object]] = {
    "by key": lambda session: [session.get(Case, f"case-{name}") is not None for name in "ab"],
    "rows": lambda session: [row.id for row in session.scalars(select(Case))],
    "a column": lambda session: session.scalars(select(Case.id)).all(),
    "a cast column": lambda session: session.scalars(select(cast(Case.id, LargeBinary))).all(),
    "a count": lambda session: session.scalar(select(func.count()).select_from(Volume)),
    "a count of rows": lambda session: session.scalar(
        select(func.count()).select_from(select(Volume).where(Volume.dtype == "").order_by(None).subquery())
    ),
    "the largest": lambda session: session.scalar(select(func.max(Case.study_id))),
    "a join": lambda session: session.execute(select(Volume.id, Case.study_id).join(Case)).all(),
    "a join said": lambda session: session.execute(
        select(func.count(Volume.id.distinct())).join(Case, Case.id == Volume.case_id)
    ).all(),
    "a child alone": lambda session: session.scalars(select(Volume.id).order_by(Volume.id)).all(),
    "twice the table": lambda session: session.execute(select(ONE.id, OTHER.id).join(OTHER, ONE.id == OTHER.id)).all(),
    "whether there is": lambda session: [
        session.scalar(select(exists().where(Case.id == f"case-{name}"))) for name in "ab"
    ],
    "a value inside": lambda session: session.scalars(
        select(CaseDecision.id).where(
            CaseDecision.case_id == select(Case.id).where(Case.id == "case-b").scalar_subquery()
        )
    ).all(),
    "groups": lambda session: session.execute(
        select(Case.cohort_id, func.count()).join(Cohort, Cohort.id == Case.cohort_id).group_by(Case.cohort_id)
    ).all(),
    "a union": lambda session: sorted(session.scalars(select(Case.id).union(select(Cohort.id))).all()),
    "with its children": lambda session: [
        (row.id, len(row.volumes)) for row in session.scalars(select(Case).options(selectinload(Case.volumes)))
    ],
    "its parent": lambda session: [row.case.id for row in session.scalars(select(CaseDecision))],
    "a change": lambda session: session.scalars(
        update(Job).where(Job.kind == "k").values(state="done").returning(Job.id)
    ).all(),
    "a removal": lambda session: session.scalars(
        delete(CaseDecision).where(CaseDecision.by == "ann").returning(CaseDecision.id)
    ).all(),
}


def _as_told(answer: object) -> object:
    """An answer without its order, which a database chooses where nobody asks for one."""
    return sorted(map(repr, answer)) if isinstance(answer, list) else repr(answer)


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_asked_is_of_the_project(database: Database, way: str) -> None:
    seen = {name: _ask(database, WAYS[way], [name]) for name in ("a", "b")}
    assert seen["a"] != seen["b"]
    assert "-b" not in repr(seen["a"])
    assert "-a" not in repr(seen["b"])
    assert repr(_ask(database, WAYS[way], [])) in ("[]", "0", "None", "[False, False]", "[(0,)]")
    assert _as_told(_ask(database, WAYS[way], ["a", "b"])) == _as_told(_ask(database, WAYS[way], None))


def _ask(database: Database, way: Callable[[Session], object], projects: Sequence[str] | None) -> object:
    """What a statement gives; None asks without limit. Changes are undone."""
    with database.write() as session:
        if projects is not None:
            limit(session, Scope(frozenset(projects)))
        found = way(session)
        session.rollback()
        return found


def test_a_session_is_limited_when_it_is_opened_and_can_only_be_narrowed(database: Database) -> None:
    scoped = ScopedDatabase(database, lambda session: only(session, "a"))
    with scoped.read() as session:
        assert session.scalars(select(Cohort.id)).all() == ["cohort-a"]
        narrow(session, "b")
        assert session.scalars(select(Cohort.id)).all() == []
    with scoped.write() as session:
        assert session.scalars(select(Job.id)).all() == ["job-a"]
    with database.read() as session:
        assert len(session.scalars(select(Cohort.id)).all()) == 2
        narrow(session, "b")
        assert session.scalars(select(Cohort.id)).all() == ["cohort-b"]


def test_nothing_is_added_where_one_sees_every_project(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    alone = Database(settings)
    with alone.read() as session:
        assert only(session, "default") == Scope(frozenset({"default"}), everything=True)
        limit(session, NOTHING)
        assert session.scalars(select(Project.id)).all() == ["default"]  # no row of one
    alone.close()
