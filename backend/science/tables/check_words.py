"""The check of tables in words, and as plain values for JSON."""

from typing import Any

from backend.science.tables.check import MOST_NAMED, TableCheck, TableFacts
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
    by_reason: dict[str, list[str]] = {}
    for name, why in one.unused:
        by_reason.setdefault(why, []).append(name[:60] or "(no name)")
    return [f"{named(names, 6)}: {why}" for why, names in by_reason.items()]


def as_record(found: TableCheck) -> dict[str, Any]:
    """The check as plain values."""
    return {
        "files": [_file(one) for one in found.files],
        "shared": [
            {
                "first": pair.first,
                "second": pair.second,
                "n_shared": pair.n_shared,
                "only_first": pair.only_first,
                "only_second": pair.only_second,
                "first_missing": pair.first_missing,
            }
            for pair in found.shared
        ],
        "n_common": found.n_common,
        "missing": list(found.missing),
        "command": found.command,
    }


def _file(one: TableFacts) -> dict[str, Any]:
    return {
        "file": one.file,
        "kind": one.kind,
        "problem": one.problem,
        "n_rows": one.n_rows,
        "n_studies": one.n_studies,
        "n_patients": one.n_patients,
        "n_columns": one.n_columns,
        "missing_values": one.missing_values,
        "modalities": list(one.modalities),
        "notes": list(one.notes),
        "unused": [{"name": name, "why": why} for name, why in one.unused[:MOST_NAMED]],
        "n_unused": len(one.unused),
    }
