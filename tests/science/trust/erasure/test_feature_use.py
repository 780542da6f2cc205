from collections import Counter

import numpy as np
import pytest

from backend.errors import BadSettings, BadTable
from backend.science.trust.erasure.feature_use import feature_use
from backend.science.trust.erasure.linear_head import LinearHead
from backend.science.trust.jackknife.covariates import Covariate
from tests.science.trust.erasure.worlds import world


def test_what_the_label_depends_on_is_used_and_what_is_carried_as_well_is_not():
    found = feature_use(*world(n=300, classes=3))
    assert found.head_works
    assert not found.head_given
    flag = found.features.flag.reshape(9, 6)
    assert set(flag[0]) == {"used"}
    assert (flag[1:8] == "not_used").mean() > 0.9
    assert set(flag[8]) == {"not_decodable"}
    np.testing.assert_allclose(found.features.used[:6], 1.0, atol=0.25)
    np.testing.assert_allclose(found.features.used[6:48], 0.0, atol=0.12)
    assert found.group_names == (*(f"g{i}" for i in range(8)), "noise")
    assert found.groups.flag[0] == "used"
    assert "used" not in found.groups.flag[1:]
    assert found.groups.used[0] == pytest.approx(1.0, abs=0.2)


def test_shares_follow_the_weights_of_the_rule():
    found = feature_use(*world(n=400, weights=(2.0, 1.0, 1.0), noise=0.5))
    means = found.features.used[:48].reshape(8, 6).mean(axis=1)
    np.testing.assert_allclose(means, [2 / 3, 1 / 6, 1 / 6, 0, 0, 0, 0, 0], atol=0.08)  # shares of variance: 4, 1, 1


def test_a_given_head_says_what_it_uses_whatever_its_scale():
    x, features, label, ids, groups = world(n=300, weights=(1.0, 1.0))
    scores = x @ np.linalg.lstsq(x, features[:, :48].reshape(300, 8, 6).mean(axis=2)[:, :1], rcond=None)[0]
    weights = np.linalg.lstsq(x, scores, rcond=None)[0].T  # reads the first factor only
    found = feature_use(x, features, label, ids, groups, head=LinearHead(-40 * weights, np.array([7.0])))
    assert found.head_given
    assert found.groups.flag[:2].tolist() == ["used", "not_used"]
    assert found.groups.used[0] > 0.8
    fitted = feature_use(x, features, label, ids, groups)
    assert fitted.groups.flag[:2].tolist() == ["used", "used"]


@pytest.mark.parametrize("n", [100, 200])
def test_false_positives_are_rare_where_no_feature_is_used(n):
    flags, groups = Counter(), Counter()
    for seed in range(8):
        x, features, _, ids, names = world(n=n, seed=seed)
        direction = np.random.default_rng([seed, 1]).normal(size=x.shape[1])
        pattern = np.linalg.lstsq(x, features[:, :48], rcond=None)[0]
        q = np.linalg.qr(pattern)[0]
        direction -= q @ (q.T @ direction)
        signal = x @ direction
        signal -= features @ np.linalg.lstsq(features, signal, rcond=None)[0]
        label = signal / signal.std() + 0.5 * np.random.default_rng([seed, 2]).normal(size=n)
        x = x + 0.5 * np.outer(signal / signal.std(), direction / np.linalg.norm(direction))
        found = feature_use(x, features, Covariate("label", label), ids, names)
        flags.update(found.features.flag.tolist())
        groups.update(found.groups.flag.tolist())
        assert found.head_works
    assert flags["used"] <= 0.03 * flags.total()
    assert groups["used"] <= 0.05 * groups.total()


def test_a_head_at_chance_says_nothing():
    x, features, label, ids, groups = world(n=120)
    shuffled = Covariate("label", np.random.default_rng(0).permutation(label.values))
    found = feature_use(x, features, shuffled, ids, groups)
    assert not found.head_works
    assert set(found.features.flag) <= {"unclear", "not_decodable"}
    assert np.isnan(found.features.used).all()
    assert np.isnan(found.groups.low).all()
    assert np.isfinite(found.features.r2).all()


def test_an_embedding_that_is_the_same_for_all_patients_carries_nothing():
    x, features, label, ids, groups = world(n=60)
    found = feature_use(np.ones_like(x), features, label, ids, groups)
    assert found.head_r2 == 0
    assert set(found.features.flag) == set(found.groups.flag) == {"not_decodable"}


def test_few_patients_are_never_flagged():
    found = feature_use(*world(n=36, noise=0.1))
    assert set(found.features.flag) <= {"unclear", "not_decodable"}


def test_intervals_cover_over_fresh_cohorts():
    inside = []
    for seed in range(12):
        found = feature_use(*world(n=150, seed=seed, weights=(1.0, 1.0), noise=0.5), repeats=1)
        inside += [(found.features.low[:12] <= 0.5) & (found.features.high[:12] >= 0.5)]
    assert np.mean(inside) >= 0.85  # without the factor for refitting it is 0.8


def test_repeated_studies_count_as_one_patient():
    alone = feature_use(*world(n=150))
    repeated = feature_use(*world(n=450, studies=3))
    width = [np.median((one.features.high - one.features.low)[:6]) for one in (alone, repeated)]
    assert width[1] > 0.5 * width[0]  # by study it would be 1 / sqrt(3), and the head's skill would be overstated
    assert repeated.features.flag[0] == "used"


def test_runs_are_averaged_and_their_spread_widens_the_interval():
    x, features, label, ids, groups = world(n=150)
    noisy = [x + 0.4 * np.random.default_rng(i).normal(size=x.shape) for i in range(3)]
    runs = feature_use(noisy, features, label, ids, groups)
    alone = [feature_use(one, features, label, ids, groups) for one in noisy]
    assert runs.n_runs == 3
    assert runs.features.by_run.shape == (3, 54)
    np.testing.assert_allclose(runs.features.used, runs.features.by_run.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(runs.head_r2, np.mean([one.head_r2 for one in alone]), atol=1e-12)
    same, plain = (feature_use(one, features, label, ids, groups) for one in ([x, x, x], x))
    np.testing.assert_allclose(same.features.low, plain.features.low, atol=1e-12)


def test_the_same_input_gives_the_same_bits_and_the_seed_matters():
    tables = world(n=80)
    first, second, other = (feature_use(*tables, seed=seed) for seed in (3, 3, 4))
    for name in ("used", "low", "high", "control", "chance", "r2", "flag"):
        assert (getattr(first.features, name) == getattr(second.features, name)).all()
    assert (first.features.control != other.features.control).any()


def test_scale_rotation_and_offset_of_the_embedding_change_nothing():
    x, features, label, ids, groups = world(n=90)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(50, 50)))[0]
    first = feature_use(x, features, label, ids, groups)
    second = feature_use(7 * x @ turn + 2, features, label, ids, groups)
    np.testing.assert_allclose(first.features.used, second.features.used, atol=1e-8)
    assert first.head_r2 == pytest.approx(second.head_r2, abs=1e-8)


def test_bad_input_is_refused_in_a_sentence():
    x, features, label, ids, groups = world(n=60)
    with pytest.raises(BadTable, match="59 values for 60 studies"):
        feature_use(x, features, Covariate("label", label.values[:-1]), ids, groups)
    with pytest.raises(BadTable, match="is missing for 1 studies"):
        feature_use(x, features, Covariate("label", np.r_[np.nan, label.values[1:]]), ids, groups)
    with pytest.raises(BadTable, match="is missing for 2 studies"):
        feature_use(x, features, Covariate("label", np.array(["", " ", *["a", "b"] * 29])), ids, groups)
    with pytest.raises(BadTable, match="the same for all studies"):
        feature_use(x, features, Covariate("label", np.array(["a"] * 60)), ids, groups)
    with pytest.raises(BadTable, match="do not fit radiomics of 60 studies"):
        feature_use(x[:50], features, label, ids, groups)
    with pytest.raises(BadTable, match="missing or infinite"):
        feature_use(np.full_like(x, np.inf), features, label, ids, groups)
    with pytest.raises(BadSettings, match="1 folds"):
        feature_use(x, features, label, ids, groups, folds=1)
    with pytest.raises(BadTable, match="reads embeddings of width 3"):
        feature_use(x, features, label, ids, groups, head=LinearHead(np.ones((1, 3)), np.zeros(1)))
    with pytest.raises(BadTable, match="2 heads for 1 runs"):
        feature_use(x, features, label, ids, groups, head=[LinearHead(np.ones((1, 50)), np.zeros(1))] * 2)
