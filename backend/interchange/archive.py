"""A zip written entry by entry; the same entries give the same bytes."""

import zipfile
from collections.abc import Iterable
from typing import IO

LONG_AGO = (1980, 1, 1, 0, 0, 0)
PACKED = (".gz", ".parquet")
"""Ends of names whose content is packed already."""


def write_zip(out: IO[bytes], entries: Iterable[tuple[str, bytes]]) -> None:
    """Write entries by name, each as soon as it is made."""
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            how = zipfile.ZIP_STORED if name.endswith(PACKED) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, how)
