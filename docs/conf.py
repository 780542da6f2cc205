"""How Sphinx builds the documentation: `make docs`, offline, into build/site."""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

project = "RadiomicLens"
author = "The RadiomicLens developers"
project_copyright = author
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

extensions = ["myst_parser", "sphinx_design"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0072b2", "color-brand-content": "#0072b2"},
    "dark_css_variables": {"color-brand-primary": "#56b4e9", "color-brand-content": "#56b4e9"},
}

OUTSIDE = re.compile(r"\[([^\]\n]+)\]\(((?:\.\./)+[A-Z][\w-]*\.md)\)")
"""A link from a page to one at the top of the repository, which is no page of the site."""


def hand_out(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Make pages from outside the site files to take along, so that their links work here and in a checkout."""
    source[0] = OUTSIDE.sub(r"{download}`\1 <\2>`", source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx before it reads the pages."""
    app.connect("source-read", hand_out)
