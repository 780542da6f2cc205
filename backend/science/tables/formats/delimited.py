"""Delimited text: comma, semicolon, tab or pipe, `sep=` line, decimal comma, byte order marks, gzip."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO, TextIO, cast

import numpy as np

from backend.errors import BadFile, BadTable
from backend.science.tables.formats.columns import MAX_VALUES, Columns, Plan, check_unique, number_of
from backend.science.tables.formats.list_cells import list_matrix
from backend.science.types import FloatArray

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
MOST_TEXT = 8 * MAX_VALUES
"""Characters read of a compressed file."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SEP = re.compile(r"\"?sep=(.)\"?\s*")
_DECIMAL = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+")
_QUOTED = re.compile(r'"[^"]*"')


def read_delimited(path: Path, plan: Plan) -> Columns:
    """Read delimited text. Raises BadFile for what is no text table, BadTable for cells that cannot be used."""
    try:
        return _read(path, plan)
    except UnicodeDecodeError:
        raise BadFile(f"{path.name}: the file is not UTF-8 text; save it as CSV (UTF-8).") from None
    except csv.Error as error:
        raise BadFile(f"{path.name}: the file is no well-formed CSV ({error}); export it again.") from None
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise BadFile(f"{path.name}: the file cannot be unpacked as gzip; compress it again.") from None


def _read(path: Path, plan: Plan) -> Columns:
    with _opened(path) as (lines, notes):
        first = next(lines, "")
        marked = _SEP.fullmatch(first)
        if marked:
            first = next(lines, "")
        delimiter = marked[1] if marked else _delimiter(first)
        table = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(table, [])]
        if marked:
            notes.append(f"the first line says that {DELIMITERS.get(delimiter, repr(delimiter))} separate cells")
        elif delimiter != ",":
            notes.append(f"{DELIMITERS[delimiter]} separate the cells")
        columns = Columns(path.name, header=header, notes=notes)
        offset = 2 if marked else 1
        try:
            return _rows(table, columns, plan, comma=False, offset=offset)
        except _Comma:
            pass
    _check_decimal_comma(path, plan, delimiter, marked=bool(marked))
    with _opened(path) as (lines, _):
        table = csv.reader(lines, delimiter=delimiter, strict=True)
        for _ in range(offset):
            next(table)
        notes = [*notes, "numbers are written with a decimal comma"]
        return _rows(table, Columns(path.name, header=header, notes=notes), plan, comma=True, offset=offset)


class _Comma(Exception):
    """A cell that is a number only if its comma is a decimal point."""


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Iterator[str], list[str]]]:
    """The lines of the text, and notes on how it was decoded."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with _bytes(path, packed) as start:
        mark = start.read(2)
    encoding = "utf-16" if mark in _UTF16 else "utf-8-sig"
    notes = [word for word, true in (("unpacked with gzip", packed), ("UTF-16 text", encoding == "utf-16")) if true]
    with _bytes(path, packed) as packed_text, TextIOWrapper(packed_text, encoding, newline="") as handle:
        yield _limited(handle, path.name), notes


def _bytes(path: Path, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")


def _limited(handle: TextIO, file: str) -> Iterator[str]:
    size = 0
    while line := handle.readline(1 << 26):
        size += len(line)
        if size > MOST_TEXT:
            raise BadFile(f"{file}: the file unpacks to more than {MOST_TEXT:,} characters; split or reduce it.")
        yield line


def _delimiter(header: str) -> str:
    """The mark that stands most often in the header, outside quotes."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=lambda mark: bare.count(mark))


def _rows(table: Iterator[list[str]], columns: Columns, plan: Plan, *, comma: bool, offset: int) -> Columns:
    file, header = columns.file, columns.header
    wanted = plan(header)
    check_unique(header, wanted, file)
    words = [i for i, name in enumerate(header) if wanted.get(name) == "text"]
    lists = [i for i, name in enumerate(header) if wanted.get(name) == "list"]
    numbers = [i for i, name in enumerate(header) if wanted.get(name) == "number"]
    columns.names = [header[i] for i in numbers]
    columns.text = {header[i]: [] for i in words}
    cells: dict[str, list[str]] = {header[i]: [] for i in lists}
    data: list[FloatArray] = []
    for row in table:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise BadTable(
                f"{file}: row {columns.n_rows + offset + 1} has {len(row)} cells and the header has {len(header)}; "
                "the file is cut or a cell holds the delimiter; export it again."
            )
        columns.n_rows += 1
        for i in words:
            columns.text[header[i]].append(row[i])
        for i in lists:
            cells[header[i]].append(row[i])
        data.append(_numbers([row[i] for i in numbers], columns, columns.n_rows + offset, comma))
    columns.values = np.array(data) if data else np.empty((0, len(numbers)))
    columns.matrices = {name: list_matrix(found, name, file) for name, found in cells.items()}
    return columns


def _numbers(cells: Sequence[str], columns: Columns, row: int, comma: bool) -> FloatArray:
    if comma:
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        if "_" in "".join(cells):  # float() would read 1_000 as a thousand
            raise ValueError
        return np.array([float(cell) for cell in cells])
    except ValueError:
        pairs = zip(cells, columns.names, strict=True)
        return np.array([_number(cell, name, columns.file, row) for cell, name in pairs])


def _number(cell: str, name: str, file: str, row: int) -> float:
    try:
        return number_of(cell, name, file, row)
    except BadTable:
        if _DECIMAL.fullmatch(cell.strip()):
            raise _Comma from None
        raise


def _check_decimal_comma(path: Path, plan: Plan, delimiter: str, *, marked: bool) -> None:
    """Refuses (BadTable) a table in which commas could also part thousands, or points and commas stand together."""
    with _opened(path) as (lines, _):
        if marked:
            next(lines)
        table = csv.reader(lines, delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(table)]
        wanted = plan(header)
        numbers = [i for i, name in enumerate(header) if wanted.get(name) == "number"]
        sure = False
        for row in table:
            for i in (i for i in numbers if i < len(row)):
                cell = row[i].strip()
                if "." in cell:
                    raise BadTable(
                        f"{path.name}: column {header[i][:80]!r} holds {cell[:40]!r} and other cells hold a comma, so "
                        "it is not certain which of the two is the decimal mark; export with decimal points alone."
                    )
                sure |= bool(_DECIMAL.fullmatch(cell)) and not _THOUSANDS.fullmatch(cell)
    if not sure:
        raise BadTable(
            f"{path.name}: every comma within a number could part thousands or mark decimals (1,234); export with "
            "decimal points."
        )
