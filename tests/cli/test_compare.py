import json
import shutil

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from backend.cli.analyze_tables import analyze_tables
from backend.cli.compare import compare
from backend.errors import BadFile, BadSettings, BadTable
from tests.science.lens_tables import write_csvs

analyse_app, compare_app = typer.Typer(), typer.Typer()
analyse_app.command()(analyze_tables)
compare_app.command()(compare)


def analysed(inputs, out, *more):
    names = ("--pre", "--ft", "--radiomics")
    tables = [word for pair in zip(names, map(str, inputs), strict=True) for word in pair]
    options = ["--out", str(out), "--hidden", "8", "--epochs", "2", *more]
    CliRunner().invoke(analyse_app, [*tables, *options], catch_exceptions=False)
    return out


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two tasks of 60 patients, and one more analysis with the first four patients missing."""
    folder = tmp_path_factory.mktemp("compared")
    inputs = write_csvs(folder, n=60)
    pre, _, radiomics = inputs
    other = folder / "other.csv"
    table = pd.read_csv(inputs[1])
    table.iloc[:, 2:] += 0.3 * np.random.default_rng(0).normal(size=(60, table.shape[1] - 2))
    table.to_csv(other, index=False)
    short = []
    for name, path in zip("prf", (pre, other, radiomics), strict=True):
        pd.read_csv(path).iloc[4:].to_csv(folder / f"{name}.csv", index=False)
        short.append(folder / f"{name}.csv")
    return (
        analysed(inputs, folder / "one", "--task", "pirads"),
        analysed((pre, other, radiomics), folder / "two", "--task", "volume"),
        analysed(short, folder / "three", "--task", "volume"),
    )


def compared(folders, out, *more):
    done = CliRunner().invoke(compare_app, [*map(str, folders), "--out", str(out), *more], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_two_folders_give_tables_and_sentences(results, tmp_path):
    told = compared(results[:2], tmp_path / "out")
    assert "60 studies of 60 patients and 36 features, shared by all." in told
    features = pd.read_csv(tmp_path / "out" / "features.csv")
    one = pd.read_csv(results[0] / "ranking.csv").set_index("feature").loc[features["feature"]]
    assert np.allclose(features["effect_first"], one["effect"])
    assert np.allclose(features["difference"], features["effect_second"] - features["effect_first"])
    groups = pd.read_csv(tmp_path / "out" / "groups.csv")
    assert set(groups["grouping"]) == {"class", "image_type", "modality", "modality_class", "overall"}
    record = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))
    assert record["members"] == ["pirads", "volume"]
    assert not record["recomputed"]


def test_other_patients_are_decoded_again_on_the_shared_ones(results, tmp_path):
    record = json.loads(compared((results[0], results[2]), tmp_path, "--json"))
    assert (record["n_patients"], record["recomputed"]) == (56, True)
    assert record["notes"][0].startswith("4 of 60 studies of pirads are not in all analyses")
    names = json.loads(compared(results, tmp_path, "--json"))["members"]
    assert names == ["one", "two", "three"]  # two have the same task: folders tell them apart


def test_folders_of_one_name_are_told_apart_by_those_above(results, tmp_path):
    folders = []
    for name, folder in (("a", results[1]), ("b", results[2])):
        shutil.copytree(folder, tmp_path / name / "results")
        folders.append(tmp_path / name / "results")
    assert json.loads(compared(folders, tmp_path / "out", "--json"))["members"] == ["a/results", "b/results"]


def test_what_cannot_be_compared_is_refused(results, tmp_path):
    def refused(*words):
        return CliRunner().invoke(compare_app, [*map(str, words)]).exception

    assert isinstance(refused(results[0], "--out", tmp_path), BadSettings)
    assert isinstance(refused(results[0], results[1]), BadSettings)
    assert isinstance(refused(results[0], "an-id", "--out", tmp_path), BadSettings)
    assert isinstance(refused(results[0], results[0], "--out", tmp_path), BadTable)
    bare = tmp_path / "bare"
    bare.mkdir()
    assert "has no evidence.safetensors" in str(refused(results[0], bare, "--out", tmp_path))
    damaged = tmp_path / "damaged"
    shutil.copytree(results[1], damaged)
    (damaged / "evidence.safetensors").write_bytes(b"no tensors")
    assert isinstance(refused(results[0], damaged, "--out", tmp_path), BadFile)


def test_options_that_would_do_nothing_are_refused(results, tmp_path):
    for words, sentence in (
        ([*map(str, results[:2]), "--out", str(tmp_path / "o"), "--data-dir", str(tmp_path)], "--data-dir is for ids"),
    ):
        with pytest.raises(BadSettings, match=sentence):
            CliRunner().invoke(compare_app, words, catch_exceptions=False)
    assert not (tmp_path / "o").exists()
