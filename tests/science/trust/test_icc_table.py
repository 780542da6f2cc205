from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backend.errors import BadTable
from backend.science.trust.icc import icc31, icc_by_feature, icc_summary, repeatability
from backend.science.trust.icc_table import read_icc, read_repeatability

# Shrout & Fleiss 1979, table 2: six targets, four judges; ICC(3,1) = 0.71.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
QIN = Path(__file__).parents[4] / "shared" / "data" / "tables" / "qin_biasCorrectedT2AX_FullStudySettings_3D_bin20.csv"

needs_qin = pytest.mark.skipif(not QIN.exists(), reason="the shared QIN test-retest table is not beside this checkout")


def long_table(values, **columns):
    rows = [
        {"subject": f"s{i}", "repeat": f"r{j}", "a": values[i, j], **{k: v[i, j] for k, v in columns.items()}}
        for i in range(values.shape[0])
        for j in range(values.shape[1])
    ]
    return pd.DataFrame(rows)


def test_the_published_example():
    assert icc31(JUDGES[:, :, None])[0] == pytest.approx(0.7148, abs=5e-5)


def test_a_constant_offset_between_visits_is_consistent_and_noise_is_not():
    subject = np.arange(10.0)
    steady = np.stack([subject, subject + 5], axis=1)
    noise = np.random.default_rng(0).normal(size=(10, 2))
    found = icc_by_feature(long_table(steady, noise=noise, flat=np.ones((10, 2))))
    assert found["a"] == pytest.approx(1)
    assert found["noise"] < 0.6
    assert np.isnan(found["flat"])


def test_row_order_and_incomplete_subjects_do_not_matter():
    table = long_table(JUDGES)
    extra = pd.DataFrame([{"subject": "s99", "repeat": "r0", "a": 100.0}])
    shuffled = pd.concat([table, extra]).sample(frac=1, random_state=0)
    assert icc_by_feature(shuffled)["a"] == icc_by_feature(table)["a"]


def test_both_kinds_of_file_are_read(tmp_path):
    ready, measured = tmp_path / "icc.csv", tmp_path / "retest.csv"
    ready.write_text("feature,icc\nT2_original_glcm_Contrast,0.8\nx,\n")
    long_table(JUDGES).to_csv(measured, sep=";", index=False)
    assert read_icc(ready)["T2_original_glcm_Contrast"] == 0.8
    assert np.isnan(read_icc(ready)["x"])
    assert read_icc(measured)["a"] == pytest.approx(0.7148, abs=5e-5)
    assert icc_summary(read_icc(ready)) == {"known": 1, "below_075": 0}


def test_decimal_commas_of_semicolon_files_are_numbers(tmp_path):
    ready, measured = tmp_path / "icc.csv", tmp_path / "retest.csv"
    ready.write_text("feature;icc\na;0,91\nb;-,5\nc;0.25\nd;\n")
    found = read_icc(ready)
    assert {name: found[name] for name in "abc"} == {"a": 0.91, "b": -0.5, "c": 0.25}
    assert np.isnan(found["d"])
    long_table(JUDGES / 10).assign(scanner="Skyra").to_csv(measured, sep=";", decimal=",", index=False)
    assert read_icc(measured)["a"] == pytest.approx(0.7148, abs=5e-5)


@pytest.mark.parametrize("text", ["feature,icc\na,0.9\nb,high\n", "feature;icc\na;0,9\nb;1.234,5\n",
                                  "subject,repeat,b\n1,1,2.5\n1,2,high\n"])  # fmt: skip
def test_a_cell_that_is_no_number_is_refused_with_its_place(tmp_path, text):
    (tmp_path / "icc.csv").write_text(text)
    with pytest.raises(BadTable, match=r"row 3 of column '(icc|b)' holds '(high|1\.234,5)', which is no number"):
        read_icc(tmp_path / "icc.csv")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,value\na,1\n", "neither"),
        ("subject,repeat,a\ns,1,1\ns,1,2\n", "two rows"),
        ("subject,repeat,a\ns,1,1\ns,2,2\n", "needs 5"),
        ("", "cannot be read"),
    ],
)
def test_what_is_no_repeatability_table_is_refused(tmp_path, text, why):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(BadTable, match=why):
        read_icc(tmp_path / "t.csv")


def test_the_published_interval():
    """McGraw & Wong 1996 print 95 % limits for the example of Shrout & Fleiss: ICC(C,1) 0.715, from 0.342 to 0.946."""
    found = repeatability(long_table(JUDGES))
    assert (found.subjects, found.repeats) == (6, 4)
    assert (found.low[0], found.high[0]) == (pytest.approx(0.342, abs=5e-4), pytest.approx(0.946, abs=5e-4))


def test_regions_of_a_table_are_kept_apart(tmp_path):
    a, b = long_table(JUDGES), long_table(JUDGES[::-1] ** 2)
    pd.concat([a.assign(roi="gland"), b.assign(roi="lesion")]).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(BadTable, match="several regions"):
        read_icc(tmp_path / "t.csv")
    with pytest.raises(BadTable, match=r"no region called 'zone'; it has gland, lesion"):
        read_icc(tmp_path / "t.csv", roi="zone")
    assert read_icc(tmp_path / "t.csv", roi="gland", modality="T2") == {"T2_a": pytest.approx(0.7148, abs=5e-5)}
    assert list(read_repeatability(tmp_path / "t.csv")) == ["gland", "lesion"]


@needs_qin
def test_the_qin_table_against_another_implementation():
    """`pingouin.intraclass_corr` 0.7.0, type ICC(C,1), whole gland: 15 patients, two visits two weeks apart."""
    gland = read_repeatability(QIN, "WholeGland", "T2")["WholeGland"]
    assert (gland.subjects, gland.repeats, len(gland.features)) == (15, 2, 1235)
    expected = {
        "T2_original_shape_Volume": (0.9470658596873691, 0.85, 0.98),
        "T2_original_firstorder_Entropy": (0.55939172423939, 0.09, 0.83),
        "T2_original_glcm_Contrast": (-0.11677875618038838, -0.58, 0.40),
        "T2_wavelet-HHH_glszm_ZonePercentage": (0.25179910726964244, -0.28, 0.67),
    }
    for feature, (icc, low, high) in expected.items():
        k = gland.features.index(feature)
        assert gland.icc[k] == pytest.approx(icc, rel=1e-9)
        assert (gland.low[k], gland.high[k]) == (pytest.approx(low, abs=6e-3), pytest.approx(high, abs=6e-3))


@needs_qin
def test_every_region_of_the_qin_tables_is_read_as_it_is():
    """A patient without the second visit of a region is left out of that region only."""
    found = read_repeatability(QIN)
    assert {roi: one.subjects for roi, one in found.items()} == {
        "NormalROI_PZ_1": 7,
        "PeripheralZone": 15,
        "TumorROI_PZ_1": 11,
        "WholeGland": 15,
    }
    assert {len(one.features) for one in found.values()} == {1235}
