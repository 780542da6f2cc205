from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backend.errors import BadTable
from backend.science.trust.icc import icc31, icc_by_feature, icc_summary, read_icc

# Shrout & Fleiss 1979, table 2: six targets, four judges; ICC(3,1) = 0.71.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
QIN = Path(__file__).parents[4] / "shared" / "data" / "tables" / "qin_biasCorrectedT2AX_FullStudySettings_3D_bin20.csv"


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


@pytest.mark.skipif(not QIN.exists(), reason="the shared QIN test-retest table is not beside this checkout")
def test_the_qin_test_retest_table():
    """15 patients, two visits two weeks apart, whole gland, T2: the order of magnitude Schwier et al. 2019 report."""
    table = pd.read_csv(QIN, sep=";")
    gland = table[table["segmentedStructure"] == "WholeGland"].copy()
    gland[["subject", "date"]] = gland["study"].str.extract(r"^(PCAMPMRI-\d+)_(\d+)")
    gland["repeat"] = gland.groupby("subject")["date"].rank().astype(int).astype(str)
    columns = [name for name in gland if "_" in name and not name.startswith("general_info")]
    found = icc_by_feature(gland[["subject", "repeat", *columns]])
    values = np.array(list(found.values()))
    print(len(found), "features,", int((values < 0.75).sum()), "below 0.75")
    assert len(found) == 1235
    assert found["original_shape_Volume"] > 0.9  # the gland itself does not change in two weeks
    assert 0.5 < (values < 0.75).mean() < 0.95
