"""Causes in the trust block: what is used, new, lost and read of clinical columns, and how that reaches the report."""

from dataclasses import replace

import numpy as np
import pytest

from backend.science.analysis.build_causes_report import content_report, use_report
from backend.science.lens.settings import LensSettings
from backend.science.trust.causes import find_causes
from backend.science.trust.erasure.linear_head import LinearHead
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.study_context import StudyContext
from tests.science.trust.cohorts import FEATURES, cohort, planted

QUICK = LensSettings(repeats=1)
CLASS = np.array([feature.feature_class for feature in FEATURES])


@pytest.fixture(scope="module")
def tables():
    """The label goes with glcm; a centre is written by fine-tuning, and tells nothing of any feature."""
    x_pre, x_ft, r = planted(n=200, gain=2.0, loss=1.0)
    rng = np.random.default_rng(0)
    centre = rng.integers(0, 2, 200)
    x_ft = x_ft + np.outer(centre - 0.5, 1.5 * rng.normal(size=40))
    log = np.log(r)
    label = log[:, CLASS == "glcm"].mean(axis=1) + 0.3 * rng.normal(size=200)
    return cohort(x_pre, x_ft, r), label, np.array(["A", "B"])[centre]


def test_what_the_label_rests_on_is_used_and_what_it_does_not_is_only_carried(tables):
    one, label, _ = tables
    found = find_causes(one, StudyContext(label=(Covariate("score", label),)), QUICK)
    assert found.use is not None
    assert found.use.head_works
    assert (found.use.features.flag[CLASS == "glcm"] == "used").mean() > 0.8
    assert not np.isin(found.use.features.flag[np.isin(CLASS, ["gldm", "glrlm", "glszm"])], ["used"]).any()
    assert set(found.use.features.flag[CLASS == "ngtdm"]) == {"not_decodable"}
    report = use_report(found.use, "score (number)")
    flags = {one.group: one.use for one in report.groups}
    assert flags["T2_glcm"] == "used"
    assert sum(report.counts.values()) == len(FEATURES)
    assert not report.head_given


def test_a_head_that_is_given_is_the_one_that_is_asked(tables):
    one, label, _ = tables
    x = one.x_ft - one.x_ft.mean(axis=0)
    weights = np.linalg.lstsq(x, label - label.mean(), rcond=None)[0]
    context = StudyContext(label=(Covariate("score", label),), head=LinearHead(weights[None], np.zeros(1)))
    found = find_causes(one, context, QUICK)
    assert found.use.head_given
    assert (found.use.features.flag[CLASS == "glcm"] == "used").mean() > 0.5


def test_without_a_label_nothing_is_said_of_use(tables):
    one, _, _ = tables
    found = find_causes(one, StudyContext(), QUICK)
    assert found.use is None
    assert use_report(found.use, "") is None
    assert found.clinical.rows == ()


def test_a_centre_that_is_written_by_fine_tuning_is_new_and_is_read(tables):
    one, _, centre = tables
    column = Covariate("centre", centre)
    found = find_causes(one, StudyContext(covariates=(column,), targets=(column,)), QUICK)
    (row,) = found.clinical.rows
    assert row.reading == "better"  # the centre is a covariate too, and is not given to itself
    assert row.r2_ft > row.r2_pre + 0.2
    report = content_report(found.new)
    assert report.axes
    assert report.axes[0].columns[0].name == "centre"
    assert report.axes[0].columns[0].r2 > 0.5
    assert "of what is new" in report.headline


def test_runs_are_read_together_and_progress_is_told(tables):
    one, label, _ = tables
    heard = []
    runs = (one.x_ft + 0.01 * np.random.default_rng(1).normal(size=one.x_ft.shape),)
    context = StudyContext(runs=runs, label=(Covariate("score", label),))
    found = find_causes(replace(one), context, QUICK, lambda *told: heard.append(told))
    assert found.use.n_runs == 2
    assert [done for _, done, _ in heard] == [1, 2, 3, 4]
