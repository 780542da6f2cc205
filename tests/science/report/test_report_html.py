import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from backend.science.alert import Alert
from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.analysis.report_causes import StageReport
from backend.science.report.causes_text import content_sentence, use_sentences
from backend.science.report.flag_words import FLAGGED
from backend.science.report.group_lines import group_lines
from backend.science.report.methods_text import methods_text
from backend.science.report.protocol_words import MODALITY_COLOURS
from backend.science.report.report_charts import effects_figure
from backend.science.report.report_html import LABEL_BORNE_NOTE, report_html, write_report
from backend.science.text_format import signed
from tests.science.lens_tables import tables


class Page(HTMLParser):
    """Collects tags with attributes, and the text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._hidden = False

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in ("script", "style")

    def handle_endtag(self, _tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.text += data


def parsed(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


@pytest.fixture(scope="module")
def analysis(full_analysis):
    report = replace(full_analysis.report, task="pirads <script>alert(1)</script>")
    return replace(full_analysis, report=report)


@pytest.fixture(scope="module")
def html(analysis, tmp_path_factory):
    return write_report(analysis, tmp_path_factory.mktemp("report")).read_text("utf-8")


def test_it_is_one_page_with_its_charts_inside(html):
    tags = [tag for tag, _ in parsed(html).tags]
    assert [tags.count(once) for once in ("html", "head", "body")] == [1, 1, 1]


def test_nothing_is_loaded_from_anywhere(html):
    page = parsed(html)
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "data", "action", "poster"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, attributes)
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, flags=re.S))
    assert "url(" not in styles
    assert "@import" not in styles
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_charts_have_no_cloud_button_and_a_text_alternative(html):
    assert html.count('"showSendToCloud": false') == 3
    assert html.count('"displaylogo": false') == 3
    charts = [attributes["aria-label"] for _, attributes in parsed(html).tags if attributes.get("role") == "img"]
    effects, *dumbbells = charts
    assert len(dumbbells) == 2
    assert all(re.search(r"T2.*: −?\d\.\d\d to −?\d\.\d\d \([+−]\d\.\d\d\)", alt) for alt in dumbbells)
    interval = r"[+−]\d\.\d\d \[−?\d\.\d\d, −?\d\.\d\d\]"
    verdict = "(carried|lost|no change|cannot|too few)"
    runs = r"runs [+−]\d\.\d\d, [+−]\d\.\d\d"
    assert re.search(f"T2.*: {interval}, {verdict}.*, given the label {interval}, {runs}, controls {interval}", effects)


def test_trust_comes_first_and_the_paper_has_a_place_of_its_own(html):
    text = parsed(html).text
    order = ["What changed", "How sure that is", "The paper's decoder:", "Table 1", "Three rankings", "Methods, ready"]
    places = [text.index(part, text.index("What changed\n")) for part in order]
    assert places == sorted(places)
    assert "Its R² is another one than above" in text


def test_alerts_have_their_rank_and_what_stops_stands_first(analysis):
    alerts = tuple(
        Alert(code, f"Sentence of {code}.", "why") for code in ("repeated_studies", "lesion_roi", "collapse")
    )
    text = parsed(report_html(replace(analysis.report, alerts=alerts), analysis.groups)).text
    places = [
        text.index(said)
        for said in (
            "stops Sentence of collapse.",
            "doubt Sentence of lesion_roi.",
            "note Sentence of repeated_studies.",
        )
    ]
    assert places == sorted(places)


def test_the_paper_block_is_closed_where_its_alerts_fire(analysis):
    def paper(*codes):
        alerts = tuple(Alert(code, f"Sentence of {code}.", "why") for code in codes)
        page = parsed(report_html(replace(analysis.report, alerts=alerts), analysis.groups))
        return next(tag for _, tag in page.tags if tag.get("id") == "paper"), page.text

    assert "open" in paper("common_shift", "small_cohort")[0]
    for code in ("few_studies", "optimistic_ft", "ill_conditioned_pre", "dead_units_ft"):
        block, text = paper(code)
        assert "open" not in block
        assert re.search(rf"these numbers are in doubt here: *Sentence of {code}\.", text)


def test_features_that_go_with_the_label_are_explained_where_they_stand(analysis):
    trust = analysis.report.trust
    rankings = replace(trust.rankings, label_borne=analysis.report.rankings.gaining[:1])
    some, none = (
        parsed(report_html(replace(analysis.report, trust=replace(trust, rankings=one)), analysis.groups)).text
        for one in (rankings, replace(rankings, label_borne=()))
    )
    assert LABEL_BORNE_NOTE in some
    assert LABEL_BORNE_NOTE not in none


def test_intervals_name_what_was_left_out(analysis):
    assert "every patient left out in turn" in parsed(report_html(analysis.report, analysis.groups)).text
    alerts = (Alert("deleted_in_groups", "Errors come from groups.", "Cheaper."),)
    text = parsed(report_html(replace(analysis.report, alerts=alerts), analysis.groups)).text
    assert "random groups of patients left out in turn" in text


def test_marks_of_the_label_runs_and_controls_stand_beside(analysis):
    lines = group_lines(analysis.groups, analysis.report.trust, MODALITY_COLOURS)
    assert [line.effect.value for line in lines] == sorted((line.effect.value for line in lines), reverse=True)
    figure = effects_figure(lines)
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    assert set(marks) == {"mean over runs", "given the label", "each run alone", "controls (shuffled labels)"}
    assert [len(trace.x) for trace in marks.values()] == [18, 18, 36, 18]
    first = next(one for one in analysis.report.trust.runs.groups if one.effect == lines[0].effect.value)
    assert tuple(marks["each run alone"].x[:2]) == first.by_run
    filled = [symbol == "circle" for symbol in marks["mean over runs"].marker.symbol]
    assert filled == [line.flag in FLAGGED for line in lines]
    low, high = figure.layout.xaxis.range
    assert low < min(line.effect.low for line in lines)
    assert high > max(line.effect.high for line in lines)


def test_tables_have_columns_for_label_runs_and_controls(html, analysis):
    text = parsed(html).text
    for heading in ("Given the label", "By the label", "Controls", "Verdict"):
        assert heading in text
    line = group_lines(analysis.groups, analysis.report.trust, MODALITY_COLOURS)[0]
    assert f"{line.n_runs_agree} of 2" in text
    assert line.given_label.range in text
    assert "2 runs · 1 control run on shuffled labels · label: grade (2 classes)" in text
    assert "given in every fit: centre (2 classes)" in text


def test_used_new_and_where_have_a_part(html, analysis):
    text, trust = parsed(html).text, analysis.report.trust
    assert "Used, new, where" in text
    contents = [content_sentence(content) for content in (trust.new_content, trust.lost_content)]
    for sentence in (*use_sentences(trust.use), *contents):
        assert sentence in text
    assert "Where the weights moved" not in text
    stage = StageReport("stage4", 1234, 0.25, 3.5, 0.1)
    report = replace(analysis.report, trust=replace(trust, weights_by_stage=(stage,)))
    text = parsed(report_html(report, analysis.groups)).text
    assert re.search(r"Where the weights moved.*stage4123425\.0 %3\.50", text, re.DOTALL)


def test_table_1_rankings_alerts_wording_methods_and_provenance_are_there(html, analysis):
    text = parsed(html).text
    for name in ("First order", "GLCM", "GLDM", "GLRLM", "GLSZM", "NGTDM", "Original", "Wavelet"):
        assert name in text
    for alert in analysis.report.alerts:
        assert alert.sentence in text
        assert alert.why in text
    for sentence in analysis.report.wording:
        assert sentence in text
    for table in analysis.report.inputs.values():
        assert table.content_sha256 in text
    for paragraph in methods_text(analysis.report).split("\n\n"):
        assert paragraph in text
    assert "@article{efron1981jackknife," in text
    assert analysis.report.caption in text
    assert analysis.report.rankings.gaining[0].feature in text
    assert f"The typical feature changed by {signed(analysis.report.shared_change)} of its R²" in text


def test_a_report_without_the_trust_block_says_so():
    alone = analyse(*tables(n=60), LensSettings(hidden=16, epochs=5, trust=False))
    text = parsed(report_html(alone.report, alone.groups)).text
    assert "The trust block was left out" in text
    assert "What changed\n" not in text


def test_a_report_of_version_1_is_shown_and_marked(stored_version_1, analysis):
    groups = analysis.groups.drop(columns=[name for name in analysis.groups if "label" in name or "runs" in name])
    text = parsed(report_html(stored_version_1, groups)).text
    assert "Made by version 1" in text
    assert f"Intervals are from {stored_version_1.trust.replicates} bootstrap samples" in text
    assert "Given the label" not in text
    assert "(jackknife)" not in text


def test_outside_text_is_escaped(html, analysis):
    assert "<script>alert(1)" not in html
    report = replace(analysis.report, roi="<script>alert(2)</script>")
    page = report_html(report, analysis.groups)
    assert "<script>alert(2)" not in page
    assert "<script>alert(2)</script> ROI" in parsed(page).text


def test_it_follows_the_readers_colour_scheme(html):
    assert "@media (prefers-color-scheme: dark)" in html
    assert "color-scheme: light dark" in html


def test_undefined_scores_are_a_dash(analysis):
    rows = tuple(replace(row, r2_pre=None) for row in analysis.report.table1)
    report = replace(analysis.report, table1=rows)
    assert "<td>–</td>" in report_html(report, analysis.groups)


def test_groups_without_a_defined_score_are_left_out_of_the_chart(analysis):
    groups = analysis.groups.copy()
    groups.loc[groups["group"] == "T2_glcm", "r2_ft"] = pd.NA
    labels = [a["aria-label"] for _, a in parsed(report_html(analysis.report, groups)).tags if a.get("role") == "img"]
    alt = labels[1]
    assert "T2 GLCM" not in alt
    assert "DWI GLCM" in alt
