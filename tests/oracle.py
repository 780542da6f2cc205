"""PyRadiomics, which tests compare with: the extra `reference`. Where it is not installed these tests are skipped."""

from importlib.util import find_spec
from types import ModuleType

import pytest

MISSING = "PyRadiomics (the extra `reference`, Python 3.11) is not installed: nothing to compare with"

needs_oracle = pytest.mark.skipif(find_spec("radiomics") is None, reason=MISSING)
"""For a test that asks our own code for PyRadiomics' answer."""


def radiomics() -> ModuleType:
    """PyRadiomics with its extractor loaded; skips the test, or the module at whose top it is called."""
    pytest.importorskip("radiomics.featureextractor", reason=MISSING)
    import radiomics

    return radiomics  # type: ignore[no-any-return]  # it has no types
