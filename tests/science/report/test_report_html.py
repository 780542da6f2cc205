import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.report.report_html import report_html, write_report
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
def analysis():
    return analyse(
        *tables(n=60), LensSettings(hidden=16, epochs=5, bootstrap=20, task="pirads <script>alert(1)</script>")
    )


@pytest.fixture(scope="module")
def html(analysis, tmp_path_factory):
    return write_report(analysis, tmp_path_factory.mktemp("report")).read_text("utf-8")


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
    assert re.search(r"T2.*: [+−]\d\.\d\d \(−?\d\.\d\d to −?\d\.\d\d\), (carried|no change|cannot|too few)", effects)


def test_table_1_rankings_alerts_wording_and_provenance_are_there(html, analysis):
    text = parsed(html).text
    for label in ("First order", "GLCM", "GLDM", "GLRLM", "GLSZM", "NGTDM", "Original", "Wavelet"):
        assert label in text
    for alert in analysis.report.alerts:
        assert alert.sentence in text
        assert alert.why in text
    for sentence in analysis.report.wording:
        assert sentence in text
    for table in analysis.report.inputs.values():
        assert table.content_sha256 in text
    assert analysis.report.caption in text
    assert analysis.ranking["feature"].iloc[0] in text
    assert "What changed, and how sure that is" in text
    assert f"b = {signed(analysis.report.shared_change)} of their R²" in text


def test_a_report_without_the_trust_block_says_so():
    alone = analyse(*tables(n=60), LensSettings(hidden=16, epochs=5, bootstrap=0))
    text = parsed(report_html(alone.report, alone.groups)).text
    assert "The trust block was left out" in text
    assert "What changed, and how sure that is" not in text


def test_outside_text_is_escaped(html):
    assert "<script>alert(1)" not in html
    assert "pirads <script>alert(1)</script>" in parsed(html).text


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
