from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadTable
from backend.science.trust.content.headline import headline
from backend.science.trust.content.new_content import lost_content, new_content
from backend.science.trust.content.shares import Share
from backend.science.trust.jackknife.covariates import Covariate
from tests.science.trust.content.worlds import world


def new(made, **options):
    return new_content(made.x_pre, made.x_ft, *made.tables(), **options)


def correlation(a, b):
    return abs(np.corrcoef(a, b)[0, 1])


def test_the_new_axes_are_found_in_the_order_of_their_variance():
    made = world(n=300, sizes=(2.0, 1.0, 0.5))
    found = new(made, label=made.label)
    assert len(found.axes) == 3
    assert [correlation(found.scores[:, i], made.truth[:, i]) > 0.9 for i in range(3)] == [True] * 3
    np.testing.assert_allclose([axis.share for axis in found.axes], [4 / 7, 2 / 7, 1 / 7], atol=0.06)
    assert sum(axis.share for axis in found.axes) == pytest.approx(1)


@pytest.mark.parametrize("sizes", [(1.0, 0.0, 1.0), (2.0, 1.0, 0.6), (0.6, 1.0, 2.0)])
def test_shares_of_radiomics_and_label_are_recovered(sizes):
    total = sum(sizes)
    found = [new(made, label=made.label) for made in (world(n=300, seed=seed, sizes=sizes) for seed in range(3))]
    assert np.mean([one.radiomics.value for one in found]) == pytest.approx(sizes[0] / total, abs=0.1)
    assert np.mean([one.label.value for one in found]) == pytest.approx(sizes[1] / total, abs=0.1)
    assert np.mean([one.rest for one in found]) == pytest.approx(sizes[2] / total, abs=0.1)
    for one in found:
        assert one.radiomics.low < one.radiomics.value < one.radiomics.high


def test_axes_are_named_by_what_they_are():
    made = world(n=300, sizes=(2.0, 1.0, 0.5))
    centre = Covariate("center", np.where(made.truth[:, 2] > 0, "A", "B"))
    by_radiomics, by_label, unnamed = new(made, label=made.label, covariates=[centre]).axes
    assert by_radiomics.groups[0].group == "fresh"
    assert by_radiomics.groups[0].r2 > 0.8
    assert {one.group for one in by_radiomics.features} == {"fresh"}
    assert all(one.correlation > 0.8 for one in by_radiomics.features)
    assert [one.name for one in by_label.associations] == ["label", "center"]
    assert abs(by_label.associations[0].correlation) > 0.9
    assert by_label.associations[0].r2 > 0.8
    assert by_label.groups == by_label.features == unnamed.groups == ()
    assert unnamed.associations[1].correlation > 0.6  # it is the centre, if anybody asks
    assert abs(unnamed.associations[0].correlation) < 0.2


def test_the_ends_are_the_studies_with_extreme_values():
    made = world(n=300, sizes=(2.0, 0.0, 0.0))
    axis = new(made).axes[0]
    order = [f"s{i:03d}" for i in np.argsort(made.truth[:, 0])]
    assert set(axis.high_end) <= set(order[-20:])  # the feature that names the axis rises towards the high end
    assert set(axis.low_end) <= set(order[:20])
    assert (len(axis.low_end), len(axis.high_end)) == (5, 5)


@pytest.mark.parametrize(("n", "d", "noise"), [(200, 40, 0.1), (80, 200, 0.1), (80, 200, 0.4), (60, 30, 0.5)])
def test_a_rotated_scaled_and_moved_embedding_has_nothing_new(n, d, noise):
    for seed in range(4):
        made = world(n=n, d=d, noise=noise, seed=seed, sizes=(0.0, 0.0, 0.0))
        found = new(made, label=made.label)
        assert found.axes == ()
        assert found.unpredicted == pytest.approx(found.own_unpredicted, rel=1e-6)
        assert np.isnan(found.radiomics.value)
        assert headline(found).startswith("nothing new beyond chance: ")
        lost = lost_content(made.x_pre, made.x_ft, *made.tables())
        assert lost.axes == ()


def test_fresh_noise_has_no_axis():
    rng = np.random.default_rng(0)
    counts = []
    for seed in range(10):
        made = world(n=120, seed=seed, sizes=(0.0, 0.0, 0.0))
        made.x_ft += 0.3 * rng.normal(size=made.x_ft.shape) * np.exp(0.4 * rng.normal(size=(120, 1)))
        counts.append(len(new(made).axes))
    assert np.mean(np.array(counts) > 0) <= 0.1
    assert new(made).unpredicted > 0.05


def test_more_dimensions_than_patients():
    made = world(n=100, d=300, noise=0.05, sizes=(2.0, 0.0, 1.0))
    found = new(made)
    assert len(found.axes) == 2
    assert 0.4 < found.radiomics.value < 2 / 3  # held out with few patients, it is a lower bound


def test_what_was_lost_is_what_is_new_the_other_way_round():
    made = world(sizes=(1.0, 1.0, 0.0))
    lost = lost_content(made.x_ft, made.x_pre, *made.tables(), label=made.label)
    found = new(made, label=made.label)
    assert lost.kind == "lost"
    np.testing.assert_array_equal(lost.scores, found.scores)
    assert lost.axes == found.axes
    assert lost_content(made.x_pre, made.x_ft, *made.tables()).axes == ()


def test_intervals_cover_the_share_that_a_cohort_of_this_size_shows():
    shares = [new(world(n=100, seed=seed, sizes=(1.0, 0.0, 1.0))).radiomics for seed in range(30)]
    expected = np.mean([one.value for one in shares])
    assert 0.25 < expected < 0.5
    assert np.mean([one.low <= expected <= one.high for one in shares]) >= 0.85


def test_an_axis_that_both_explain_is_counted_once():
    made = world(n=300, sizes=(1.0, 0.0, 0.0))
    found = new(made, label=Covariate("label", made.truth[:, 0]))
    assert found.radiomics.value > 0.85
    assert found.label.value > 0.85
    assert found.overlap > 0.8
    assert found.rest < 0.1
    assert " is both)" in headline(found)


def test_classes_as_label():
    made = world(n=300, sizes=(0.0, 2.0, 0.0))
    label = Covariate("grade", np.array(["low", "mid", "high"])[np.digitize(made.truth[:, 1], [-0.4, 0.4])])
    found = new(made, label=label)
    explained = found.axes[0].associations[0]
    means = [made.truth[label.values == name, 1] for name in ("low", "mid", "high")]
    within = sum(np.square(values - values.mean()).sum() for values in means)
    ratio = np.sqrt(1 - within / np.square(made.truth[:, 1] - made.truth[:, 1].mean()).sum())
    assert explained.correlation == pytest.approx(ratio, abs=0.06)
    assert explained.r2 == pytest.approx(ratio**2, abs=0.1)


def test_repeated_studies_do_not_pass_for_patients():
    made = world(n=240, studies=3, sizes=(1.0, 0.0, 1.0))
    rng = np.random.default_rng(3)
    own = np.repeat(rng.normal(size=(80, 30)), 3, axis=0)  # features that name the patient, and nothing else
    made.radiomics, made.groups = own, ["own"] * 30
    made.names = [f"feature{i}" for i in range(30)]
    found = new(made)
    assert len(found.axes) == 2
    assert abs(found.radiomics.value) < 0.05
    as_patients = [str(i) for i in range(240)]
    by_study = new_content(made.x_pre, made.x_ft, own, made.names, made.groups, as_patients, made.tables()[4])
    assert by_study.radiomics.low > 0.08


def test_the_headline_in_words():
    made = world(n=300, sizes=(2.0, 1.0, 0.6))
    found = new(made, label=made.label)
    own = found.radiomics
    assert headline(found) == (
        f"radiomics explain {100 * own.value:.0f} % [{100 * own.low:.0f}, {100 * own.high:.0f}] of what is new; "
        f"{100 * found.label.value:.0f} % goes with the label; the rest, {100 * found.rest:.0f} %, has no name here"
    )
    assert "label" not in headline(new(made))
    alone = (Share(0.01, 0.0, 0.03), Share(0.07, 0.05, 0.09), Share(0.11, 0.09, 0.13))
    together = replace(found, radiomics=alone[0], label=alone[1], named=alone[2])
    nothing = replace(found, radiomics=alone[1], label=Share(0.0, -0.01, 0.01), named=Share(0.06, 0.04, 0.08))
    assert "0 % goes with the label; the rest, 93 %" in headline(nothing)
    likely_less = replace(found, radiomics=Share(0.41, 0.1, 0.73), label=Share(0.04, 0.0, 0.3), named=Share(0.36, 0, 1))
    assert "radiomics explain 41 %" in headline(likely_less)
    assert "the rest, 59 %, has no name here" in headline(likely_less), "shares of a whole add up to 100 %"
    assert "7 % goes with the label; both together explain 3 % more; the rest, 89 %, has" in headline(together)


def test_against_a_constant_embedding_everything_is_new_and_nothing_lost():
    made = world(n=80)
    constant = np.ones_like(made.x_pre)
    found = new_content(constant, made.x_ft, *made.tables(), label=made.label)
    assert found.unpredicted == pytest.approx((80 / 79) ** 2, rel=1e-9)  # errors from the mean of the others
    assert len(found.axes) >= 3
    assert lost_content(constant, made.x_ft, *made.tables()).axes == ()


def test_the_same_input_gives_the_same_bits():
    made = world(n=90)
    first, second = (new(made, label=made.label) for _ in range(2))
    assert first.axes == second.axes
    assert (first.scores == second.scores).all()


def test_bad_input_is_refused_in_a_sentence():
    made = world(n=60)
    radiomics, names, groups, ids, studies = made.tables()
    with pytest.raises(BadTable, match="do not fit radiomics of 60 studies"):
        new_content(made.x_pre[:-1], made.x_ft, radiomics, names, groups, ids, studies)
    with pytest.raises(BadTable, match="do not fit"):
        new_content(made.x_pre, made.x_ft, radiomics, names[:-1], groups, ids, studies)
    with pytest.raises(BadTable, match="missing or infinite"):
        new_content(np.full_like(made.x_pre, np.nan), made.x_ft, radiomics, names, groups, ids, studies)
    with pytest.raises(BadTable, match="too few to say what is new"):
        new_content(made.x_pre, made.x_ft, radiomics, names, groups, ["p"] * 60, studies)
