"""Reports as JSON: written in the newest version of the format, read in every version there has been."""

from collections.abc import Callable, Mapping
from typing import Any

from backend.errors import BadFile
from backend.science.analysis import report_version_1, report_version_2
from backend.science.analysis.report import REPORT_VERSION, Report

READERS: Mapping[int, Callable[[Mapping[str, Any]], Report]] = {
    1: report_version_1.read,
    2: report_version_2.read,
}


def to_json(report: Report) -> dict[str, Any]:
    """The content of report.json, JSON-ready (undefined numbers are null)."""
    return report_version_2.write(report)


def from_json(record: Mapping[str, Any]) -> Report:
    """The report of a report.json or of a stored analysis.

    Raises BadFile for what is no mapping, for an unknown version, and for a report that lacks a part of its version.
    """
    if not isinstance(record, Mapping):
        raise BadFile("This report is no mapping of names; it is damaged, or another file. Run the analysis again.")
    version = version_of(record)
    read = READERS.get(version) if isinstance(version, int) else None
    if read is None:
        raise BadFile(
            f"This report has the version {version or 'unknown'}; this program reads versions up to {REPORT_VERSION}. "
            "Read it with the program that wrote it, or a newer one."
        )
    try:
        return read(record)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadFile(f"This report of version {version} is incomplete or damaged; run the analysis again.") from error


def version_of(record: Mapping[str, Any]) -> object:
    """The version a report names: `report_version`, or the number at the end of `format` in version 1."""
    named = record.get("report_version")
    return 1 if named is None and record.get("format") == report_version_1.FORMAT else named
