"""A cohort as a data set to hand on: Parquet tables, their Croissant description, a datasheet, checksums."""

import hashlib
import json
from collections.abc import Iterator

from backend.interchange import licences
from backend.interchange.cohort_tables import CohortTables
from backend.interchange.croissant import croissant
from backend.interchange.datasheet import datasheet
from backend.interchange.typed_table import parquet


def dataset_files(tables: CohortTables, licence: str | None = None) -> Iterator[tuple[str, bytes]]:
    """Every file by name, the description first. Raises BadSettings for a licence that is no name of one."""
    given = licences.checked(licence)
    files = {f"{table.name}.parquet": parquet(table) for table in tables.all}
    described = json.dumps(croissant(tables, files, given), indent=2, ensure_ascii=False) + "\n"
    files = {"croissant.json": described.encode(), "DATASHEET.md": datasheet(tables, given).encode(), **files}
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    yield from (files | {"SHA256SUMS": sums.encode()}).items()
