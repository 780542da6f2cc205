"""The site is built without a warning, asks nobody when it is read, and every page of it can be found."""

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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. `-W` makes a link that leads nowhere, or a page in no list, a failure."""
    out = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", str(out)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return out


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
