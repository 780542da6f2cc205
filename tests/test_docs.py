"""The documents say what the code does: reference pages, links, README commands, versions."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_reference_pages_are_those_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, "docs/write_reference.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_changelog_head_is_the_version() -> None:
    head = re.search(r"^## (\S+) - ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert head is not None
    assert head.group(1) == project["version"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


def documented_commands() -> list[tuple[str, str]]:
    """Page and command of every `radiomiclens ...` in a block or within a sentence; decisions tell what once was."""
    found = []
    of_the_site = sorted((ROOT / "docs").rglob("*.md"))
    told = (page for page in of_the_site if page.parent.name not in ("decisions", "reference"))
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *told):
        text = page.read_text()
        blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        within = re.findall(r"(?<!`)`([^`]+)`(?!`)", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
        of_blocks = "\n".join(blocks).replace("\\\n", " ").splitlines()
        lines = [line.split("#")[0].replace("\n", " ") for line in [*of_blocks, *within]]
        shown = (re.search(r"(?<!import)(?:^|\s)radiomiclens (.+)", line) for line in lines)
        found += [(page.name, command.group(1).strip()) for command in shown if command]
    return found


def test_readme_and_other_pages_show_commands() -> None:
    shown = {page for page, _ in documented_commands()}
    assert {"README.md", "deployment.md", "encoders.md", "null-result.md", "tables.md", "trust.md"} <= shown
    continued = [command for page, command in documented_commands() if page == "null-result.md" and "--out" in command]
    assert len(continued) == 1, "options behind a line's end are read"


@pytest.mark.parametrize(("page", "line"), documented_commands(), ids=str)
def test_documented_commands_and_their_options_exist(page: str, line: str) -> None:
    import click
    import typer

    from backend.cli.main import app

    command: click.Command = typer.main.get_command(app)
    words = line.split()
    while words and getattr(command, "commands", None):
        if words[0] not in command.commands and hasattr(command, "usual"):  # type: ignore[attr-defined] # as below
            words.insert(0, command.usual)
        assert words[0] in command.commands, f"{page}: {line}"  # type: ignore[attr-defined] # groups only, checked above
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined] # groups only, checked above
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert [word for word in words if word.startswith("--") and word not in known] == []


def test_every_decision_record_is_short_and_says_why() -> None:
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert records
    for record in records:
        text = record.read_text()
        assert len(text.split()) < 550, f"{record.name}: half a page is enough"
        assert re.search(r"^(## |\*\*)(Why|Decision)", text, re.MULTILINE), f"{record.name} gives no reason"


def test_tests_that_hold_the_promises_of_security_exist() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs/security.md").read_text())
    assert len(named) >= 30
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_decision_records_are_numbered_without_a_hole() -> None:
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    titles = [record.read_text().splitlines()[0] for record in records]
    assert [title for number, title in enumerate(titles, 1) if not title.startswith(f"# {number}. ")] == []


def test_the_picture_of_the_rooms_is_that_of_the_imports() -> None:
    done = subprocess.run(
        [sys.executable, "docs/draw_rooms.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_paths_in_backticks_exist(page: Path) -> None:
    named = re.findall(r"`((?:backend|frontend|shared|tests|benchmarks|docs)/[\w./*-]*)`", page.read_text())
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []


def test_architecture_names_every_room() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    folders = [folder for room in ("backend", "backend/science", "frontend") for folder in (ROOT / room).iterdir()]
    rooms = [folder for folder in folders if folder.is_dir() and list(folder.glob("*.py"))]
    assert len(rooms) > 30
    assert [room.name for room in rooms if f"{room.name}/`" not in page] == []
