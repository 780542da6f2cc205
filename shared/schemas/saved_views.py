"""Saved views: an address of the dashboard under a name."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.conditions import MOST_CHARACTERS
from shared.schemas.base import Schema

ViewPage = Literal["overview", "shifts", "groups", "causes", "cases", "map", "compare"]
VIEW_PARAMETERS = frozenset(
    {
        *(
            "analysis",
            "roi",
            "modality",
            "sort",
            "feature",
            "cohort",
            "case",
            "k",
            "with",
            "job",
            "do",
            "again",
            "where",
            "is",
        ),
        *("by", "measure", "show", "class", "image", "flag", "q", "colour", "view", "points", "lines", "find"),
        *("starred", "order", "effects"),
    }
)
"""Names of the dashboard's query parameters (`frontend/state/query_parameters.py`; a test compares them)."""
CASE_FILTER = re.compile(r"[A-Za-z0-9_-]{1,60}")
"""On the page Cases the targets and regions of a protocol are names of filters, too."""
MOST_PARAMETERS = 40
LONGEST_VALUE = 300


def too_long(name: str, value: str) -> bool:
    """Whether a parameter is longer than a view keeps; conditions may name many studies."""
    return len(value) > (MOST_CHARACTERS if name == "where" else LONGEST_VALUE)


def kept(page: str, query: Mapping[str, str]) -> dict[str, str]:
    """The part of an address' query that a saved view of that page keeps."""
    return {name: value for name, value in query.items() if _is_known(page, name)}


def _is_known(page: str, name: str) -> bool:
    return name in VIEW_PARAMETERS or (page == "cases" and CASE_FILTER.fullmatch(name) is not None)


class SavedViewCreate(Schema):
    """A view to be saved under a name that its user has not given yet."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    page: ViewPage
    query: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=MOST_CHARACTERS)]] = Field(
        default={}, max_length=MOST_PARAMETERS, description="Query parameters of the dashboard's address."
    )

    @model_validator(mode="after")
    def _known_parameters(self) -> Self:
        unknown = sorted(set(self.query) - set(kept(self.page, self.query)))
        if unknown:
            raise ValueError(f"the page {self.page} has no parameter {unknown[0]!r}; leave it out")
        if any(too_long(name, value) for name, value in self.query.items()):
            raise ValueError(f"a value has at most {LONGEST_VALUE} characters; only conditions (`where`) may be longer")
        return self


class SavedView(Schema):
    """A saved view as the members of its project see it."""

    id: str
    name: str
    page: ViewPage
    query: dict[str, str]
    by: str = Field(description="Name of the user who saved it.")
    at: datetime
    project_id: str | None = Field(default=None, description="Its members see the view; null: its user alone.")
