import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open

from backend.errors import BadFile
from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.report.result_files import csv_text, decoders_bytes, replaced, write_results
from tests.science.lens_tables import FEATURES, tables

RANKING = [
    "feature",
    "modality",
    "image_type",
    "feature_class",
    "feature_name",
    "i_pre",
    "i_ft",
    "delta_i",
    "rank_paper",
]
GROUPS = ["grouping", "group", "n_features", "mse_pre", "mse_ft", "r2_pre", "r2_ft", "v_pre", "v_ft"]
GROUPS += ["r2_in_sample_pre", "r2_in_sample_ft", "mse_minmax_pre", "mse_minmax_ft"]


@pytest.fixture(scope="module")
def analysis():
    return analyse(*tables(n=60), LensSettings(hidden=16, epochs=5))


@pytest.fixture(scope="module")
def folder(analysis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "new" / "folder"
    write_results(analysis, folder)
    return folder


def test_the_folder_holds_the_files_and_nothing_half_written(folder):
    assert {path.name for path in folder.iterdir()} == {
        "ranking.csv",
        "groups.csv",
        "report.json",
        "decoders.safetensors",
        "evidence.safetensors",
        "influence.npz",
        "methods.md",
        "references.bib",
        "SHA256SUMS",
    }


def test_csv_columns_are_those_of_the_interface(folder):
    for name, columns in (("ranking.csv", RANKING), ("groups.csv", GROUPS)):
        with (folder / name).open(encoding="utf-8") as handle:
            assert next(csv.reader(handle))[: len(columns)] == columns


def test_numbers_read_back_exactly(analysis, folder):
    for name, frame in (("ranking.csv", analysis.ranking), ("groups.csv", analysis.groups)):
        read = pd.read_csv(folder / name, keep_default_na=False, na_values=[""])
        for column in frame.columns:
            pd.testing.assert_series_equal(read[column], frame[column], check_dtype=False, check_exact=True)


def test_text_that_starts_like_a_formula_is_neutralised_and_numbers_are_not():
    frame = pd.DataFrame(
        {"group": ["=1+1", "+x", "-y", "@z", "a=b", None], "delta_i": [-0.1, 1e-300, -3.0, 2.0, 0.3, np.nan]}
    )
    rows = list(csv.reader(io.StringIO(csv_text(frame))))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+x", "'-y", "'@z", "a=b", ""]
    assert [float(row[1]) for row in rows[1:6]] == frame["delta_i"].tolist()[:5]


def test_the_decoders_file_recomputes_the_paper_block(analysis, folder):
    with safe_open(folder / "decoders.safetensors", "numpy") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 # safe_open is no mapping
    assert json.loads(metadata["study_id"]) == list(analysis.decoders.study_id)
    assert json.loads(metadata["feature"]) == [feature.column for feature in FEATURES]
    n, K, H = len(analysis.decoders.study_id), len(FEATURES), 16
    assert {name: tensors[name].shape for name in ("z_pre", "z_ft", "r_minmax", "theta_pre", "theta_ft")} == {
        "z_pre": (n, H),
        "z_ft": (n, H),
        "r_minmax": (n, K),
        "theta_pre": (K, H),
        "theta_ft": (K, H),
    }
    assert {array.dtype for array in tensors.values()} == {np.dtype("float64")}
    for stage in ("pre", "ft"):
        theta = (np.linalg.pinv(tensors[f"z_{stage}"]) @ tensors["r_minmax"]).T
        np.testing.assert_allclose(tensors[f"theta_{stage}"], theta, rtol=0, atol=1e-8)


def test_equal_decoders_give_equal_bytes(analysis):
    assert len({decoders_bytes(analysis.decoders) for _ in range(12)}) == 1


def test_the_exported_projection_maps_embeddings_to_z(analysis, folder):
    pre = tables(n=60)[0]
    with safe_open(folder / "decoders.safetensors", "numpy") as file:
        weight, bias, mean, sd, z = (
            file.get_tensor(name) for name in ("projection_weight", "projection_bias", "x_mean", "x_sd", "z_pre")
        )
    x = pre.values[pre.rows(analysis.decoders.study_id)]
    np.testing.assert_allclose(np.maximum((x - mean) / sd @ weight.T + bias, 0), z, atol=1e-12)


def test_the_report_is_strict_json(folder):
    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    report = json.loads((folder / "report.json").read_text("utf-8"), parse_constant=refuse)
    assert report["report_version"] == 2
    assert all(alert.keys() == {"code", "sentence", "why"} for alert in report["alerts"])


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "ranking.csv"
    path.write_text("old")

    def fail(beside):
        beside.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        replaced(path, fail)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("ranking.csv", "old")]


def test_a_folder_that_cannot_be_made_is_refused(analysis, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadFile, match="out: the folder cannot be made"):
        write_results(analysis, tmp_path / "file" / "out")
