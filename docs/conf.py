"""How Sphinx builds the documentation: `make docs`, offline, into build/site."""

import os
import re
import sys
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))
import notebook_pages  # noqa: E402 (this folder has to be on the path first)

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

project = "RadiomicLens"
author = "The RadiomicLens developers"
project_copyright = author
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

extensions = ["myst_parser", "sphinx_design", "sphinx_gallery.gen_gallery"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
exclude_patterns = ["_build", "examples", "paper"]
sphinx_gallery_conf = {  # runs docs/examples/plot_*.py; their pages and pictures are written to docs/gallery
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("matplotlib",),
    "capture_repr": (),  # what a line prints, not what it returns
    "plot_gallery": os.environ.get("GALLERY", "run") == "run",  # GALLERY=list: pages without running the examples
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "remove_config_comments": True,
}
nitpicky = True
highlight_language = "none"  # a block without a language is plain text, not Python

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["gallery.css", "site.css"]
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


def write_notebooks(app: Sphinx) -> None:
    """Executes the notebooks that changed, and writes their pages."""
    notebook_pages.write_pages(run=bool(app.config.sphinx_gallery_conf["plot_gallery"]))


def setup(app: Sphinx) -> None:
    """Called by Sphinx before it reads the pages."""
    app.connect("builder-inited", write_notebooks)
    app.connect("source-read", hand_out)
