"""Verifies a results folder: what the report says is computed again from the parts that are stored beside it."""

from collections.abc import Mapping
from pathlib import Path

from backend.errors import BadSettings
from backend.science.report.check import Check
from backend.science.report.stored_folder import read_folder
from backend.science.report.verify_files import file_checks
from backend.science.report.verify_paper import paper_checks
from backend.science.report.verify_replica import replica_checks
from backend.science.report.verify_trust import trust_checks

__all__ = ["Check", "verify"]


def verify(path: Path, inputs: Mapping[str, Path] | None = None, made_again: Path | None = None) -> tuple[Check, ...]:
    """Every check of a results folder or report.json, in order: files, inputs, settings, version, paper, trust.

    `made_again` is the folder of the same analysis run anew: its numbers must be equal.

    `inputs` gives input files by the name the report has for them (pre, ft, ft_2, control_1, radiomics); others are
    looked for beside the report. Raises NotFound and BadFile where there is nothing to check.
    """
    stored = read_folder(path)
    unknown = [name for name in inputs or {} if name not in stored.report.inputs]
    if unknown:
        known = ", ".join(stored.report.inputs)
        raise BadSettings(f"The report has no input {unknown[0]!r}; it has {known}.")
    replica = () if made_again is None else tuple(replica_checks(stored, read_folder(made_again)))
    return (*file_checks(stored, inputs or {}), *paper_checks(stored), *trust_checks(stored), *replica)
