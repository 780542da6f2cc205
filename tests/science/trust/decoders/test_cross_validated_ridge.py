import numpy as np
import pytest

from backend.science.tables.patients import patient_rows
from backend.science.trust.bootstrap import arithmetic, draw, replicates
from backend.science.trust.decoders.cross_validated_ridge import decode, replicate_r2
from backend.science.trust.decoders.elastic_net import elastic_net_r2
from backend.science.trust.decoders.folds import patient_folds
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.decoders.ridge import gram
from backend.science.trust.permutation_floor import permuted_r2, quantile_floor
from tests.science.trust.cohorts import planted
from tests.science.trust.decoders.test_rank_normal import oracle
from tests.science.trust.decoders.test_ridge import primal


@pytest.fixture(scope="module")
def case():
    x_pre, x_ft, r = planted(n=90)
    patients = [f"p{i % 70:02d}" for i in range(90)]
    products = gram(x_pre), gram(x_ft)
    folds = patient_folds(patients, 5, 2, seed=0)
    return x_pre, x_ft, r, patients, products, folds, decode(products, Ranks.of(r), folds)


def by_hand(x, r, folds, penalties):
    """R2 of every feature by primal ridge, one fold after another."""
    values = []
    for row, chosen in zip(folds, penalties, strict=True):
        error, total = np.zeros(r.shape[1]), np.zeros(r.shape[1])
        for number, penalty in enumerate(chosen):
            train, test = row != number, row == number
            y = np.column_stack([oracle(r[train, k], r[:, k]) for k in range(r.shape[1])])
            error += ((y[test] - primal(x[train], y[train], x[test], penalty)) ** 2).sum(axis=0)
            total += ((y[test] - y[train].mean(axis=0)) ** 2).sum(axis=0)
        values.append(1 - error / total)
    return np.mean(values, axis=0)


def test_r2_equals_a_primal_cross_validation(case):
    x_pre, x_ft, r, _, _, folds, decoding = case
    penalties = [[fold.penalty for fold in row] for row in decoding.repeats]
    np.testing.assert_allclose(decoding.r2[0], by_hand(x_pre, r, folds, penalties), atol=1e-9)
    np.testing.assert_allclose(decoding.r2[1], by_hand(x_ft, r, folds, penalties), atol=1e-9)


def test_the_full_run_is_the_replicate_that_holds_everyone_once(case):
    products, decoding = case[4], case[6]
    light, repeats = arithmetic(products, decoding)
    assert light[0].dtype == np.float32
    np.testing.assert_allclose(replicate_r2(light, repeats, np.ones(90, dtype=int)), decoding.r2, atol=1e-5)


def test_a_replicate_equals_a_cross_validation_of_the_drawn_rows(case):
    """Rows repeated in the table instead of counted, folds, transforms and penalties of the full run."""
    _, x_ft, r, patients, products, folds, decoding = case
    count = draw(patient_rows(patients), seed=5, number=3)
    assert count.sum() == sum(count[rows[0]] * len(rows) for rows in patient_rows(patients))
    rows = np.repeat(np.arange(90), count)
    error, total = np.zeros(r.shape[1]), np.zeros(r.shape[1])
    for number, fold in enumerate(decoding.repeats[0]):
        train, test = rows[folds[0][rows] != number], rows[folds[0][rows] == number]
        y = np.column_stack([oracle(r[folds[0] != number, k], r[:, k]) for k in range(r.shape[1])])
        error += ((y[test] - primal(x_ft[train], y[train], x_ft[test], fold.penalty)) ** 2).sum(axis=0)
        total += ((y[test] - y[train].mean(axis=0)) ** 2).sum(axis=0)
    got = replicate_r2(products, decoding.repeats[:1], count)[1]
    np.testing.assert_allclose(got, 1 - error / total, atol=1e-5)


def test_replicates_do_not_depend_on_workers_and_can_be_resumed(case):
    patients, products, decoding = patient_rows(case[3]), case[4], case[6]
    one = replicates(products, decoding, patients, 8, seed=1)
    two = replicates(products, decoding, patients, 8, seed=1, workers=2)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, replicates(products, decoding, patients, 8, seed=2))


class Memory:
    """Keeps what it is told to."""

    kept = None

    def load(self):
        return self.kept

    def save(self, replicates):
        self.kept = replicates.copy()


def test_a_stopped_bootstrap_goes_on_from_the_last_block(case):
    patients, products, decoding, memory, heard = patient_rows(case[3]), case[4], case[6], Memory(), []

    def stop(done):
        if done == 57:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        replicates(products, decoding, patients, 60, seed=1, done=stop, store=memory)
    assert memory.kept.shape == (50, 2, 48)
    resumed = replicates(products, decoding, patients, 60, seed=1, done=heard.append, store=memory)
    assert heard[0] == 51
    assert np.array_equal(resumed, replicates(products, decoding, patients, 60, seed=1))
    assert np.array_equal(memory.kept, resumed)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_ends_the_bootstrap(case, workers):
    heard = []

    def stop(done):
        heard.append(done)
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        replicates(case[4], case[6], patient_rows(case[3]), 50, seed=1, workers=workers, done=stop)
    assert heard == [1, 2]


def test_an_ill_conditioned_embedding_is_computed_in_double_precision():
    x_pre, _, r = planted(n=40)
    x_pre = x_pre * np.logspace(0, 9, x_pre.shape[1])
    products = gram(x_pre), gram(x_pre)
    decoding = decode(products, Ranks.of(r), patient_folds([str(i) for i in range(40)], 4, 1, 0))
    light, repeats = arithmetic(products, decoding)
    again = replicate_r2(light, repeats, np.ones(40, dtype=int))
    np.testing.assert_allclose(again, decoding.r2, atol=1e-3)


def test_a_feature_that_does_not_vary_is_not_decoded():
    """Nothing is explained where nothing varies, in the full run, in other decoders and in a replicate alike."""
    x_pre, x_ft, r = planted(n=60)
    r = r[:, :3].copy()
    r[:, 1:] = 5.0
    r[7, 2] = 6.0
    patients = [f"p{i:02d}" for i in range(60)]
    products, folds = (gram(x_pre), gram(x_ft)), patient_folds(patients, 5, 2, seed=0)
    decoding = decode(products, Ranks.of(r), folds)
    assert decoding.r2[:, 1].tolist() == [0.0, 0.0]
    assert decoding.r2[:, 0].min() > 0.5
    net = elastic_net_r2((x_pre, x_ft), Ranks.of(r), folds[0], patient_rows(patients))
    assert net[:, 1].tolist() == [0.0, 0.0]
    without = np.ones(60, dtype=int)
    without[[7, 8]] = 0, 2
    assert np.abs(replicate_r2(products, decoding.repeats, without)[:, 1:]).max() < 1e-12
    of_one_fold = (folds[0] == 0).astype(int)
    assert replicate_r2(products, decoding.repeats[:1], of_one_fold).tolist() == np.zeros((2, 3)).tolist()


def test_decoded_values_are_held_out_and_their_error_is_the_r2(case):
    r, folds, decoding = case[2], case[5], case[6]
    single = decode(case[4], Ranks.of(r), folds[:1])
    error, total = np.zeros(48), np.zeros(48)
    for fold in single.repeats[0]:
        true = fold.targets[fold.held_out].astype(float)
        error += ((true - single.decoded[1, fold.held_out]) ** 2).sum(axis=0)
        total += ((true - fold.targets[~fold.held_out].mean(axis=0)) ** 2).sum(axis=0)
    np.testing.assert_allclose(1 - error / total, single.r2[1], atol=1e-4)
    assert decoding.decoded.shape == (2, 90, 48)


def test_folds_by_study_flatter_a_cohort_with_repeated_studies():
    """The trap that folds by patient avoid: a patient on both sides is recognised."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=(60, 60))
    x = np.vstack([first, first + 0.1 * rng.normal(size=(60, 60))])
    own = rng.normal(size=(60, 10))
    r = np.vstack([own, own + 0.1 * rng.normal(size=(60, 10))])
    patients = [f"p{i % 60}" for i in range(120)]
    by_patient = decode((gram(x),), Ranks.of(r), patient_folds(patients, 5, 1, 0)).r2.mean()
    by_study = decode((gram(x),), Ranks.of(r), patient_folds([str(i) for i in range(120)], 5, 1, 0)).r2.mean()
    assert by_study > by_patient + 0.1


def test_features_that_were_written_lie_above_the_control_floor_and_absent_ones_below(case):
    r, patients, products, decoding = case[2], case[3], case[4], case[6]
    floor = quantile_floor(permuted_r2(products, Ranks.of(r), decoding.repeats[0], patient_rows(patients), seed=0))
    written = np.array([k % 6 != 5 for k in range(48)])
    assert 0 <= floor < 0.15
    assert (decoding.r2.max(axis=0)[written] > floor).all()


def test_few_of_the_features_that_are_not_there_pass_the_control_floor():
    passed = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x_pre, x_ft, r = planted(n=50, seed=seed)
        r[:, 24:] = rng.normal(size=(50, 24))
        patients = [str(i) for i in range(50)]
        products, ranks = (gram(x_pre), gram(x_ft)), Ranks.of(r)
        decoding = decode(products, ranks, patient_folds(patients, 5, 1, seed))
        floor = quantile_floor(permuted_r2(products, ranks, decoding.repeats[0], patient_rows(patients), seed))
        passed.append((decoding.r2.max(axis=0)[24:] > floor).mean())
    assert np.mean(passed) < 0.1
