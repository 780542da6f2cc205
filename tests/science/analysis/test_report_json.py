"""Reports keep the bytes of version 1, and come back from JSON as they were written."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from backend.errors import BadFile
from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.analysis.report import CohortSource
from backend.science.analysis.report_json import from_json, to_json
from tests.science.lens_tables import FEATURES, tables

GOLDEN = Path(__file__).parent / "golden"
THIRD = slice(None, None, 3)
SETTINGS = {
    "paper": LensSettings(hidden=16, epochs=5, bootstrap=0),
    "trust": LensSettings(
        hidden=16, epochs=5, bootstrap=20, decoders=("kernel",), task="pirads", roi="gland", per_group_share=True
    ),
}
STUDIES = {"paper": 40, "trust": 60}
ICC = {feature.column: 0.5 + 0.04 * k for k, feature in enumerate(FEATURES[THIRD][:-1])}


@pytest.fixture(scope="module", params=["paper", "trust"])
def case(request):
    """The golden report (written before reports were typed), and the same analysis made now."""
    pre, ft, radiomics = tables(n=STUDIES[request.param])
    radiomics = replace(radiomics, values=radiomics.values[:, THIRD], features=radiomics.features[THIRD])
    icc = ICC if request.param == "trust" else None
    report = analyse(pre, ft, radiomics, SETTINGS[request.param], icc=icc).report
    return (GOLDEN / f"report_{request.param}.json").read_text("utf-8"), report


def text_of(record):
    return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def still(record):
    """A record without what differs from run to run: times and versions."""
    record = json.loads(json.dumps(record))
    record["timings"] = dict.fromkeys(record["timings"], 0.0)
    record["versions"] = dict.fromkeys(record["versions"], "-")
    for decoder in ((record["trust"] or {}).get("decoders") or {}).values():
        decoder["seconds"] = 0.0
    return record


def rows_of(value, place=""):
    """Every leaf of a record with its place, in the order of the file."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [row for key, item in items for row in rows_of(item, f"{place}/{key}")]
    return [(place, value)]


def test_a_report_read_and_written_has_the_same_bytes(case):
    golden, _ = case
    assert text_of(to_json(from_json(json.loads(golden)))) == golden


def test_an_analysis_gives_the_keys_words_and_numbers_of_the_golden_report(case):
    golden, report = case
    found, wanted = rows_of(still(to_json(report))), rows_of(json.loads(golden))
    assert [place for place, _ in found] == [place for place, _ in wanted]
    for (place, value), (_, known) in zip(found, wanted, strict=True):
        assert type(value) is type(known), place
        assert value == (pytest.approx(known, rel=1e-6, abs=1e-9) if isinstance(known, float) else known), place


def test_a_report_comes_back_from_json_equal(case):
    _, report = case
    assert from_json(json.loads(json.dumps(to_json(report)))) == report
    stored = replace(report, cohort=CohortSource({"s1": "no lesion"}, 12, None))
    record = to_json(stored)
    assert [*record][-3:] == ["left_out", "n_groups", "extraction"]
    assert from_json(record) == stored


def test_reports_from_before_the_trust_block_are_read(case):
    golden, report = case
    record = json.loads(golden)
    for later in ("b", "control_floor", "representation", "trust", "stability", "swap", "icc"):
        del record[later]
    del record["seeds"]["trust"]
    read = from_json(record | {"left_out": {}})
    assert read.trust is read.icc is read.seeds.trust is read.shared_change is None
    assert read.cohort == CohortSource({}, None, None)
    assert read.n_patients == report.n_patients


@pytest.mark.parametrize("named", [{"report_version": 9}, {"format": "other/1"}, {"format": None}])
def test_a_report_of_an_unknown_version_is_refused(named):
    record = json.loads((GOLDEN / "report_paper.json").read_text("utf-8"))
    with pytest.raises(BadFile, match=r"This report has the version .* reads versions up to 1"):
        from_json(record | named)


def test_a_report_that_lacks_a_part_is_refused():
    record = json.loads((GOLDEN / "report_paper.json").read_text("utf-8"))
    del record["table1"]
    with pytest.raises(BadFile, match="incomplete"):
        from_json(record)
