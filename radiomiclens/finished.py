"""Rows of a batch that are finished: kept on disk one by one, and found again by what they were measured on."""

import csv
import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from backend.errors import BadFile
from backend.science.radiomics.engines import Engine

Row = Mapping[str, str]
Key = tuple[str, ...]
IMAGE_HASH, MASK_HASH, LABEL = "diagnostics_Image_SHA256", "diagnostics_Mask_SHA256", "diagnostics_Label"
SETTINGS, ENGINE, FALLBACK = "diagnostics_Settings_Hash", "diagnostics_Engine", "diagnostics_Fallback"
FAILED = "failed"
"""The status of a case that could not be read or computed; it is tried again."""


def key_of(row: Row) -> Key:
    """What a row was measured on and by: equal keys give equal values."""
    by_choice = row[ENGINE].startswith("pyradiomics") and not row[FALLBACK]
    return key(row[IMAGE_HASH], row[MASK_HASH], row[LABEL], row[SETTINGS], "pyradiomics" if by_choice else "fast")


def key(image_sha256: str, mask_sha256: str, label: str, settings_hash: str, engine: Engine) -> Key:
    """The key of a row that is not there yet."""
    return image_sha256, mask_sha256, label, settings_hash, engine


class Finished:
    """Finished rows, read from `out` and from `out`.part, which a run that was stopped leaves.

    A new row is appended to the latter at once. `out` itself is written by `write`, whole or not at all.

    Args:
        out: the table to write.
        columns: its header.
        measured: the columns of it that do not come from the table of cases; only a file that has them all holds rows
            that can be kept.
    """

    def __init__(self, out: Path, columns: Sequence[str], measured: Sequence[str]) -> None:
        self._out, self._columns, self._measured = out, list(columns), list(measured)
        self._part = out.with_name(f"{out.name}.part")
        self._locks: list[IO[str]] = []
        try:
            self._lock(self._part.open("a", newline="", encoding="utf-8"))
            self._kept = {key_of(row): row for path in (out, self._part) for row in self._read(path)}
            self._file = self._begun()
        except OSError as error:
            self.close()
            raise BadFile(f"{out.name} cannot be written ({error.strerror}); choose another folder.") from None

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, wanted: Key) -> dict[str, str] | None:
        """The measured columns of a finished row, or None."""
        row = self._kept.get(wanted)
        return None if row is None else {name: row[name] for name in self._measured}

    def add(self, row: Row) -> None:
        """Appends a row; once this returns, a killed process does not lose it. Raises BadFile."""
        try:
            csv.DictWriter(self._file, self._columns).writerow(row)
            self._file.flush()
        except OSError as error:
            raise BadFile(
                f"{self._part.name} cannot be written ({error.strerror}); what it holds is kept, so make room and "
                "start again."
            ) from None

    def write(self, rows: Sequence[Row]) -> None:
        """Writes the whole table in this order. Raises BadFile."""
        part = self._out.with_name(f".{self._out.name}.{os.getpid()}")
        try:
            with part.open("w", newline="", encoding="utf-8") as file:
                self._table(file, rows)
            part.replace(self._out)
            self._part.unlink()
        except OSError as error:
            raise BadFile(f"{self._out.name} cannot be written ({error.strerror}); choose another folder.") from None

    def close(self) -> None:
        """Lets another run write here."""
        for file in self._locks:
            with suppress(OSError):  # a row that a full disk did not take: `add` has said so
                file.close()

    def _begun(self) -> IO[str]:
        """A new `.part` with every row that is kept, in place of the old one, open at its end."""
        begun = self._part.with_name(f".{self._part.name}.{os.getpid()}")
        file = self._lock(begun.open("w", newline="", encoding="utf-8"))
        self._table(file, [{name: row.get(name, "") for name in self._columns} for row in self._kept.values()])
        file.flush()
        begun.replace(self._part)
        return file

    def _table(self, file: IO[str], rows: Sequence[Row]) -> None:
        writer = csv.DictWriter(file, self._columns)
        writer.writeheader()
        writer.writerows(rows)

    def _lock(self, file: IO[str]) -> IO[str]:
        """Held until `close`, so that two runs never write one table. Raises BadFile."""
        self._locks.append(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise BadFile(
                f"{self._out.name} is being written by another run; wait for it, or choose another file."
            ) from None
        return file

    def _read(self, path: Path) -> list[dict[str, str]]:
        """The whole rows of a file that has our columns; a line that a killed run cut off is none."""
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            lines = _records(csv.reader(line for line in file if line.endswith(("\n", "\r"))))
            header = next(lines, [])
            rows = [dict(zip(header, cells, strict=True)) for cells in lines if len(cells) == len(header)]
        whole = set(self._measured) <= set(header)
        return [row for row in rows if row["status"] != FAILED] if whole else []


def _records(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows of a reader but those that it cannot read, such as cells of another program's file that are too long."""
    while True:
        try:
            yield next(reader)
        except csv.Error:
            continue
        except StopIteration:
            return
