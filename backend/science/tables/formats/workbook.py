"""Excel workbooks (.xlsx): one sheet, values only, with limits on what the file unpacks to."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np

from backend.errors import BadFile
from backend.science.tables.formats.columns import Columns, Plan, Unused, check_size, check_unique, number_of, word
from backend.science.tables.formats.list_cells import list_matrix

MOST_BYTES = 1 << 30
"""Of all parts of the workbook together, unpacked."""
MOST_CELLS = 20_000_000
CHUNK = 1 << 20
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, KeyError, IndexError, AttributeError),
    *(ParseError, OSError, ValueError, TypeError),
)
"""What openpyxl and what it builds on raise on bytes that are no workbook."""


def read_workbook(path: Path, plan: Plan) -> Columns:
    """Read the first sheet that holds anything. Raises BadFile for a damaged, encrypted or oversized workbook."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _check_parts(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            return _first_sheet(book, path, plan)
        finally:
            book.close()
    except (InvalidFileException, *DAMAGED) as error:
        raise BadFile(
            f"{path.name}: the workbook cannot be read ({type(error).__name__}); save it again as .xlsx or as CSV."
        ) from error


def _check_parts(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > MOST_BYTES:
                raise BadFile(
                    f"{path.name}: the workbook unpacks to {size:,} bytes, more than {MOST_BYTES:,}; save the sheet "
                    "as CSV or Parquet."
                )
            for member in archive.infolist():
                if member.filename.endswith((".xml", ".rels")) and _declares(archive, member):
                    raise BadFile(
                        f"{path.name}: {member.filename[:80]!r} declares entities of its own, which no workbook needs; "
                        "save it again with Excel or LibreOffice."
                    )
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError):
        raise BadFile(
            f"{path.name}: the file is no readable .xlsx workbook (an old .xls or an encrypted one is not); save it "
            "as .xlsx without a password, or as CSV."
        ) from None


def _declares(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether an XML part has a document type, with which entities could unpack without end."""
    with archive.open(member) as part:
        before = b""
        while chunk := part.read(CHUNK):
            if b"<!DOCTYPE" in before + chunk:
                return True
            before = chunk[-16:]
    return False


def _first_sheet(book: Any, path: Path, plan: Plan) -> Columns:
    file = path.name
    names = [sheet.title for sheet in book.worksheets]
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file states of its size is often wrong
        rows = _filled(sheet.iter_rows(values_only=True), file)
        header = next(rows, None)
        if header is not None:
            columns = _sheet([word(name).strip() for name in header], rows, file, plan)
            _check_formulas(path, sheet.title, columns)
            others = [name for name in names if name != sheet.title]
            columns.unused += [
                Unused(name, f"a sheet; {sheet.title!r} is the first that holds anything") for name in others
            ]
            return columns
    return Columns(file)


def _check_formulas(path: Path, title: str, columns: Columns) -> None:
    """Refuses (BadFile) a workbook with a formula whose value was never stored: it would be read as missing."""
    import openpyxl

    if not np.isnan(columns.values).any() and all(cell for cells in columns.text.values() for cell in cells):
        return
    used = {*columns.text, *columns.names}
    book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    values = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        sheets = book[title], values[title]
        for sheet in sheets:
            sheet.reset_dimensions()
        header: list[str] = []
        for row, stored in zip(*(sheet.iter_rows(values_only=True) for sheet in sheets), strict=True):
            header = header or [word(name).strip() for name in stored]
            for name, cell, value in zip(header, row, stored, strict=False):
                if value is None and isinstance(cell, str) and cell.startswith("=") and name in used:
                    raise BadFile(
                        f"{path.name}: the column {name[:80]!r} holds a formula without a stored value; open the "
                        "workbook in a spreadsheet, save it, or save the sheet as CSV."
                    )
    finally:
        book.close()
        values.close()


def _filled(rows: Iterator[tuple[object, ...]], file: str) -> Iterator[tuple[object, ...]]:
    """The rows that hold anything."""
    cells = 0
    for row in rows:
        cells += len(row)
        if cells > MOST_CELLS:
            raise BadFile(f"{file}: the sheet has more than {MOST_CELLS:,} cells; save it as CSV or Parquet.")
        if any(cell is not None and cell != "" for cell in row):
            yield row


def _sheet(header: list[str], rows: Iterator[tuple[object, ...]], file: str, plan: Plan) -> Columns:
    while header and not header[-1]:
        header.pop()
    wanted = plan(header)
    check_unique(header, wanted, file)
    table = [tuple(row[: len(header)]) + (None,) * (len(header) - len(row)) for row in rows]
    check_size(len(table) * len(header), file)
    columns = Columns(file, len(table), header=header)
    values: list[list[float]] = []
    in_numbers = []
    for i, name in enumerate(header):
        cells = [row[i] for row in table]
        match wanted.get(name):
            case "text":
                columns.text[name] = [word(cell) for cell in cells]
                if any(isinstance(cell, int | float) for cell in cells):
                    in_numbers.append(name)
            case "list":
                columns.matrices[name] = list_matrix(cells, name, file)
            case "number":
                columns.names.append(name)
                values.append([_number(cell, name, file, row + 2) for row, cell in enumerate(cells)])
    columns.values = np.array(values, dtype=np.float64).T if values else np.empty((len(table), 0))
    columns.numeric_ids = frozenset(in_numbers)
    return columns


def _number(cell: object, name: str, file: str, row: int) -> float:
    return float(cell) if isinstance(cell, int | float) else number_of(word(cell), name, file, row)
