"""Writes and reads version 2 of report.json: the fields of `Report` under their own names.

What people look for first stands at the top: `shared_change`, `runs`, `controls` and the other parts that `LIFTED`
names are fields of the trust block there.
"""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from backend.science.analysis.json_ready import json_ready
from backend.science.analysis.report import Report

LIFTED = ("shared_change", "runs", "controls", "new_content", "lost_content", "weights_by_stage")


def write(report: Report) -> dict[str, Any]:
    """A report as JSON values, in the order of the file."""
    fields = asdict(report)
    trust = fields.pop("trust")
    lifted = {name: None if trust is None else trust.pop(name) for name in LIFTED}
    del fields["version"]
    if fields["cohort"] is not None and fields["cohort"]["protocol"] is None:
        del fields["cohort"]["protocol"]  # as files were before there were protocols
    if fields["cohort"] is not None and fields["cohort"]["subgroup"] is None:
        del fields["cohort"]["subgroup"]  # as files were before there were subgroups
    record: dict[str, Any] = json_ready({"report_version": 2, **lifted, **fields, "trust": trust})
    return record


def read(record: Mapping[str, Any]) -> Report:
    """The report of JSON values. Raises KeyError, and ValueError where a part has another shape."""
    fields = {name: value for name, value in record.items() if name not in LIFTED}
    if fields["trust"] is not None:
        fields["trust"] = fields["trust"] | {name: record[name] for name in LIFTED}
    report: Report = _adapter().validate_python(fields | {"version": 2})
    return report


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
