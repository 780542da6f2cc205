import numpy as np
import pytest

from backend.science.trust.clinical_targets import clinical_change, clinical_target
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import decoding_change

N, D = 120, 24


def words(values):
    return np.array(values, dtype=str)


def world(seed=0, centre_after=2.0):
    """A centre of three scanners that fine-tuning writes into the embedding, an age that both hold, a PSA that none."""
    rng = np.random.default_rng([seed, 7])
    centre = rng.integers(0, 3, N)
    age, psa = rng.normal(65, 7, N), np.exp(rng.normal(2, 0.6, N))
    content = rng.normal(size=(N, 6)) @ rng.normal(size=(6, D))
    content += np.outer((age - 65) / 7, 1.5 * rng.normal(size=D))
    offsets = rng.normal(size=(3, D))
    x_pre, x_ft = (content + strength * offsets[centre] + rng.normal(size=(N, D)) for strength in (0.0, centre_after))
    ids = [f"p{i:03d}" for i in range(N)]
    names = words(["ABC"[i] for i in centre])
    return x_pre, x_ft, [Covariate("center", names), Covariate("age", age), Covariate("psa", psa)], ids


def test_a_shortcut_is_read_better_and_the_rest_is_not():
    x_pre, x_ft, columns, ids = world()
    center, age, psa = clinical_change(x_pre, [x_ft], columns, ids).rows
    assert center.reading == "better"
    assert center.r2_pre < 0.1
    assert center.r2_ft > 0.5
    assert center.low > 0.3
    assert center.levels == ("A", "B", "C")
    assert center.sentence().startswith("center is read better after fine-tuning: R² ")
    assert (age.reading, psa.reading) == ("same", "not_read")
    assert age.r2_pre > 0.5


def test_without_a_change_false_readings_are_rare():
    readings = []
    for seed in range(20):
        x_pre, x_ft, columns, ids = world(seed, centre_after=0.0)
        readings += [row.reading for row in clinical_change(x_pre, [x_ft], columns, ids).rows]
    assert np.mean([reading in ("better", "worse") for reading in readings]) <= 0.05


def test_a_number_equals_the_same_column_as_a_feature():
    x_pre, x_ft, columns, ids = world(1)
    row = clinical_change(x_pre, [x_ft], columns[1:2], ids).rows[0]
    direct = decoding_change(x_pre, [x_ft], columns[1].values[:, None], ids, ["age"]).features
    assert (row.r2_pre, row.r2_ft) == (direct.r2_pre[0], direct.r2_ft[0])


def test_missing_numbers_and_blank_classes_are_left_out_and_counted():
    x_pre, x_ft, (center, age, _), ids = world(2)
    values, names = age.values.copy(), center.values.copy().astype("<U4")
    values[:7], names[:5] = np.nan, ["", " ", "NA", "nan", "n/a"]
    number, classes = clinical_change(x_pre, [x_ft], [Covariate("age", values), Covariate("center", names)], ids).rows
    assert (number.n_studies, number.missing) == (N - 7, 7)
    assert (classes.n_studies, classes.missing, classes.levels) == (N - 5, 5, ("A", "B", "C"))
    kept = slice(7, None)
    alone = clinical_change(x_pre[kept], [x_ft[kept]], [Covariate("age", values[kept])], ids[kept]).rows[0]
    assert number.r2_ft == alone.r2_ft


def test_rare_classes_are_pooled_or_left_out():
    ids = [f"p{i}" for i in range(60)]
    pooled = clinical_target(Covariate("scanner", words(["a"] * 30 + ["b"] * 24 + ["c"] * 3 + ["d"] * 3)), ids)
    assert pooled.levels == ("a", "b", "other")
    assert pooled.notes == ("scanner: the rare classes c, d are pooled as other.",)
    dropped = clinical_target(Covariate("scanner", words(["a"] * 30 + ["b"] * 26 + ["c"] * 3 + [""])), ids)
    assert dropped.levels == ("b",)
    assert dropped.notes == ("scanner: the rare classes c (3 studies) are left out.",)
    assert (dropped.missing, len(dropped.rows)) == (1, 56)


def test_none_is_a_class():
    target = clinical_target(Covariate("biopsy", words(["none"] * 30 + ["prior"] * 30)), [f"p{i}" for i in range(60)])
    assert target.levels == ("prior",)
    assert target.values.sum() == 30


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full(60, 3.0), "x has one value only and is left out."),
        (words(["a"] * 60), "x has one value only and is left out."),
        (np.r_[np.arange(10.0), np.full(50, np.nan)], "x has values of 10 patients and is left out; 20 are needed."),
    ],
)
def test_columns_that_cannot_be_targets_are_listed(values, sentence):
    ids = [f"p{i}" for i in range(60)]
    x = np.random.default_rng(0).normal(size=(60, 5))
    table = clinical_change(x, [x], [Covariate("x", values)], ids)
    assert table.rows == ()
    assert table.left_out == (sentence,)
