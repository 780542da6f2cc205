"""The draft of a paper: its length, its references, and its figure, which is what its script draws."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/paper"
PAPER = (FOLDER / "paper.md").read_text()
BODY = PAPER.split("---\n", 2)[2]
SECTIONS = {"Summary", "Statement of need", "State of the field", "Software design", "Acknowledgements", "References"}


def test_it_is_as_long_as_the_journal_asks() -> None:
    assert 750 <= len(BODY.split()) <= 1750
    assert set(re.findall(r"^# (.+)$", BODY, re.MULTILINE)) >= SECTIONS


def test_every_citation_has_a_reference_and_every_reference_is_cited() -> None:
    cited = re.findall(r"@([a-z]+\w*)", BODY)
    listed = re.findall(r"^@\w+\{(\w+),$", (FOLDER / "paper.bib").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed)) > 10
    assert set(cited) == set(listed)


def test_its_commands_are_those_that_draw_the_figure() -> None:
    (shown,) = re.findall(r"^```sh\n(.*?)^```", BODY, re.DOTALL | re.MULTILINE)
    commands = [" ".join(one.split()) for one in shown.replace("\\\n", " ").splitlines()]
    script = (FOLDER / "draw_figure.py").read_text().replace('"\n    "', "")
    assert len(commands) == 2
    assert [one for one in commands if f'"{one.removeprefix("radiomiclens ")}"' not in script] == []


def test_its_figure_says_what_the_caption_says() -> None:
    drawn = (FOLDER / "figure.svg").read_text()
    assert (FOLDER / "figure.png").read_bytes()[:4] == b"\x89PNG"
    assert {"DWI GLDM", "T2 NGTDM", "planted stronger", "planted weaker"} <= set(re.findall(r">([^<>]+)</text>", drawn))


@pytest.mark.slow
def test_the_script_draws_the_figure(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "docs/paper/draw_figure.py", str(tmp_path)], cwd=ROOT, check=True, timeout=280)
    assert (tmp_path / "figure.svg").read_text() == (FOLDER / "figure.svg").read_text()
    assert (tmp_path / "figure.png").stat().st_size > 20_000
