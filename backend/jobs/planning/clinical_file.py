"""The file of a clinical table, as text with separators or as an Excel workbook."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.ingest.clinical import ClinicalTable, clinical_table, read_clinical
from backend.science.tables.formats.columns import Kind
from backend.science.tables.readers import read_columns

WORKBOOK = ".xlsx"
NAMES = ("clinical.csv", "marksheet.csv", "clinical.tsv", "clinical.xlsx")
"""Tables that are taken where they lie beside the studies and none is named."""


def clinical_file(path: Path) -> ClinicalTable:
    """The clinical table of a file. Raises BadFile or BadTable."""
    if path.suffix.lower() != WORKBOOK:
        return read_clinical(path)
    columns = {name: words for name, words in read_columns(path, _all_text).text.items() if name.strip()}
    return clinical_table(list(columns), list(zip(*columns.values(), strict=True)), path.name)


def _all_text(names: Sequence[str]) -> Mapping[str, Kind]:
    return dict.fromkeys(names, "text")
