"""Notes and stars on an analysis, on a feature of one, or on a case."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.base import Id, Schema

MOST_OF_A_NOTE = 2000
"""Characters."""


class Marked(Schema):
    """What a note or star is on: an analysis, a feature of it (both fields), or a case."""

    analysis_id: Id | None = None
    feature: Id | None = Field(default=None, description="PyRadiomics name with its modality, of the analysis.")
    case_id: Id | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.analysis_id is None) == (self.case_id is None):
            raise ValueError("name either an analysis or a case, in analysis_id or case_id")
        if self.feature is not None and self.analysis_id is None:
            raise ValueError("a feature belongs to an analysis; give analysis_id too")
        return self


class NoteCreate(Marked):
    """A note to be written: plain text, no markup."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_OF_A_NOTE)]


class Note(Schema):
    """A note as every signed-in user reads it."""

    id: str
    analysis_id: str | None
    feature: str | None
    case_id: str | None
    text: str
    by: str = Field(description="Name of the user who wrote it.")
    at: datetime


class StarCreate(Marked):
    """A star to be set for oneself."""


class Star(Schema):
    """A star as its owner sees it; nobody else does."""

    id: str
    analysis_id: str | None
    feature: str | None
    case_id: str | None
    at: datetime
