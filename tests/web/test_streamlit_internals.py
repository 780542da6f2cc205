"""The parts of Streamlit that no release promises to keep; for them pyproject.toml caps its version."""

import re
import tomllib
from importlib.metadata import version

import pytest
import streamlit as st
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

from backend.web.dashboard_gate import renews_itself
from backend.web.streamlit_index import INDEX, index_html
from tests.source_tree import ROOT, Tree

MODULES = {"streamlit", "streamlit.config", "streamlit.proto.BackMsg_pb2"}
MODULES |= {"streamlit.runtime.pages_manager", "streamlit.web"}


def test_the_version_is_capped_at_the_next_minor() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    (cap,) = [text for text in needed if text.startswith("streamlit")]
    lowest, highest = re.fullmatch(r"streamlit>=1\.(\d+),<1\.(\d+)", cap).groups()  # type: ignore[union-attr]
    assert int(highest) == int(lowest) + 1
    assert version("streamlit").startswith(f"1.{lowest}.")


def test_the_internals_that_are_used_exist() -> None:
    assert isinstance(config._main_script_path, str | None)
    assert callable(bootstrap.load_config_options)
    assert isinstance(PagesManager.uses_pages_directory, bool | None)
    assert callable(st.App)
    page = INDEX.read_text("utf-8")
    assert page.count("<title>Streamlit</title>") == page.count("<head>") == 1
    assert index_html() != page
    scripts = [path.read_text("utf-8") for path in (INDEX.parent / "static").rglob("*.js")]
    for used in ("BACKEND_BASE_URL", "`stActiveTheme-${window.location.pathname}`", "stSkipToContent"):
        assert any(used in text for text in scripts), used


@pytest.mark.parametrize("by_its_clock", [True, False])
def test_a_message_says_whether_a_page_renews_itself(by_its_clock: bool) -> None:
    message = BackMsg()
    message.rerun_script.is_auto_rerun = by_its_clock
    assert renews_itself(message.SerializeToString()) is by_its_clock
    assert not renews_itself(b"\xff no message of Streamlit's")


def test_no_other_module_of_streamlit_is_imported() -> None:
    tree = Tree.of(ROOT, ("backend", "frontend"))
    found = {wanted for module in tree.modules for wanted in tree.imports(module) if wanted.startswith("streamlit")}
    assert found <= MODULES
