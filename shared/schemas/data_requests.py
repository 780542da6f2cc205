"""Parameters of jobs that bring data in or measure it: synthetic cohorts, imports, extraction."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from shared.schemas.base import Id, Modality, Roi, Schema, Side, Step, Task
from shared.schemas.protocol import PROSTATE, Protocol
from shared.schemas.protocol_parts import RegionName
from shared.schemas.table_reading import ModalityOfTable, Path, TableReading


def _name_or_own(given: object) -> str:
    """So that a mistake in one's own protocol is told, and not that it is no name."""
    return "[name]" if isinstance(given, str) else "[own]"


ProtocolOrName = Annotated[
    Annotated[str, Field(max_length=24), Tag("[name]")] | Annotated[Protocol, Tag("[own]")],
    Discriminator(_name_or_own),
]


class SynthParams(Schema):
    """Write a synthetic cohort and import it; unless told, the T2 has 224 x 224 x 24 voxels of 0.5 x 0.5 x 3 mm.

    Brains have 112 x 132 x 50 voxels of 1.5 x 1.5 x 3 mm, chests 160 x 120 x 48 of 2 x 2 x 2.5 mm.
    """

    kind: Literal["synth"] = "synth"
    cohort: str = Field(min_length=1, max_length=80)
    cases: int = Field(default=40, ge=1, le=2000)
    seed: int = Field(default=0, ge=0)
    spacing_xyz_mm: tuple[Step, Step, Step] | None = Field(default=None, description="Of the T2 image, or of all.")
    size_xyz: tuple[Side, Side, Side] | None = Field(default=None, description="Voxels of the T2 image, or of all.")
    findings_enlarged: float = Field(
        default=1,
        ge=1,
        le=6,
        allow_inf_nan=False,
        exclude_if=lambda value: value == 1,  # requests that say nothing stay as they were
        description="How many times as large as in life the findings of drawn prostates are, so that a small encoder "
        "can learn to grade them.",
    )
    protocol: ProtocolOrName = Field(
        default=PROSTATE,
        exclude_if=lambda value: value == PROSTATE,  # requests that say nothing stay as they were
        description="What is drawn: prostates, brain-glioma-mri, lung-ct, or a made-up organ of your own protocol.",
    )


class ImportCasesParams(Schema):
    """Import images from a folder inside the allowed import roots."""

    kind: Literal["import_cases"] = "import_cases"
    cohort: str = Field(min_length=1, max_length=80)
    path: str = Field(min_length=1, max_length=1000)
    layout: Literal["auto", "picai", "dicom", "msd", "nnunet", "bids", "manifest"] = "auto"
    clinical: str | None = Field(default=None, max_length=1000)
    ids: Literal["ask", "keep", "pseudonymise"] = Field(
        default="ask", description="What to do with ids; `ask` refuses where names or dates are seen."
    )
    series: dict[Id, dict[Modality, Id]] = Field(
        default={}, description="Study id to modality to the series to take instead of the automatic choice."
    )
    zones: str | None = Field(default=None, max_length=200, description="Names of zone codes, such as 1=PZ,2=TZ.")
    checksums: str | None = Field(default=None, max_length=1000, description="Path of the sender's SHA-256 list.")
    protocol: ProtocolOrName = Field(
        default=PROSTATE,
        exclude_if=lambda value: value == PROSTATE,  # requests that say nothing stay as they were
        description="What the cases have: the name of a built-in protocol, or one of your own.",
    )


class ImportTablesParams(TableReading):
    """Import embeddings and radiomics that exist already."""

    kind: Literal["import_tables"] = "import_tables"
    cohort: str = Field(min_length=1, max_length=80)
    pre: Path
    ft: Path
    further_ft: Annotated[list[Path], Field(max_length=19)] = Field(
        default=[], description="Embeddings of further runs of the recipe of `ft`, which differ in the seed."
    )
    controls: Annotated[list[Path], Field(max_length=20)] = Field(
        default=[], description="Embeddings of runs of this recipe on shuffled labels."
    )
    radiomics: Path | None = Field(default=None, description="One table of radiomics; else `radiomics_of`.")
    radiomics_of: dict[ModalityOfTable, Path] = Field(
        default={}, max_length=24, description="Modality to the table that holds its radiomics."
    )
    clinical: str | None = Field(default=None, max_length=1000)
    task: Task = "pirads"
    roi: Roi = "gland"
    intersect: bool = False
    ids: Literal["ask", "keep", "pseudonymise"] = Field(
        default="ask", description="What to do with ids; `ask` refuses where names or dates are seen."
    )

    @model_validator(mode="after")
    def _one_way_of_radiomics(self) -> Self:
        if (self.radiomics is None) == (not self.radiomics_of):
            raise ValueError("give radiomics as one table, or one table a modality in radiomics_of")
        return self


class SynthTablesParams(Schema):
    """Compute a table-based sample with planted changes and import it."""

    kind: Literal["synth_tables"] = "synth_tables"
    cohort: str = Field(min_length=1, max_length=80)
    patients: int = Field(default=300, ge=20, le=5000)
    scenario: Id = "planted_all"
    seed: int = Field(default=0, ge=0)


class ExtractParams(Schema):
    """Extract radiomics of every accepted case.

    `settings` is `paper`, or the name of what `yaml` holds: the text of a PyRadiomics parameter file.
    """

    kind: Literal["extract"] = "extract"
    cohort_id: Id
    rois: list[RegionName] = Field(
        default=["gland", "lesion"],
        min_length=1,
        max_length=24,
        description="Regions of the cohort's protocol; all that are measured unless told.",
    )
    settings: str = Field(default="paper", max_length=200)
    yaml: str | None = Field(default=None, max_length=65536)
    shape: bool = False
