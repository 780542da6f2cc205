"""Two to eight analyses or runs in one matrix: effect and flag of each, and how far they agree."""

from typing import ClassVar, Literal

from pydantic import Field

from shared.schemas.base import Roi, Schema, Task
from shared.schemas.trusted import Flag

MatrixBy = Literal["modality_class", "class", "modality", "image_type", "feature"]
Agreement = Literal["stronger", "weaker", "label_borne", "opposite", "one", "none"]
"""`stronger`, `weaker`, `label_borne`: flagged alike in all that could be read; `opposite`: flagged with both signs;
`one`: flagged in some and not in others; `none`: flagged in none."""


class MatrixMember(Schema):
    """One column: an analysis, and what limits its comparison with the first one."""

    analysis_id: str
    label: str
    cohort_name: str
    task: Task
    roi: Roi
    n_patients: int
    n_studies: int
    recipe_id: str | None = Field(description="Columns of one recipe, region and patients are replicates.")
    notes: list[str] = Field(description="What differs from the first column, each a sentence.")


class MatrixCell(Schema):
    """What one analysis says of one row; without an effect, `missing` says why."""

    effect: float | None = None
    low: float | None = None
    high: float | None = None
    flag: Flag | None = None
    missing: str = ""


class MatrixSpread(Schema):
    """Replicates of one recipe in one row: the mean of their effects, and their standard deviation."""

    recipe_id: str
    members: list[int] = Field(description="Places in `members`.")
    mean: float
    sd: float


class MatrixRow(Schema):
    """One group or feature in every analysis."""

    name: str
    label: str
    cells: list[MatrixCell]
    agreement: Agreement
    spreads: list[MatrixSpread]


class MatrixPair(Schema):
    """How alike two columns are over the features that both have and can read."""

    first: int
    second: int
    n_features: int
    n_same_flag: int
    correlation: float | None


class ComparisonMatrix(Schema):
    """Analyses beside each other from what is stored; rows by the largest effect, either sign."""

    by: MatrixBy
    members: list[MatrixMember]
    rows: list[MatrixRow]
    total: int = Field(description="Rows there are; a query with a `limit` gets the first.")
    pairs: list[MatrixPair]


class MatrixLine(Schema):
    """One cell of the matrix as a line of a table."""

    FIRST_COLUMNS: ClassVar[tuple[str, ...]] = ("name", "label", "analysis", "analysis_id", "n_patients")

    name: str
    label: str
    analysis: str
    analysis_id: str
    n_patients: int
    effect: float | None
    low: float | None
    high: float | None
    flag: Flag | None
    missing: str
    agreement: Agreement
