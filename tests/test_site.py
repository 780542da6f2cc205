"""The site is built without a warning, asks nobody when it is read, and every page of it can be found."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc="(?:https?:)?//|<link\b[^>]*\bhref="(?:https?:)?//"""
)
LOADED = re.compile(r"""(?:url\(|@import\s+)["']?(?:https?:)?//""")


EXAMPLES = sorted((ROOT / "docs" / "examples").glob("plot_*.py"))


def build(out: Path, examples: str) -> Path:
    """Builds the site. `-W` makes a link that leads nowhere, or a page in no list, a failure.

    `examples` is `list` for their pages alone, `run` to execute them. Where they ran already, their pictures stay.
    """
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(out)]
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=os.environ | {"GALLERY": examples},
        capture_output=True,
        text=True,
        timeout=280 if examples == "list" else 840,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, without running the examples."""
    return build(tmp_path_factory.mktemp("site"), "list")


def test_a_page_asks_no_other_host(site: Path) -> None:
    pages, styles = [*site.rglob("*.html")], [*site.rglob("*.css")]
    assert len(pages) > 30
    assert [page.name for page in pages if FETCHED.search(page.read_text())] == []
    assert [style.name for style in styles if LOADED.search(style.read_text())] == []


@pytest.mark.parametrize(
    "text", ['<script async src="https://x.example/a.js">', '<link rel="stylesheet" href="//x.example/a.css">']
)
def test_a_request_to_another_host_is_found(text: str) -> None:
    assert FETCHED.search(text)
    assert not FETCHED.search('<a href="https://x.example">')


def test_its_own_index_finds_words(site: Path) -> None:
    index = (site / "searchindex.js").read_text()
    assert {"jackknif", "subgroup"} <= set(re.findall(r'"?(\w+)"?:', index))


def test_every_example_has_a_page_and_says_what_to_read_off(site: Path) -> None:
    assert len(EXAMPLES) >= 12
    for example in EXAMPLES:
        page = (site / "gallery" / f"{example.stem}.html").read_text()
        assert "Read off:" in page, example.name
        assert 20 <= len([line for line in example.read_text().splitlines() if line]) <= 60, example.name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_example_runs_and_ends_in_a_picture(tmp_path: Path) -> None:
    for current in (ROOT / "docs" / "gallery").glob("*.md5"):  # what ran already would be left out
        current.unlink()
    pictures = build(tmp_path, "run") / "_images"
    assert [one.name for one in EXAMPLES if not (pictures / f"sphx_glr_{one.stem}_001.png").is_file()] == []
