import json

import typer
from typer.testing import CliRunner

from backend.cli.selfcheck import selfcheck

app = typer.Typer()
app.command()(selfcheck)
SMALL = ["--patients", "30", "--dimensions", "24", "--features", "18", "--seeds", "1", "--hidden", "8"]


def test_it_prints_every_estimator_and_a_power_statement():
    result = CliRunner().invoke(app, [*SMALL, "--scenario", "planted"], catch_exceptions=False)
    assert result.exit_code == 0
    for estimator in ("trust effect", "ΔI", "ΔR² of one split", "paired t-test"):
        assert f"planted: {estimator}" in result.stdout
    assert "What is not flagged may still have changed." in result.stdout


def test_json_and_a_csv_of_every_cohort(tmp_path):
    out = tmp_path / "outcomes.csv"
    options = [*SMALL, "--scenario", "null_scale", "--json", "--out", str(out)]
    rows = json.loads(CliRunner().invoke(app, options, catch_exceptions=False).stdout)
    assert rows[0]["estimator"] == "trust effect"
    assert rows[0]["false_positives"] == 0
    assert rows[0]["power"] is None
    assert len(out.read_text().splitlines()) == 5


def test_a_label_that_is_known_is_simulated_too():
    options = [*SMALL, "--scenario", "planted", "--label", "--json"]
    rows = json.loads(CliRunner().invoke(app, options, catch_exceptions=False).stdout)
    assert rows[0]["group_false_positives"] is not None


def test_one_modality_is_simulated_as_one_and_said():
    result = CliRunner().invoke(app, [*SMALL, "--scenario", "planted", "--modalities", "1"], catch_exceptions=False)
    assert "30 patients, 24 dimensions, 18 features of the one modality, 1 cohorts" in result.stdout
    result = CliRunner().invoke(app, [*SMALL, "--scenario", "null_scale"], catch_exceptions=False)
    assert "18 features of each of 3 modalities, 1 cohorts" in result.stdout
