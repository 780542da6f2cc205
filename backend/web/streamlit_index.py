"""Streamlit's index page with three changes: the origin it connects to, this project's title, and a shell.

Without the first, a deep link such as `/overview` makes the browser ask for `/overview/_stcore/...` before the right
address: two failed requests, an error in its console and a slower first paint. The shell is the frame of every page as
plain HTML: it stands there, with links that work, while a hundred files of scripts still load, and the dashboard takes
its place.
"""

import base64
import hashlib
import re
from pathlib import Path

import streamlit

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
CONNECT = "window.__streamlit = { BACKEND_BASE_URL: window.location.origin }"
ROOT = '<div id="root"></div>'
SHELL = Path(__file__).parent / "static" / "shell.html"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def index_html() -> str:
    """The HTML that every address of the dashboard loads."""
    page = INDEX.read_text("utf-8").replace("<title>Streamlit</title>", "<title>RadiomicLens</title>")
    page = page.replace(ROOT, f'<div id="root">{SHELL.read_text("utf-8")}</div>', 1)
    return page.replace("<head>", f"<head>\n    <script>{CONNECT}</script>", 1)


def script_hashes() -> str:
    """Hashes of the page's inline scripts, for `script-src` of its content security policy."""
    found = _INLINE.findall(index_html())
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found)
