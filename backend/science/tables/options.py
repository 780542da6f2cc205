"""What a reader may be told of tables beyond their files, and whether it was of use."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.errors import BadSettings
from backend.science.text_format import named

Lesions = Literal["largest", "mean", "each"]
_MODALITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+\-]{0,23}")
NEEDED_BY = {
    "modality": "is for features whose names carry no modality",
    "modality_from": "is for tables with a row a modality, whose features carry none",
    "study_id_column": "names a column",
    "patient_id_column": "names a column",
    "lesions": "is for radiomics with several rows a study",
    "id_file": "is for arrays without ids (.npy, .npz, .pt, .h5ad)",
}


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Options of reading; each is refused by `check_used` where no table had a use for it."""

    modality: str | None = None
    modality_from: str | None = None
    study_id_column: str | None = None
    patient_id_column: str | None = None
    lesions: Lesions | None = None
    id_file: Path | None = None

    def __post_init__(self) -> None:
        check_modality(self.modality)

    def given(self) -> dict[str, str]:
        """The options that are set, as they are typed."""
        return {name: str(value) for name in NEEDED_BY if (value := getattr(self, name)) is not None}


def check_modality(name: str | None) -> None:
    """Refuses (BadSettings) a modality that cannot stand in front of a feature's name."""
    if name is not None and not _MODALITY.fullmatch(name):
        raise BadSettings(
            f"{name[:40]!r} is no name of a modality: at most 24 letters, digits, '.', '+' and '-', as in T2 or CT."
        )


NO_OPTIONS = TableOptions()


def option(name: str) -> str:
    """An option as it is typed: `--modality-from`."""
    return "--" + name.replace("_", "-")


def check_used(options: TableOptions, used: Iterable[frozenset[str]], files: Iterable[str]) -> None:
    """Refuses (BadSettings) an option that no table had a use for."""
    known = frozenset().union(*used)
    for name, value in options.given().items():
        if name not in known:
            shown = Path(value).name if name == "id_file" else value
            raise BadSettings(
                f"{option(name)} {shown} {NEEDED_BY[name]}, and none of the tables "
                f"({named(list(dict.fromkeys(files)))}) has a use for it; leave it out or correct it."
            )
