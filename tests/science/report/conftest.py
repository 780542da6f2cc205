"""Reports of either version, read back or computed once."""

import json
from pathlib import Path

import pytest

from backend.science.analysis.report import Report
from backend.science.analysis.report_json import from_json

GOLDEN = Path(__file__).parents[1] / "analysis" / "golden"


@pytest.fixture(scope="session")
def stored_version_1() -> Report:
    """A report that version 1 wrote, with its trust block."""
    report = from_json(json.loads((GOLDEN / "report_trust.json").read_text("utf-8")))
    assert report.version == 1
    return report
