"""The examples of docs/library.md."""

import re

from tests.source_tree import ROOT


def examples() -> list[str]:
    """Every Python block of the page, in order."""
    return re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/library.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
