"""Lists: one page as JSON by `limit` and `cursor`, everything as CSV under the same address with `.csv`."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from fastapi.params import Depends as DependsMarker
from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from backend.routers.given import ReadSession
from shared import schemas as s
from shared.csv_cells import neutral

T = TypeVar("T", bound=s.Schema)
Row = TypeVar("Row")
MOST = 1000


class CsvResponse(Response):
    """Comma separated values, UTF-8."""

    media_type = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for; the cursor says how many rows were seen already."""

    limit: int
    offset: int


def window(
    limit: Annotated[int, Query(ge=1, le=MOST, description="Rows in this page.")] = 100,
    cursor: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,9}$", description="`next_cursor` of the page before.")
    ] = None,
) -> Window:
    """The page that the query names."""
    return Window(limit, int(cursor or 0))


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that can be counted and read in parts."""

    count: Callable[[Session], int]
    rows: Callable[[Session, int, int | None], Sequence[T]]

    @classmethod
    def of(cls, statement: Select[Row], convert: Callable[[Session, Sequence[Row]], Sequence[T]]) -> Self:
        """The rows a statement selects, turned into schemas a page at a time."""

        def count(session: Session) -> int:
            return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0

        def rows(session: Session, offset: int, limit: int | None) -> Sequence[T]:
            return convert(session, session.scalars(statement.offset(offset).limit(limit)).all())

        return cls(count, rows)

    @classmethod
    def computed(cls, everything: Callable[[Session], Sequence[T]]) -> Self:
        """A short list that is computed as a whole."""

        def rows(session: Session, offset: int, limit: int | None) -> Sequence[T]:
            return everything(session)[offset : None if limit is None else offset + limit]

        return cls(lambda session: len(everything(session)), rows)

    def page(self, session: Session, part: Window) -> s.Page[T]:
        """One page; `next_cursor` is null on the last."""
        total = self.count(session)
        items = self.rows(session, part.offset, part.limit)
        seen = part.offset + len(items)
        return s.Page(items=list(items), total=total, next_cursor=str(seen) if items and seen < total else None)


def add_list(
    router: APIRouter, path: str, schema: type[T], listing: Callable[..., Listing[T]], policy: DependsMarker
) -> None:
    """Adds `GET path` and `GET path.csv`; `listing` is a dependency whose parameters are the list's filters."""
    summary = (listing.__doc__ or "").partition("\n")[0].rstrip(".")
    name = listing.__name__

    @router.get(f"{path}.csv", dependencies=[policy], response_class=CsvResponse, name=f"{name}_csv", summary=summary)
    def as_csv(session: ReadSession, found: Annotated[Listing[T], Depends(listing)]) -> CsvResponse:
        return csv_answer(schema, found.rows(session, 0, None))

    @router.get(path, dependencies=[policy], response_model=s.Page[schema], name=name, summary=summary)  # type: ignore[valid-type]  # the schema is known when the route is made
    def as_page(
        session: ReadSession, found: Annotated[Listing[T], Depends(listing)], part: Annotated[Window, Depends(window)]
    ) -> s.Page[T]:
        return found.page(session, part)


def csv_answer(schema: type[s.Schema], rows: Sequence[s.Schema]) -> CsvResponse:
    """The rows as CSV with one column a field: numbers read back exactly, text never runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(schema.model_fields)
    writer.writerow(columns)
    writer.writerows([cell(getattr(row, column)) for column in columns] for row in rows)
    return CsvResponse(text.getvalue().encode("utf-8", "replace"))


def cell(value: Any) -> str:
    """One CSV cell: floats by repr, times as ISO 8601, other schemas by their id, nothing for null."""
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
        return neutral("; ".join(cell(item) for item in value))
    return neutral(json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))
