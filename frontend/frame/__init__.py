"""The frame around every page: rail, line of context, titles of tabs, glossary."""

from frontend.frame.glossary_box import glossary_popover

__all__ = ["glossary_popover"]
