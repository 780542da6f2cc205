"""The pages of docs/troubleshooting hold every sentence that the code refuses with, and each can be read."""

import ast
import importlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from backend.errors import RadiomicLensError

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs/troubleshooting").glob("*.md"))
WRITTEN = [page for page in PAGES if page.name != "index.md"]
CLASS = re.compile(r"^class (\w+)\((\w+)\):", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.`/])/(?:home|root|tmp|usr|var|opt|mnt|work|etc|data)\b")
ENDS_IN_ANOTHER = {"These tables cannot be looked at: <reason>", "This upload cannot be used. <reason>"}
"""What ends with a sentence that was made elsewhere and has a full stop of its own."""


def plain(text: str) -> str:
    """Words alone: no marks of Markdown, one blank between words."""
    return " ".join(re.sub(r"\\(?=[\W_])|`", "", text).split())


@cache
def all_words() -> str:
    return plain("\n".join(page.read_text() for page in WRITTEN))


def sources() -> list[str]:
    packages = ("backend", "frontend", "shared", "radiomiclens")
    return [path.read_text() for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def refusal_names(texts: list[str]) -> set[str]:
    """The names of the exception tree, by its root and the lines that open a class."""
    pairs = [pair for text in texts for pair in CLASS.findall(text)]
    names = {RadiomicLensError.__name__}
    while more := {name for name, base in pairs if base in names} - names:
        names |= more
    return names


def written_in_place() -> list[str]:
    """The longest fixed part of each sentence that stands where it is raised."""
    texts = sources()
    names = refusal_names(texts)
    found = []
    for text in (text for text in texts if any(f"{name}(" in text for name in names)):
        for node in ast.walk(ast.parse(text)):
            called = node.func if isinstance(node, ast.Call) and node.args else None
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name in names and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
                parts = [getattr(part, "value", "") for part in getattr(node.args[0], "values", [node.args[0]])]
                found.append(max((plain(part) for part in parts if isinstance(part, str)), key=len, default=""))
    return found


def test_every_sentence_that_is_raised_is_in_a_page() -> None:
    found = written_in_place()
    assert len(found) > 1000
    assert [part for part in found if part.strip(" .:;") not in all_words()] == []


def cells() -> list[tuple[str, str]]:
    """Page and first cell of every row that says what the program says."""
    rows = [(page.name, row) for page in WRITTEN for row in page.read_text().splitlines() if "](kinds.md) |" in row]
    return [(name, plain(re.split(r"(?<!\\) \| ", row.removeprefix("| "))[0])) for name, row in rows]


def test_every_sentence_is_whole() -> None:
    found = cells()
    assert len(found) > 1200
    assert [cell for cell in found if len(re.findall(r"\w{2,}", re.sub("<[^>]*>", "", cell[1]))) < 2] == []
    assert [cell for cell in found if not cell[1].endswith((".", ".”")) and cell[1] not in ENDS_IN_ANOTHER] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_place_on_a_machine(page: Path) -> None:
    assert MACHINE_PATH.findall(page.read_text()) == []


def test_a_machine_path_would_be_found() -> None:
    assert MACHINE_PATH.search("There is no file /home/ann/t2.nii.gz; check the path.")
    assert not MACHINE_PATH.search("The bundle lists /cases/{id}/maps and sqlite:////folder/file.sqlite.")


SAMPLE = """
GONE = "The upload is gone; send it again."


class Refusal(RadiomicLensError):
    status = 422
    code = "refused"


class RadiomicLensError(Exception):
    pass


class Unstated(Exception):
    pass


def fault(name, problem):
    return Refusal(f"{name} {problem}; export it again.")


def read(path, rows, strict):
    if not rows:
        raise fault(path, "holds no rows")
    more = " and others" if strict else ""
    if strict:
        raise Refusal(GONE)
    try:
        scale(rows)
    except Unstated as unstated:
        raise Refusal(f"{path.name} {unstated.phrase}.") from None
    raise Refusal(f"{path.name}: {len(rows)} rows{more} `{rows[0].name}` " + ("are many." if strict else "are few."))


def scale(rows):
    raise Unstated("states no scale")
"""


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Imports a script of docs by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module


def test_helpers_constants_and_choices_are_followed(script: Callable[[str], Any], tmp_path: Path) -> None:
    sites, as_markdown = script("refusal_sites"), script("write_refusals").as_markdown
    package = tmp_path / "backend"
    package.mkdir()
    (package / "sample.py").write_text(SAMPLE)
    source = script("source_index").Source(tmp_path)
    assert sites.kinds(source)["Refusal"] == sites.Kind("refused", 422, 1)
    found = sites.sites(source)
    assert list(sites.unread(found)) == []
    assert {as_markdown(form) for site in found for form in site.forms} == {
        "`<name>` holds no rows; export it again.",
        "The upload is gone; send it again.",
        "`<file>` states no scale.",
        "`<file>`: `<number of rows>` rows and others `<rows>` are many.",
        "`<file>`: `<number of rows>` rows and others `<rows>` are few.",
    }


def test_markdown_of_a_sentence_is_read_as_it_was_written(script: Callable[[str], Any]) -> None:
    file, rest, one = (script("placeholders").placeholder(word) for word in ("file", "rest", "id"))
    said = f"Name --roi or a|b of {file}{rest}; see `show {one}` and study_id, *.csv."
    assert script("write_refusals").as_markdown(said) == (
        r"Name `--roi` or a\|b of `<file><rest>`; see `show <id>` and `study_id`, \*.csv."
    )


def test_a_place_without_a_section_is_named(script: Callable[[str], Any]) -> None:
    section_of = script("refusal_topics").section_of
    assert section_of("backend/ingest/dicom/seg_file.py") == ("files", "DICOM masks: SEG and RTSTRUCT")
    with pytest.raises(LookupError, match="refuses and has no section"):
        section_of("elsewhere/new.py")
