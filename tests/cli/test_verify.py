import json

import pytest
import typer
from typer.testing import CliRunner

from backend.cli.analyze_tables import analyze_tables
from backend.cli.verify import verify
from backend.errors import BadSettings, NotFound
from tests.science.lens_tables import write_csvs

app = typer.Typer()
app.command()(verify)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return write_csvs(tmp_path_factory.mktemp("tables"), n=60)


@pytest.fixture
def folder(inputs, tmp_path):
    pre, ft, radiomics = map(str, inputs)
    analyze = typer.Typer()
    analyze.command()(analyze_tables)
    tables = ["--pre", pre, "--ft", ft, "--radiomics", radiomics, "--out", str(tmp_path / "out")]
    CliRunner().invoke(analyze, [*tables, "--hidden", "16", "--epochs", "5"], catch_exceptions=False)
    return tmp_path / "out"


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def test_what_analyze_tables_wrote_verifies_with_its_inputs(folder, inputs):
    given = [f"--input={name}={path}" for name, path in zip(("pre", "ft", "radiomics"), inputs, strict=True)]
    found = run(folder, *given)
    assert found.exit_code == 0
    assert "+ input pre: pre.csv has the SHA-256 of the report." in found.stdout
    assert found.stdout.endswith("All that was checked holds. 1 could not be checked.\n")
    without = run(folder)
    assert without.exit_code == 0
    assert "? input pre: pre.csv is not at hand; name it with --input pre=FILE." in without.stdout


def test_what_does_not_hold_is_named_and_ends_with_1(folder):
    text = (folder / "ranking.csv").read_text("utf-8")
    header, first, *_ = text.splitlines()
    effect = first.split(",")[header.split(",").index("effect")]
    (folder / "ranking.csv").write_text(text.replace(effect, "0.987654"), "utf-8")
    found = run(folder, "--json")
    assert found.exit_code == 1
    record = json.loads(found.stdout)
    assert record["holds"] is False
    assert {one["name"] for one in record["checks"] if one["state"] == "differs"} == {"result files", "ranking.csv"}
    assert "! ranking.csv: ranking.csv, column " in run(folder).stdout


@pytest.mark.parametrize(("given", "error"), [("pre", "is no input"), ("pre=nowhere.csv", "is not there")])
def test_an_input_that_cannot_be_taken_is_refused(folder, given, error):
    with pytest.raises(BadSettings, match=error):
        run(folder, "--input", given)


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(NotFound, match=r"has no report\.json"):
        run(tmp_path)
