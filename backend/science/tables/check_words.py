"""The check of tables in words, and as plain values for JSON."""

from dataclasses import asdict
from typing import Any

from backend.science.tables.check import MOST_NAMED, TableCheck, TableFacts
from backend.science.tables.stage_names import stage_named
from backend.science.text_format import named

COLUMNS = {"embeddings": "dimensions", "radiomics": "features", "clinical": "columns", "unknown": "columns"}


def what_it_is(one: TableFacts) -> str:
    """`rad.csv: radiomics of T2, ADC, 60 rows, 60 studies of 60 patients, 12 features, 3 values missing`."""
    kind = f"{one.kind} of {', '.join(one.modalities)}" if one.modalities else one.kind
    gaps = f", {one.missing_values} values missing or infinite" if one.missing_values else ""
    return (
        f"{one.file}: {kind}, {one.n_rows} rows, {one.n_studies} studies of {one.n_patients} patients, "
        f"{one.n_columns} {COLUMNS[one.kind]}{gaps}"
    )


def not_used(one: TableFacts) -> list[str]:
    """Columns that are not used, those of one reason together."""
    return [f"{named(names, 6)}: {why}" for why, names in by_reason(one).items()]


def by_reason(one: TableFacts) -> dict[str, list[str]]:
    """Names of the columns that are not used, by the reason."""
    found: dict[str, list[str]] = {}
    for name, why in one.unused:
        found.setdefault(why, []).append(name[:60] or "(no name)")
    return found


def as_record(found: TableCheck) -> dict[str, Any]:
    """The check as plain values; of the columns of one reason, the first are named."""
    pairs = ("first", "second", "n_shared", "only_first", "only_second", "first_missing")
    return {
        "files": [_file(one) for one in found.files],
        "shared": [{name: getattr(pair, name) for name in pairs} for pair in found.shared],
        "n_common": found.n_common,
        "missing": list(found.missing),
        "command": found.command,
    }


def _file(one: TableFacts) -> dict[str, Any]:
    counts = ("file", "kind", "problem", "n_rows", "n_studies", "n_patients", "n_columns", "missing_values")
    return {
        **{name: getattr(one, name) for name in counts},
        "words": one.problem or what_it_is(one),
        "stage": stage_named(one.file) if one.kind == "embeddings" else None,
        "modalities": list(one.modalities),
        "notes": list(one.notes),
        "study_column": one.study_column,
        "patient_column": one.patient_column,
        "columns": [asdict(column) for column in one.columns],
        "unused": [{"why": why, "n": len(names), "names": names[:MOST_NAMED]} for why, names in by_reason(one).items()],
    }
