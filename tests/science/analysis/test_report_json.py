"""Version 1 of a report is read, version 2 comes back as it was written, and the paper block is the same in both."""

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
    "paper": LensSettings(hidden=16, epochs=5, trust=False),
    "trust": LensSettings(hidden=16, epochs=5, decoders=("kernel",), task="pirads", roi="gland", per_group_share=True),
}
STUDIES = {"paper": 40, "trust": 60}
ICC = {feature.column: 0.5 + 0.04 * k for k, feature in enumerate(FEATURES[THIRD][:-1])}


@pytest.fixture(scope="module", params=["paper", "trust"])
def case(request):
    """A report of version 1 (written before reports were typed), and the same analysis made now."""
    pre, ft, radiomics = tables(n=STUDIES[request.param])
    radiomics = replace(radiomics, values=radiomics.values[:, THIRD], features=radiomics.features[THIRD])
    icc = ICC if request.param == "trust" else None
    report = analyse(pre, ft, radiomics, SETTINGS[request.param], icc=icc).report
    return json.loads((GOLDEN / f"report_{request.param}.json").read_text("utf-8")), report


def test_a_report_of_version_1_is_read_with_its_numbers(case):
    golden, _ = case
    read = from_json(golden)
    assert read.version == 1
    assert (read.n_studies, read.n_patients, read.n_features) == (golden["N"], golden["P"], golden["K"])
    assert (read.hidden, read.width) == (golden["H"], golden["d"])
    assert [row.group for row in read.table1] == [row["group"] for row in golden["table1"]]
    assert read.settings.trust == (golden["trust"] is not None)
    if read.trust is not None:
        assert read.trust.shared_change == read.shared_change == golden["b"]
        assert read.trust.replicates == golden["trust"]["replicates"] == 20
        assert read.trust.label is read.trust.runs is read.trust.controls is None
        assert read.trust.decoders["kernel"].shared_change == golden["trust"]["decoders"]["kernel"]["b"]
        first = golden["rankings"]["gaining"][0]
        assert read.rankings.gaining[0].effect == first["effect"]


def test_the_papers_numbers_are_those_of_version_1(case):
    golden, report = case
    old, new = from_json(golden), report
    assert (new.caption, new.split, new.live_units, new.rank) == (old.caption, old.split, old.live_units, old.rank)
    assert new.fig2.feature_class == old.fig2.feature_class
    for name in ("gaining", "losing", "stable"):
        for row, known in zip(getattr(new.rankings, name), getattr(old.rankings, name), strict=True):
            assert row.feature == known.feature
            for column in ("i_pre", "i_ft", "delta_i", "rank_paper", "paper_r2_pre", "paper_mse_ft"):
                assert getattr(row, column) == pytest.approx(getattr(known, column), rel=1e-9), column
    for row, known in zip(new.table1, old.table1, strict=True):
        for column in ("mse_pre", "mse_ft", "r2_pre", "r2_ft", "v_pre", "r2_in_sample_ft", "mse_minmax_pre"):
            assert getattr(row, column) == pytest.approx(getattr(known, column), rel=1e-9), column


def test_a_report_comes_back_from_json_equal(case):
    _, report = case
    assert from_json(json.loads(json.dumps(to_json(report), allow_nan=False))) == report
    stored = replace(report, cohort=CohortSource({"s1": "no lesion"}, 12, None))
    record = to_json(stored)
    assert record["cohort"] == {"left_out": {"s1": "no lesion"}, "n_groups": 12, "extraction": None}
    assert from_json(record) == stored


def test_version_2_names_what_people_look_for_at_the_top(case):
    _, report = case
    record = to_json(report)
    assert record["report_version"] == 2
    assert {"shared_change", "runs", "controls", "n_studies", "n_patients", "n_features", "hidden", "width"} <= set(
        record
    )
    assert record["shared_change"] == report.shared_change
    assert {"N", "P", "K", "H", "d", "b"}.isdisjoint(record)


def test_reports_from_before_the_trust_block_are_read(case):
    golden, report = case
    record = dict(golden)
    for later in ("b", "control_floor", "representation", "trust", "stability", "swap", "icc"):
        del record[later]
    record["seeds"] = {name: value for name, value in record["seeds"].items() if name != "trust"}
    read = from_json(record | {"left_out": {}})
    assert read.trust is read.icc is read.seeds.trust is read.shared_change is None
    assert read.cohort == CohortSource({}, None, None)
    assert read.n_patients == report.n_patients


@pytest.mark.parametrize("named", [{"report_version": 9}, {"format": "other/1"}, {"format": None}])
def test_a_report_of_an_unknown_version_is_refused(named):
    record = json.loads((GOLDEN / "report_paper.json").read_text("utf-8"))
    with pytest.raises(BadFile, match=r"This report has the version .* reads versions up to 2"):
        from_json(record | named)


def test_a_report_that_lacks_a_part_or_has_another_shape_is_refused(case):
    old = json.loads((GOLDEN / "report_paper.json").read_text("utf-8"))
    del old["table1"]
    new = to_json(case[1])
    for damaged in (old, {k: v for k, v in new.items() if k != "table1"}, new | {"n_studies": "many"}):
        with pytest.raises(BadFile, match="incomplete"):
            from_json(damaged)


@pytest.mark.parametrize("record", [[], "report", 2, None, [{"report_version": 2}]])
def test_what_is_no_mapping_is_refused_in_a_sentence(record):
    with pytest.raises(BadFile, match="is no mapping of names"):
        from_json(record)
