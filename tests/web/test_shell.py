"""The shell stands in the page before the first script: the frame's own names and addresses, without any script."""

import re

from backend.web.streamlit_index import SHELL, index_html
from frontend.frame.page_list import ENTRIES


def test_the_shell_names_the_pages_of_the_frame() -> None:
    links = re.findall(r'<a href="/([a-z]+)">([^<]+)</a>', SHELL.read_text("utf-8"))
    assert links == [(entry.name, entry.title) for entry in ENTRIES]


def test_it_lies_where_the_dashboard_will_and_runs_nothing() -> None:
    shell = SHELL.read_text("utf-8")
    page = index_html()
    root = page.index('<div id="root">')
    assert page.index(shell) == root + len('<div id="root">')
    assert "<script" not in shell
    assert "http" not in shell
