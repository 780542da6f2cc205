import re
from dataclasses import replace

import pytest

from backend.science.report.methods_text import bibtex, methods_text
from backend.science.report.references import REFERENCES


@pytest.fixture(scope="module")
def text(full_analysis):
    return methods_text(full_analysis.report)


def test_the_numbers_are_filled_in(text, full_analysis):
    report = full_analysis.report
    trust = report.trust
    for part in (
        "(d = 24)",
        "N = 90 studies of P = 90 patients",
        "K = 36 radiomic features of the gland (T2, DWI, ADC)",
        "fine-tuning for PI-RADS",
        f"λ = {trust.penalty:.3g}",
        "an intercept and centre (2 classes)",
        "Groups (18) were tested first",
        "given the label grade (2 classes) as an unpenalised covariate, with a penalty of its own",
        "served both stages",
        f"{trust.label.n_label_borne} feature",
        "fine-tuned 2 times by one recipe",
        "1 run fine-tuned on shuffled labels was analysed",
        "a linear head on grade (2 classes) was scored again in held-out patients",
        f"{len(trust.new_content.axes)} axes new, {len(trust.lost_content.axes)} lost",
        "a shared projection with 16 rectified units",
        f"RadiomicLens {report.versions['radiomiclens']}",
        f"NumPy {report.versions['numpy']}",
    ):
        assert part in text, part
    assert "The jackknife variance was halved" in text
    assert "Effects shrunken" in text


def test_every_reference_is_named_in_the_text_and_every_name_is_a_reference(text):
    cited = {one.cited for one in REFERENCES}
    assert {name for name in cited if name in text} == cited
    brackets = re.findall(r"\(([^()]*\d{4})\)", text)
    assert {name for bracket in brackets for name in bracket.split("; ")} == cited


def test_bibtex_has_an_entry_a_reference_with_author_title_and_year():
    entries = re.findall(r"^@(\w+)\{(\w+),\n((?:  \w+ = \{.+\},\n)+)\}$", bibtex(), re.MULTILINE)
    assert [key for _, key, _ in entries] == sorted(one.key for one in REFERENCES)
    for _, key, fields in entries:
        names = re.findall(r"^  (\w+) =", fields, re.MULTILINE)
        assert {"title", "year"} <= set(names)
        assert "author" in names, key


def test_other_analyses_say_what_was_done_there(full_analysis, stored_version_1):
    report = full_analysis.report
    trust = replace(report.trust, label=None, runs=None, controls=None, shared_change=None, variance_ratio=0.7)
    text = methods_text(replace(report, trust=trust, n_patients=30))
    assert "With fewer than 40 patients no test was made" in text
    assert "The label grade (2 classes) could not be used as a covariate" in text
    assert "No label was given" in methods_text(replace(report, trust=replace(trust, use=None)))
    assert "One fine-tuned encoder was analysed" in text
    assert "no shared change was taken off" in text
    assert "multiplied by 0.70 for features" in text
    assert "random groups" not in text
    assert "400 random groups of patients" in methods_text(replace(report, n_patients=2001))
    assert "shuffled" not in text
    alone = methods_text(replace(report, trust=None))
    assert "ridge" not in alone
    assert "least squares on" in alone
    old = methods_text(stored_version_1)
    assert f"{stored_version_1.trust.replicates} bootstrap samples" in old
    assert "version 1 of the method" in old


def test_names_from_outside_bring_no_markup(full_analysis):
    text = methods_text(replace(full_analysis.report, task="<b>x</b> [y](http://evil.example)", roi="<i>"))
    assert "<" not in text
    assert "](" not in text


def test_a_large_cohort_is_jackknifed_over_groups_and_the_text_says_so(full_analysis):
    report = full_analysis.report
    assert "a jackknife over patients" in methods_text(report)
    assert "a jackknife over 400 random groups of patients" in methods_text(replace(report, n_patients=3000))
