"""`analyze-tables` with runs, controls, label and covariates."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from backend.errors import BadSettings, BadTable
from tests.cli.test_analyze_tables import app, arguments
from tests.science.lens_tables import write_csvs


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_csvs(tmp_path_factory.mktemp("tables"), n=60)


def test_the_bootstrap_is_gone_with_a_sentence(inputs, tmp_path):
    result = CliRunner().invoke(app, arguments(inputs, tmp_path / "out", "--bootstrap", "200"))
    assert result.exit_code == 2
    assert "the bootstrap is gone" in result.stderr
    assert not (tmp_path / "out").exists()


def test_runs_controls_and_a_label_give_their_columns(inputs, tmp_path):
    rng = np.random.default_rng(0)
    table = pd.read_csv(inputs[1])
    more = []
    for option, name in (("--ft", "second"), ("--control", "shuffled")):
        moved = table.copy()
        moved.iloc[:, 2:] += 0.1 * rng.normal(size=moved.iloc[:, 2:].shape)
        moved.to_csv(tmp_path / f"{name}.csv", index=False)
        more += [option, str(tmp_path / f"{name}.csv")]
    clinical = table[["study_id", "patient_id"]].assign(pirads=rng.integers(2, 6, 60), center=["A", "B", "C"] * 20)
    clinical.to_csv(tmp_path / "clinical.csv", index=False)
    options = ["--clinical", str(tmp_path / "clinical.csv"), "--label", "pirads", "--hidden", "auto", *more]
    result = CliRunner().invoke(app, arguments(inputs, tmp_path / "out", *options), catch_exceptions=False)
    assert result.exit_code == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert (report["runs"]["n_runs"], report["controls"]["n_runs"]) == (2, 1)
    assert report["trust"]["label"]["label"] == ["pirads (4 classes)"]
    assert report["trust"]["covariates"] == ["center (3 classes)"]
    assert report["hidden"] == 42 // 4
    ranking = pd.read_csv(tmp_path / "out" / "ranking.csv")
    assert (ranking["n_runs"] == 2).all()
    borne = ranking["effect"] - ranking["effect_given_label"]
    assert np.allclose(ranking["label_borne"], borne)
    with np.load(tmp_path / "out" / "influence.npz", allow_pickle=False) as file:
        assert file["influence"].shape == (60, 36)
        assert file["influence"].dtype == np.float32
        assert file["patient_id"].tolist() == sorted(table["patient_id"].astype(str))
        assert np.allclose(file["influence"].sum(axis=0), 0, atol=1e-4)
    bare = CliRunner().invoke(
        app, arguments(inputs, tmp_path / "bare", *options[:2], "--label", "grade"), catch_exceptions=True
    )
    assert "has no column 'grade'; it has pirads, center" in str(bare.exception)


def test_labels_and_runs_belong_to_the_trust_block(inputs, tmp_path):
    with pytest.raises(BadSettings, match="belong to the trust block"):
        CliRunner().invoke(
            app, arguments(inputs, tmp_path, "--paper-only", "--ft", str(inputs[1])), catch_exceptions=False
        )


def test_a_head_belongs_to_one_run(inputs, tmp_path):
    with pytest.raises(BadSettings, match="give one --ft with --head"):
        CliRunner().invoke(
            app, arguments(inputs, tmp_path, "--ft", str(inputs[1]), "--head", "head.npz"), catch_exceptions=False
        )


def test_the_table_of_the_terminal_says_that_its_r2_is_the_papers(inputs, tmp_path):
    told = CliRunner().invoke(app, arguments(inputs, tmp_path / "out"), catch_exceptions=False).stdout.splitlines()
    table = next(number for number, line in enumerate(told) if "R² pre" in line)
    assert told[table - 1] == "The paper's decoder; its R² is another one than above:"


def test_equal_embeddings_are_refused(inputs, tmp_path):
    pre, _, radiomics = inputs
    with pytest.raises(BadTable, match="hold the same embeddings, so nothing is compared"):
        CliRunner().invoke(app, arguments((pre, pre, radiomics), tmp_path / "out"), catch_exceptions=False)
    assert not (tmp_path / "out").exists()
