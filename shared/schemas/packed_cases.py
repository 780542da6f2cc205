"""Every case of a cohort as columns: what a page of 20 000 cases holds to filter, count and list them."""

from typing import Any

from pydantic import Field

from shared.schemas.base import Schema, UnreadableRow


class PackedCases(Schema):
    """The cases of a cohort by study id: the fields of `Case`, and two of `QualityRow`, each a column."""

    cohort_id: str
    n: int
    same: dict[str, Any] = Field(description="Fields that every case has the same value of, and that value.")
    columns: dict[str, list[Any]] = Field(description="The other fields, `n` values each, in the order of the cases.")
    unreadable: list[UnreadableRow] = Field(description="Damaged cases, which the columns lack.")
