"""Subgroups of a cohort: the cases that conditions choose, and what can be asked of each column."""

from typing import Annotated, Literal

from pydantic import Field

from shared.conditions import MOST_CHARACTERS
from shared.schemas.base import Schema

Where = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
"""Conditions as text, such as `psa>10,center=A|B`; `shared/conditions.py` has the grammar."""


class SubgroupValue(Schema):
    """A value of a column: how many accepted cases hold it, and how many of them the other columns' conditions keep."""

    value: str = Field(description="As a condition writes it, without quotes.")
    n_cases: int
    n_kept: int


class SubgroupColumn(Schema):
    """A column that conditions can name."""

    name: str
    words: str = Field(description="What sentences call it.")
    kind: Literal["number", "class"]
    unit: str = ""
    n_known: int = Field(description="Accepted cases whose value is known.")
    n_missing: int
    low: float | None = None
    high: float | None = None
    values: list[SubgroupValue] = Field(
        description="Classes, or numbers of which there are few; the most frequent sixty."
    )
    n_values: int = Field(description="Different values there are.")


class AnalysedSubgroup(Schema):
    """The part of its cohort that an analysis read."""

    where: str = Field(description="Its conditions in their one spelling.")
    words: str
    columns: list[str] = Field(description="The columns they ask, in words.")
    n_studies_all: int = Field(description="Accepted studies of the whole cohort then.")
    n_patients_all: int


class Subgroup(Schema):
    """The cases of a cohort that hold all conditions; without conditions all accepted ones."""

    cohort_id: str
    where: str | None = Field(description="The conditions in their one spelling; null = all accepted cases.")
    words: str = Field(description="The conditions in words, for titles; empty for all.")
    sentence: str
    n_cases: int
    n_patients: int
    n_cases_all: int = Field(description="Accepted cases of the cohort.")
    n_patients_all: int
    case_ids: list[str] = Field(description="Accepted cases that hold the conditions, by study id.")
    study_ids: list[str] = Field(description="Their study ids, in the same order.")
    other_case_ids: list[str] = Field(description="Refused and excluded cases that hold them; they are not analysed.")
    columns: list[SubgroupColumn]
