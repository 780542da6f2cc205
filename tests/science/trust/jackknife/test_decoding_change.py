import numpy as np
import pytest

from backend.errors import BadTable
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import decoding_change
from tests.science.trust.jackknife.cohorts import GROUPS, patients, simulate

CHANGED = ("stronger", "weaker", "kept", "probable_stronger", "probable_weaker")


def analyse(n=60, repeats=0, **options):
    given = {key: options.pop(key) for key in ("covariates", "given") if key in options}
    x_pre, x_ft, features, groups = simulate(n=n, **options)
    return decoding_change(
        x_pre,
        x_ft,
        features,
        patients(n, repeats),
        groups,
        label=given.get("given", ()),
        covariates=given.get("covariates", ()),
    )


def test_planted_changes_are_found_in_their_direction():
    found = analyse(n=120, after=(1, 3, 0.2, 1, 1, 1))
    assert found.group_names == GROUPS
    assert found.groups.flag.tolist()[1:3] == ["stronger", "weaker"]
    flags = found.features.flag.reshape(10, 6)
    assert np.isin(flags[:, 1], ("stronger", "probable_stronger")).mean() > 0.8
    assert np.isin(flags[:, 2], ("weaker", "probable_weaker")).mean() > 0.8
    assert not np.isin(flags[:, [0, 3, 4, 5]], CHANGED).any()
    assert found.shrunken is not None
    assert found.influence.shape == (120, 60)


def test_without_a_change_false_positives_are_rare():
    cohorts = [analyse(seed=seed, noise=1.0) for seed in range(60)]
    features = np.mean([np.isin(one.features.flag, CHANGED).mean() for one in cohorts])
    groups = np.mean([np.isin(one.groups.flag, CHANGED).any() for one in cohorts])
    assert features <= 0.01
    assert groups <= 0.2  # any group of a cohort; 0.10 is nominal, and 60 cohorts have an error of 0.04
    assert np.mean([(one.groups.p < 0.05).mean() for one in cohorts]) <= 0.1


def test_scaled_and_rotated_embeddings_have_not_changed():
    x, _, features, groups = simulate(n=80)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(30, 30)))[0]
    found = decoding_change(x, [5.0 * x @ turn + 2.0], features, patients(80), groups)
    assert np.abs(found.features.effect.value).max() < 1e-10
    assert not np.isin(found.features.flag, CHANGED).any()
    assert not np.isin(found.groups.flag, CHANGED).any()


def test_repeated_runs_are_bit_identical_and_the_order_of_rows_does_not_matter():
    x_pre, x_ft, features, groups = simulate(n=70, runs=2, after=(1, 2, 0.5, 1, 1, 1))
    ids = patients(70, repeats=12)
    found, again = (decoding_change(x_pre, x_ft, features, ids, groups) for _ in range(2))
    for name in ("se", "p", "q", "r2_pre", "r2_ft", "flag"):
        np.testing.assert_array_equal(getattr(found.features, name), getattr(again.features, name))
    order = np.random.default_rng(0).permutation(70)
    other = decoding_change(x_pre[order], [x[order] for x in x_ft], features[order], [ids[i] for i in order], groups)
    assert other.patients == found.patients
    np.testing.assert_allclose(other.features.effect.value, found.features.effect.value, atol=1e-10)
    np.testing.assert_allclose(other.features.se, found.features.se, atol=1e-10)
    np.testing.assert_allclose(other.influence, found.influence, atol=1e-7)


def test_fewer_than_40_patients_are_too_few_and_fewer_than_80_have_no_shrunken_effect():
    few = analyse(n=39, after=(1, 3, 0.2, 1, 1, 1))
    assert set(few.features.flag) == set(few.groups.flag) == {"too_few"}
    assert few.shrunken is None
    assert analyse(n=60).shrunken is None


def test_patients_are_counted_not_studies():
    assert set(analyse(n=60, repeats=22).groups.flag) == {"too_few"}


def test_what_an_encoder_that_lost_everything_lost_least_is_kept_not_stronger():
    found = analyse(n=160, after=(0.15, 0.7, 0.15, 0.15, 0.15, 0.15), noise=1.2)
    assert found.shared_change < -0.3
    assert found.groups.flag[1] == "kept"
    assert found.groups.delta_r2[1] < 0 < found.groups.effect.value[1]
    assert "stronger" not in found.groups.flag


def test_a_change_that_goes_with_the_label_is_label_borne_and_a_content_change_is_not():
    label = np.random.default_rng(9).integers(0, 2, 200) * 2.0 - 1.0
    words = [Covariate("label", np.where(label > 0, "yes", "no"))]
    found = analyse(n=200, label=label, write=4.0, after=(1, 1, 1, 2.5, 1, 1), noise=1.5, given=words)
    assert found.groups.flag.tolist()[1] == "label_borne"
    assert found.groups.flag.tolist()[3] == "stronger"
    assert found.group_label is not None
    assert found.group_label.q[1] < 0.01
    assert found.group_label.label_borne.value[1] > 0.05
    assert not np.isin(found.group_label.given_label.flag[1], CHANGED)
    assert found.feature_label is not None
    flags = found.features.flag.reshape(10, 6)
    assert (flags[:, 1] == "label_borne").any()
    assert not np.isin(flags[:, 1], CHANGED).any()  # what is stronger with its group only is read with its group
    difference = found.group_label.label_borne
    np.testing.assert_allclose(
        difference.value, found.groups.effect.value - found.group_label.given_label.effect.value, atol=1e-12
    )


def test_a_label_that_adds_nothing_is_listed_and_not_used():
    one = [Covariate("label", np.full(60, "yes"))]
    found = analyse(given=one)
    assert found.given_label is None
    assert found.feature_label is None
    assert found.dropped_covariates == ("label adds nothing to the covariates: it is constant or told by the others.",)


def test_runs_are_averaged_and_their_spread_is_part_of_the_error():
    found = analyse(n=80, runs=3, after=(1, 3, 0.2, 1, 1, 1))
    assert found.n_runs == 3
    assert found.chance_r2.shape == (4,)
    effect = found.groups.effect
    np.testing.assert_allclose(effect.value, effect.by_run.mean(axis=0))
    spread = 0.5 * effect.by_run.var(axis=0, ddof=1) + 0.5 * effect.by_run.var(axis=0, ddof=1).mean()
    patients_only = found.groups.se**2 - spread / 3
    assert np.all(patients_only > 0)
    assert found.groups.n_runs_agree.tolist()[1:3] == [3, 3]


def test_any_other_grouping_has_q_values_of_its_own():
    found = analyse(n=80, after=(1, 3, 0.2, 1, 1, 1))
    changes, share = found.grouping([np.arange(60), np.array([1, 7])])
    assert share is None
    np.testing.assert_allclose(changes.effect.value[0], found.features.effect.value.mean())
    assert changes.q.shape == (2,)


def test_bad_tables_are_refused_with_one_sentence():
    x_pre, x_ft, features, groups = simulate(n=30)
    ids = patients(30)
    with pytest.raises(BadTable, match="do not fit"):
        decoding_change(x_pre[1:], x_ft, features, ids, groups)
    with pytest.raises(BadTable, match="do not fit"):
        decoding_change(x_pre, [], features, ids, groups)
    broken = x_pre.copy()
    broken[3, 3] = np.nan
    with pytest.raises(BadTable, match="missing or infinite"):
        decoding_change(broken, x_ft, features, ids, groups)
    constant = features.copy()
    constant[:, 4] = 1.0
    with pytest.raises(BadTable, match="1 of 60 features"):
        decoding_change(x_pre, x_ft, constant, ids, groups)
    with pytest.raises(BadTable, match="3 patients are too few"):
        decoding_change(x_pre, x_ft, features, ["a", "b", "c"] * 10, groups)


def test_tied_features_are_decoded_by_their_mid_ranks():
    x_pre, x_ft, features, groups = simulate(n=60)
    found = decoding_change(x_pre, x_ft, np.round(features), patients(60), groups)
    assert np.isfinite(found.features.effect.value).all()
    assert np.isfinite(found.features.se).all()
