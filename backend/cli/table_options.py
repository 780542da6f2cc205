"""Options of commands that read tables, and the file names they take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backend.errors import BadSettings
from shared.schemas.protocol_parts import REGION_NAME

if TYPE_CHECKING:
    from backend.science.tables.options import TableOptions

RadiomicsFiles = Annotated[
    list[str],
    typer.Option(
        metavar="FILE|NAME=FILE",
        help="Radiomics: ids, then <MODALITY>_<PyRadiomics name>. NAME=FILE: all features are those of modality NAME; "
        "repeat.",
    ),
]
ModalityName = Annotated[str | None, typer.Option("--modality", help="Modality of features whose names carry none.")]
ModalityFrom = Annotated[
    str | None,
    typer.Option(
        "--modality-from",
        metavar="COLUMN[=PATTERN]",
        help="Column that states the modality of a row, or names its image file; Image=*_{modality}.nii.gz says where.",
    ),
]
StudyColumn = Annotated[
    str | None,
    typer.Option("--study-id-column", metavar="COLUMN", help="Column of study ids; found by name unless told."),
]
PatientColumn = Annotated[
    str | None,
    typer.Option("--patient-id-column", metavar="COLUMN", help="Column of patient ids; found by name unless told."),
]
ModalityOrder = Annotated[
    str | None,
    typer.Option("--modality-order", metavar="A,B,...", help="Order of modalities in lists; others follow by name."),
]
LesionRule = Annotated[
    Literal["largest", "mean", "each"] | None,
    typer.Option("--lesions", help="What to do with several rows of radiomics a study; each: a row is a lesion."),
]
IdFile = Annotated[
    Path | None,
    typer.Option("--id-file", help="Ids of the rows of arrays without any: one a line, or a table; same order."),
]


def _region(name: str | None) -> str | None:
    if name is not None and not REGION_NAME.fullmatch(name):
        raise typer.BadParameter(f"{name[:40]!r} is no name of a region; write 1 to 24 letters, digits, '-' or '_'.")
    return name


RegionName = Annotated[str | None, typer.Option("--roi", help="Region the radiomics come from.", callback=_region)]


def table_options(
    modality: str | None,
    modality_from: str | None,
    study_id_column: str | None,
    patient_id_column: str | None,
    lesions: Literal["largest", "mean", "each"] | None,
    id_file: Path | None,
) -> "TableOptions":
    """The options as the readers take them."""
    from backend.science.tables.options import TableOptions

    return TableOptions(modality, modality_from, study_id_column, patient_id_column, lesions, id_file)


def radiomics_files(values: list[str]) -> dict[Path, str | None]:
    """`FILE` or `NAME=FILE` by file, with the modality. Refuses (BadSettings) several files without a modality each."""
    found: dict[Path, str | None] = {}
    for value in values:
        name, mark, file = value.partition("=")
        named = bool(mark) and "/" not in name and not Path(value).is_file()
        path = Path(file) if named else Path(value)
        if named and not (name and file):
            raise BadSettings(f"--radiomics {value!r}: write it as NAME=FILE, as in T2=t2.csv.")
        if path in found:
            raise BadSettings(f"--radiomics: {path.name} is given twice; give every file once.")
        found[path] = name if named else None
    return found
