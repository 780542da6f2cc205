"""Ids of the rows of an array, from a file of their own: one id a line, or a table with columns of ids."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backend.errors import BadFile, BadTable
from backend.science.tables.formats.columns import Kind
from backend.science.tables.id_columns import Ids, id_names, ids_of
from backend.science.tables.options import TableOptions
from backend.science.tables.readers import read_columns

LINES = (".txt", ".lst", ".ids")
MOST_BYTES = 1 << 28


def ids_from(path: Path, n_rows: int, array: str, options: TableOptions) -> Ids:
    """The ids of `n_rows` rows, in their order. Raises BadFile or BadTable, also where the counts differ."""
    ids = _lines(path) if path.suffix.lower() in LINES else _table(path, options)
    if len(ids.study_id) != n_rows:
        raise BadTable(
            f"{path.name} names {len(ids.study_id)} studies and {array} has {n_rows} rows; every row needs its id, in "
            "the same order."
        )
    return replace(ids, notes=(*ids.notes, f"row by row, ids are those of {path.name}"))


def _lines(path: Path) -> Ids:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadFile(
                f"{path.name}: a file of ids has at most {MOST_BYTES:,} bytes; check that it is the right one."
            )
        found = path.read_text("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise BadFile(f"{path.name}: there is no such file; check the path.") from None
    except UnicodeDecodeError:
        raise BadFile(f"{path.name}: the file is not UTF-8 text; write one id a line.") from None
    ids = tuple(line.strip() for line in found if line.strip())
    if ids and id_names([ids[0]], TableOptions())[0]:
        ids = ids[1:]  # a header
    return Ids(ids, ids, "", "", ("one id a line: every study counts as a patient of its own",), frozenset())


def _table(path: Path, options: TableOptions) -> Ids:
    def plan(names: Sequence[str]) -> Mapping[str, Kind]:
        return {name: "text" for name in id_names(names, options) if name is not None}

    return ids_of(read_columns(path, plan), options)
