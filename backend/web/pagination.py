"""Lists: one page as JSON by `limit` and `cursor`, all rows as CSV under the same address with `.csv`.

Most lists answer an envelope (`Page`) of `DEFAULT_PAGE_ROWS` rows. Plain arrays, and lists inside another answer, are
short: they come whole unless the query names a `limit`.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.params import Depends as DependsMarker
from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from backend.storage.readable_rows import Convert, Readable, read_each
from backend.web.dependencies import ReadSessionDep
from backend.web.exports import EXPORT
from backend.web.settled_route import settled
from shared import schemas as s
from shared.csv_cells import neutral

T = TypeVar("T", bound=s.Schema)
Row = TypeVar("Row")
MAX_PAGE_ROWS = 1000
"""Most rows of one page: about 1 MB of the longest rows (`RankingRow`)."""
ID_COLUMNS = ("id", "case_id")
"""Columns that name the row itself."""
DEFAULT_PAGE_ROWS = 100
"""Rows of a page whose query names no `limit`: some screens of a table."""


class CsvResponse(Response):
    """Comma separated values, UTF-8."""

    media_type = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The part of a list that a query asks for: at most `limit` rows (None: all) after the first `offset`."""

    limit: int | None
    offset: int

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of this part, cut from the whole list."""
        return list(rows[self.offset : None if self.limit is None else self.offset + self.limit])

    def next_cursor(self, items: int, total: int) -> str | None:
        """The cursor of the page after this one, which has `items` rows; None on the last page."""
        seen = self.offset + items
        return str(seen) if items and seen < total else None


WHOLE = PageRequest(None, 0)
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$", description="`next_cursor` of the page before.")]


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_ROWS, description="Rows in this page.")] = DEFAULT_PAGE_ROWS,
    cursor: Cursor = None,
) -> PageRequest:
    """The page that the query names, or the first."""
    return PageRequest(limit, int(cursor or 0))


def _optional_page(
    limit: Annotated[
        int | None, Query(ge=1, le=MAX_PAGE_ROWS, description="Rows in this page; all if left out.")
    ] = None,
    cursor: Cursor = None,
) -> PageRequest:
    return PageRequest(limit, int(cursor or 0))


OptionalPage = Annotated[PageRequest, Depends(_optional_page)]
"""Dependency: the part of a list that the query names, or the whole list."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list of schemas that can be counted and read in parts."""

    count: Callable[[Session], int]
    read: Callable[[Session, PageRequest], Readable[T]]

    @classmethod
    def of(cls, statement: Select[Row], convert: Callable[[Session, Sequence[Row]], Sequence[T]]) -> Self:
        """A listing of the rows that `statement` selects; `convert` turns one page of rows into schemas.

        The rows are parts of one result: where one of them is damaged, the list is refused.
        """

        def read(session: Session, part: PageRequest) -> Readable[T]:
            rows = session.scalars(statement.offset(part.offset).limit(part.limit)).all()
            return Readable(list(convert(session, rows)), [])

        return cls(lambda session: _count(session, statement), read)

    @classmethod
    def of_each(cls, statement: Select[Any], convert: Convert[T], *options: Any) -> Self:
        """The same for rows of one table that stand each for itself: a damaged one is left out and named."""

        def read(session: Session, part: PageRequest) -> Readable[T]:
            return read_each(session, statement.offset(part.offset).limit(part.limit), convert, *options)

        return cls(lambda session: _count(session, statement), read)

    @classmethod
    def computed(cls, everything: Callable[[Session], Sequence[T]]) -> Self:
        """A listing of a short list that `everything` computes as a whole."""
        return cls.converted(everything, lambda one: one)

    @classmethod
    def converted(cls, everything: Callable[[Session], Sequence[Row]], convert: Callable[[Row], T]) -> Self:
        """A listing whose rows are found as a whole, once for count and page, and converted one by one where shown."""
        held: list[tuple[Session, Sequence[Row]]] = []

        def whole(session: Session) -> Sequence[Row]:
            if not held or held[0][0] is not session:
                held[:] = [(session, everything(session))]
            return held[0][1]

        def read(session: Session, part: PageRequest) -> Readable[T]:
            return Readable([convert(row) for row in part.of(whole(session))], [])

        return cls(lambda session: len(whole(session)), read)

    def page(self, session: Session, part: PageRequest) -> s.Page[T]:
        """One page of the list; its `next_cursor` is null on the last."""
        total = self.count(session)
        found = self.read(session, part)
        cursor = part.next_cursor(len(found.items) + len(found.unreadable), total)
        return s.Page(items=found.items, total=total, next_cursor=cursor, unreadable=found.unreadable)


def _count(session: Session, statement: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def add_list(
    router: APIRouter, path: str, schema: type[T], listing: Callable[..., Listing[T]], policy: DependsMarker
) -> None:
    """Add `GET path` and `GET path.csv`; `listing` is a dependency whose parameters are the list's filters."""
    listing = settled(listing)
    name, summary = _add_csv(router, path, schema, listing, policy)

    @router.get(path, dependencies=[policy], response_model=s.Page[schema], name=name, summary=summary)  # type: ignore[valid-type]  # the schema is known when the route is made
    def as_page(
        session: ReadSessionDep,
        found: Annotated[Listing[T], Depends(listing)],
        part: Annotated[PageRequest, Depends(page_request)],
    ) -> s.Page[T]:
        return found.page(session, part)


def add_array(
    router: APIRouter, path: str, schema: type[T], listing: Callable[..., Listing[T]], policy: DependsMarker
) -> None:
    """Add the routes of `add_list` for a body that is a plain array; the `Link` header names the next page."""
    listing = settled(listing)
    name, summary = _add_csv(router, path, schema, listing, policy)

    @router.get(path, dependencies=[policy], response_model=list[schema], name=name, summary=summary)  # type: ignore[valid-type]  # the schema is known when the route is made
    def as_array(
        request: Request,
        response: Response,
        session: ReadSessionDep,
        found: Annotated[Listing[T], Depends(listing)],
        part: OptionalPage,
    ) -> Sequence[T]:
        rows = found.read(session, part).items
        add_next_link(request, response, part.next_cursor(len(rows), found.count(session)))
        return rows


def _add_csv(
    router: APIRouter, path: str, schema: type[T], listing: Callable[..., Listing[T]], policy: DependsMarker
) -> tuple[str, str]:
    """Add `GET path.csv`; gives the name and the summary of the list's operations."""
    summary = (listing.__doc__ or "").partition("\n")[0].rstrip(".")
    name = listing.__name__

    @router.get(
        f"{path}.csv", dependencies=[policy, EXPORT], response_class=CsvResponse, name=f"{name}_csv", summary=summary
    )
    def as_csv(session: ReadSessionDep, found: Annotated[Listing[T], Depends(listing)]) -> CsvResponse:
        whole = found.read(session, WHOLE)
        return csv_response(schema, whole.items, [row.id for row in whole.unreadable])

    return name, summary


def add_next_link(request: Request, response: Response, cursor: str | None) -> None:
    """Add a `Link` header (RFC 8288) to the next page, unless this is the last."""
    if cursor is not None:
        response.headers["Link"] = f'<?{request.url.include_query_params(cursor=cursor).query}>; rel="next"'


def csv_response(schema: type[s.Schema], rows: Sequence[s.Schema], unreadable: Sequence[str] = ()) -> CsvResponse:
    """The rows as CSV, in the columns of their schema; numbers read back exactly, and no text is run as a formula.

    Rows that are `unreadable` come last, with their id alone, so that no table is shorter than it should be.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = schema.csv_columns()
    writer.writerow(columns)
    writer.writerows([csv_cell(getattr(row, column)) for column in columns] for row in rows)
    writer.writerows(
        [neutral(known) if column in ("id", "case_id") else "" for column in columns] for known in unreadable
    )
    return CsvResponse(text.getvalue().encode("utf-8", "replace"))


def csv_cell(value: Any) -> str:
    """One CSV cell: floats by repr, times as ISO 8601, nested schemas by their id, null as an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return neutral(str(getattr(value, "id", "") or value.model_dump_json()))
    if isinstance(value, list):
        return neutral("; ".join(csv_cell(item) for item in value))
    return neutral(json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))
