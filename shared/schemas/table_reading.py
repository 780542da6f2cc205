"""How tables are read, and what a check of them says before anything is stored."""

from typing import Annotated, Literal

from pydantic import Field

from shared.schemas.base import Schema

Path = Annotated[str, Field(min_length=1, max_length=1000)]
"""A file under an import root, where the request comes over the network."""
ModalityOfTable = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$", max_length=24)]
"""The name of a modality, in front of the names of features."""


class TableReading(Schema):
    """What a reader may be told of tables beyond their files; an option that no table has a use for is refused."""

    modality: ModalityOfTable | None = Field(default=None, description="Of features whose names carry none.")
    modality_from: str | None = Field(
        default=None,
        max_length=200,
        description="Column that states the modality of a row, or names its image file; `Image=*_{modality}.nii.gz` "
        "says where in the name it stands.",
    )
    study_id_column: str | None = Field(default=None, max_length=200)
    patient_id_column: str | None = Field(default=None, max_length=200)
    lesions: Literal["largest", "mean", "each"] | None = Field(
        default=None, description="What to do with several rows of radiomics a study."
    )
    id_file: str | None = Field(
        default=None, max_length=1000, description="Ids of the rows of arrays that hold none, in the same order."
    )


class TableFile(Schema):
    """A table, with the modality of all its features where that is known."""

    path: Path
    modality: ModalityOfTable | None = None


class TablesCheckParams(TableReading):
    """Tables to look at before they are imported."""

    files: list[TableFile] = Field(min_length=1, max_length=48)


class UnusedColumns(Schema):
    """Columns that are not used, of one reason; only administrators see their names."""

    why: str
    n: int
    names: list[str]


class CheckedColumn(Schema):
    """A column of a clinical table: `class` has few distinct values, `number` many that are numbers, else `text`."""

    name: str
    kind: Literal["class", "number", "text"]
    n_filled: int
    n_values: int


class CheckedTable(Schema):
    """What one table is; `problem` says why it cannot be used as it stands."""

    file: str
    kind: Literal["embeddings", "radiomics", "clinical", "unknown"]
    problem: str | None
    words: str = Field(description="What it is, in words.")
    n_rows: int
    n_studies: int
    n_patients: int
    n_columns: int
    missing_values: int
    modalities: list[str]
    notes: list[str] = Field(description="How it was read, where that is not plain.")
    unused: list[UnusedColumns]
    stage: Literal["pre", "ft", "control"] | None = Field(
        default=None, description="Of embeddings: which stage the file's name tells; null where it does not."
    )
    study_column: str = Field(default="", description="Column of study ids; empty where there is none.")
    patient_column: str = Field(default="", description="Column of patient ids; empty where there is none.")
    columns: list[CheckedColumn] = Field(
        default=[], description="Of a clinical table, without those whose names may be a person's."
    )


class SharedStudies(Schema):
    """How many studies two tables share."""

    first: str
    second: str
    n_shared: int
    only_first: int
    only_second: int
    first_missing: str | None = Field(description="The first study id that is not in both.")


class TablesCheck(Schema):
    """What tables are, what they share, and what is missing to analyse them."""

    files: list[CheckedTable]
    shared: list[SharedStudies]
    n_common: int
    missing: list[str]
