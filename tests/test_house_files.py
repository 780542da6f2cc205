"""What an open project tells its visitors is well formed, and says the same as the package."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from backend.science.report.references import LENS

ROOT = Path(__file__).parents[1]
SCHEMAS = {
    "CITATION.cff": "citation-file-format",
    ".github/workflows/tests.yml": "github-workflows",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    **dict.fromkeys(
        (f".github/ISSUE_TEMPLATE/{name}.yml" for name in ("bug", "refused_input", "wrong_number")),
        "github-issue-forms",
    ),
}


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_each_file_follows_its_schema(name: str, schema: str) -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", name]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_file_that_does_not_follow_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong.yml").write_text("name: x\njobs: 3\n")
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", "wrong.yml"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True).returncode == 1


def test_every_form_is_checked() -> None:
    forms = {str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.yml")}
    assert forms <= SCHEMAS.keys()


def test_the_citation_is_of_this_version_and_of_the_papers_authors() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    paper, fields = citation["preferred-citation"], dict(LENS.fields)
    names = [f"{one['family-names']}, {one['given-names']}" for one in paper["authors"]]
    assert " and ".join(names) == fields["author"]
    assert paper["title"] == fields["title"]
    assert fields["pages"] == f"{paper['start']}--{paper['end']}"


def test_a_commit_is_checked_by_the_tools_of_make_check() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert [hook["entry"].split()[0] for hook in hooks] == [".venv/bin/ruff", ".venv/bin/ruff", ".venv/bin/mypy"]
