"""Limits a session to projects: every statement on it sees their rows alone, whatever the statement says.

The condition is added where a statement is executed, to every table that belongs to a project, so a route that does not
ask cannot show the rows of others. A session without limit (command line, worker) sees everything. Statements on
bare tables (`Model.__table__`) are not limited; a test refuses them in code that answers requests.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.util import LoaderCriteriaOption

from backend.models import Project
from backend.storage.database import Database
from backend.storage.project_criteria import project_criteria

_KEY, _ASK = "project scope", "what says the project scope"


@dataclass(frozen=True)
class Scope:
    """The projects a session is limited to; `everything` where they are all there are, so that nothing is added."""

    projects: frozenset[str] = frozenset()
    everything: bool = False

    @cached_property
    def criteria(self) -> tuple[LoaderCriteriaOption, ...]:
        """The conditions, one for each table that belongs to a project."""
        return tuple(project_criteria(sorted(self.projects)))


NOTHING = Scope()
"""Of a request whose sender is not known yet."""


class ScopedDatabase(Database):
    """A database whose every session is limited, by what `scope_of` says at its first statement.

    So opening a session locks nothing: the request may still have to wait for a thread that uses it.
    """

    def __init__(self, database: Database, scope_of: Callable[[Session], Scope]) -> None:
        self.engine = database.engine
        self._database, self._scope_of = database, scope_of

    @contextmanager
    def write(self) -> Iterator[Session]:
        """As `Database.write`."""
        with self._database.write() as session:
            session.info[_ASK] = self._scope_of
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """As `Database.read`."""
        with self._database.read() as session:
            session.info[_ASK] = self._scope_of
            yield session


def limit(session: Session, scope: Scope) -> None:
    """From now on the session sees the rows of these projects alone."""
    session.info.pop(_ASK, None)
    session.info[_KEY] = scope


def narrow(session: Session, project_id: str) -> None:
    """From now on the session sees the rows of this one project, and only if it saw them before."""
    before = scope_of(session)
    if before is None or project_id in before.projects:
        limit(session, only(session, project_id))
    else:
        limit(session, NOTHING)


@contextmanager
def limited(session: Session, scope: Scope | None) -> Iterator[None]:
    """Another limit for some statements."""
    before = scope_of(session)
    session.info[_KEY] = scope
    try:
        yield
    finally:
        session.info[_KEY] = before


def unlimited(session: Session) -> AbstractContextManager[None]:
    """Lifts the limit for statements that answer nobody: the order of the queue, whether a key is taken."""
    return limited(session, None)


def only(session: Session, project_id: str) -> Scope:
    """The scope of one project."""
    return Scope(frozenset((project_id,)), everything=set(session.scalars(select(Project.id))) == {project_id})


def scope_of(session: Session) -> Scope | None:
    """What a session is limited to; None where it is not. Asked for at the first need, and then kept."""
    ask: Callable[[Session], Scope] | None = session.info.pop(_ASK, None)
    if ask is not None:
        scope = NOTHING  # also where asking fails
        try:
            scope = ask(session)
        finally:
            session.info[_KEY] = scope
    found: Scope | None = session.info.get(_KEY)
    return found


def sees(session: Session, project_id: str) -> bool:
    """Whether a session sees the rows of a project."""
    scope = scope_of(session)
    return scope is None or project_id in scope.projects


@event.listens_for(Session, "do_orm_execute")
def _limit_statement(state: ORMExecuteState) -> None:
    scope = scope_of(state.session)
    if scope is None or scope.everything or state.is_column_load or state.is_relationship_load:
        return  # columns and related rows come with the conditions of the statement that read their parent
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(*scope.criteria)
