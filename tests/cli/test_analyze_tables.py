import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from backend.cli.analyze_tables import analyze_tables
from backend.cli.table_progress import progress_line
from backend.errors import BadSettings, BadTable
from tests.science.lens_tables import write_csvs

app = typer.Typer()
app.command()(analyze_tables)

LABEL = "effect_given_label given_label_low given_label_high label_borne label_borne_q "
RANKING = "feature modality image_type feature_class feature_name i_pre i_ft delta_i rank_paper r2_pre r2_ft delta_r2 "
RANKING += "selective_delta se ci_low ci_high chance_r2_pre chance_r2_ft effect_shrunk shrunk_low shrunk_high "
RANKING += LABEL + "n_runs n_runs_agree used used_low used_high p q flag control_floor "
RANKING += "explained_sd_pre explained_sd_ft effect"
GROUPS = "grouping group n_features mse_pre mse_ft r2_pre r2_ft v_pre v_ft r2_in_sample_pre r2_in_sample_ft "
GROUPS += f"mse_minmax_pre mse_minmax_ft delta_r2 selective_delta ci_low ci_high {LABEL}used used_low used_high q flag"
"""The columns of the interface, written down here once more: they are checked from outside."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_csvs(tmp_path_factory.mktemp("tables"), n=60)


def arguments(inputs, out, *more):
    pre, ft, radiomics = map(str, inputs)
    tables = ["--pre", pre, "--ft", ft, "--radiomics", radiomics, "--out", str(out)]
    return [*tables, "--hidden", "16", "--epochs", "5", *more]


def test_it_writes_every_result_file_and_prints_a_summary(inputs, tmp_path):
    result = CliRunner().invoke(app, arguments(inputs, tmp_path / "out"), catch_exceptions=False)
    assert result.exit_code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "ranking.csv",
        "groups.csv",
        "report.json",
        "decoders.safetensors",
        "evidence.safetensors",
        "influence.npz",
        "report.html",
        "methods.md",
        "references.bib",
        "SHA256SUMS",
    }
    assert "60 studies of 60 patients, 36 features, 16 hidden units." in result.stdout
    assert "First order" in result.stdout
    assert "60 patients: read groups; changes of single features are mostly missed." in result.stdout
    assert "report.html" in result.stdout


def test_json_prints_the_report_alone(inputs, tmp_path):
    options = ("--json", "--folds", "4", "--repeats", "2", "--task", "pirads", "--roi", "gland")
    result = CliRunner().invoke(app, arguments(inputs, tmp_path, *options), catch_exceptions=False)
    report = json.loads(result.stdout)
    assert report == json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [report["settings"][name] for name in ("trust", "folds", "repeats")] == [True, 4, 2]
    assert (report["task"], report["roi"]) == ("pirads", "gland")


def test_the_paper_block_alone_says_so(inputs, tmp_path):
    result = CliRunner().invoke(app, arguments(inputs, tmp_path, "--paper-only"), catch_exceptions=False)
    assert "! ΔI is shown without a trust check" in result.stdout
    assert "trust block (held-out effects, intervals, flags) was left out" in result.stdout


def test_the_trust_block_has_the_columns_of_the_interface(inputs, tmp_path):
    CliRunner().invoke(app, arguments(inputs, tmp_path), catch_exceptions=False)
    for name, columns in (("ranking.csv", RANKING.split()), ("groups.csv", GROUPS.split())):
        assert (tmp_path / name).read_text().splitlines()[0].split(",")[: len(columns)] == columns


def test_a_repeatability_table_becomes_a_column(inputs, tmp_path):
    icc = tmp_path / "icc.csv"
    icc.write_text("feature,icc\nT2_original_firstorder_Mean,0.9\nADC_original_glcm_Contrast,0.4\n")
    CliRunner().invoke(app, arguments(inputs, tmp_path / "out", "--icc", str(icc)), catch_exceptions=False)
    header, *rows = (tmp_path / "out" / "ranking.csv").read_text().splitlines()
    at = header.split(",").index("icc")
    known = {row.split(",")[0]: row.split(",")[at] for row in rows if row.split(",")[at]}
    assert known == {"T2_original_firstorder_Mean": "0.9", "ADC_original_glcm_Contrast": "0.4"}
    assert json.loads((tmp_path / "out" / "report.json").read_text())["icc"] == {"known": 2, "below_075": 1}


def test_the_number_of_threads_changes_no_number(inputs, tmp_path):
    for threads in ("1", "2"):
        command = "from backend.cli.analyze_tables import analyze_tables as a; import typer; typer.run(a)"
        options = arguments(inputs, tmp_path / threads, "--threads", threads)
        subprocess.run([sys.executable, "-c", command, *options], check=True, capture_output=True)
    for file in ("ranking.csv", "groups.csv", "decoders.safetensors"):
        assert (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes()


def test_two_runs_and_shuffled_rows_write_identical_numbers(inputs, tmp_path):
    shuffled = []
    for seed, path in enumerate(inputs):
        header, *rows = path.read_text().splitlines()
        order = np.random.default_rng(seed).permutation(len(rows))
        shuffled.append(tmp_path / path.name)
        shuffled[-1].write_text("\n".join([header, *(rows[i] for i in order)]) + "\n")
    for name, paths in (("a", inputs), ("b", inputs), ("c", shuffled)):
        CliRunner().invoke(app, arguments(paths, tmp_path / name), catch_exceptions=False)
    for file in ("ranking.csv", "groups.csv", "decoders.safetensors"):
        first, second, third = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert first == second == third


def test_the_clinical_split_is_used(inputs, tmp_path):
    clinical = tmp_path / "clinical.csv"
    rows = [f"s{i:03d},p{i:03d},{'test' if i < 12 else 'train'}" for i in range(60)]
    clinical.write_text("\n".join(["study_id,patient_id,split", *rows]) + "\n")
    options = ("--json", "--clinical", str(clinical))
    result = CliRunner().invoke(app, arguments(inputs, tmp_path / "out", *options), catch_exceptions=False)
    split = json.loads(result.stdout)["split"]
    assert (split["source"], split["test"]["studies"], split["val"]["studies"]) == ("given", 12, 0)


def test_a_refusal_is_one_sentence_and_writes_nothing(inputs, tmp_path):
    pre = tmp_path / "pre.csv"
    pre.write_text(inputs[0].read_text().replace("s000,", "000,"))
    out = tmp_path / "out"
    with pytest.raises(BadTable, match=r"pre\.csv lacks 1 of them \('s000'\).*--intersect"):
        CliRunner().invoke(app, arguments((pre, *inputs[1:]), out), catch_exceptions=False)
    assert not out.exists()
    result = CliRunner().invoke(app, arguments((pre, *inputs[1:]), out, "--intersect"), catch_exceptions=False)
    assert "Only the 59 studies present in all tables were used" in result.stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("--folds", "1"),
        ("--hidden", "0"),
        ("--hidden", "wide"),
        ("--label", "pirads"),
        ("--standardise-x", "ft"),
        ("--theta-on", "some"),
        ("--roi", "left lung"),
    ],
)
def test_impossible_options_are_a_usage_error(inputs, tmp_path, wrong):
    assert CliRunner().invoke(app, arguments(inputs, tmp_path, *wrong)).exit_code == 2


def test_progress_rewrites_one_line_for_people_and_is_silent_in_logs():
    class Screen:
        written = ""

        def isatty(self):
            return True

        def write(self, text):
            self.written += text

        def flush(self):
            pass

    screen = Screen()
    show = progress_line(screen)
    show("fit f_share", 1, 4)
    show("fit f_share", 4, 4)
    assert screen.written == "\rfit f_share:  25 %\rfit f_share: 100 %\n"
    assert progress_line(io.StringIO()) is None


def test_it_runs_without_web_or_database_code(inputs, tmp_path):
    code = (
        "import sys, typer; from backend.cli.analyze_tables import analyze_tables; app = typer.Typer();"
        "app.command()(analyze_tables); app(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code, *arguments(inputs, tmp_path / "out")]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    loaded = set(out.splitlines()[-1].split())
    assert "backend.science.analysis.analyse" in loaded
    web_and_database = {"fastapi", "starlette", "uvicorn", "streamlit", "sqlalchemy", "alembic", "httpx", "dask"}
    assert loaded.isdisjoint(web_and_database)


def test_a_study_of_another_patient_in_the_clinical_table_is_refused(inputs, tmp_path):
    ids = pd.read_csv(inputs[0], dtype=str)[["study_id", "patient_id"]]
    ids["split"] = ["test" if row % 4 == 0 else "train" for row in range(len(ids))]
    ids.loc[1, "patient_id"] = ids.loc[0, "patient_id"]  # a training study of a test patient
    ids.to_csv(tmp_path / "clinical.csv", index=False)
    more = ("--clinical", str(tmp_path / "clinical.csv"))
    with pytest.raises(BadTable, match=rf"to '{ids.loc[0, 'patient_id']}' in clinical.csv; correct the patient_id"):
        CliRunner().invoke(app, arguments(inputs, tmp_path / "out", *more), catch_exceptions=False)
    assert not (tmp_path / "out").exists()


def test_without_the_trust_block_every_column_of_the_interface_stands_there_empty(inputs, tmp_path):
    CliRunner().invoke(app, arguments(inputs, tmp_path, "--paper-only"), catch_exceptions=False)
    ranking, groups = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("ranking", "groups"))
    n_ranking, n_groups = len(RANKING.split()), len(GROUPS.split())
    assert ranking.columns[:n_ranking].tolist() == RANKING.split()
    assert groups.columns[:n_groups].tolist() == GROUPS.split()
    assert ranking["rank_paper"].tolist() == list(range(1, 37))
    assert ranking.iloc[:, 9:n_ranking].isna().all(axis=None)
    assert groups.iloc[:, 13:n_groups].isna().all(axis=None)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [(("--l1", "inf"), "must be finite"), (("--folds", "61"), "folds is 61, but there are 60 patients")],
)
def test_a_number_that_cannot_be_meant_is_refused(inputs, tmp_path, more, sentence):
    with pytest.raises(BadSettings, match=sentence):
        CliRunner().invoke(app, arguments(inputs, tmp_path, *more), catch_exceptions=False)
