"""PyRadiomics, the reference engine, where it is installed: the extra `reference`, on Python 3.11."""

import sys
from types import ModuleType

from backend.errors import BadSettings

NEWEST_PYTHON = (3, 11)
"""PyRadiomics 3.0.1 neither builds nor starts on a newer one."""

RAISES = (ValueError, TypeError, ArithmeticError, LookupError, AssertionError, RuntimeError, MemoryError)
"""What PyRadiomics raises for a region or an image it cannot measure, by intention or not."""


def pyradiomics() -> ModuleType:
    """The package `radiomics` with its extractor loaded. Raises BadSettings where it is not installed."""
    try:
        import radiomics.featureextractor
    except ModuleNotFoundError:
        raise BadSettings(missing(sys.version_info[:2])) from None
    return radiomics  # type: ignore[no-any-return]  # PyRadiomics has no types


def missing(python: tuple[int, int]) -> str:
    """What to do where PyRadiomics is missing under this version of Python."""
    if python > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        return (
            "PyRadiomics is not installed and needs Python "
            f"{newest}; use the fast engine, or install RadiomicLens there: pip install 'radiomiclens[reference]'."
        )
    return "PyRadiomics is not installed; use the fast engine, or install it: pip install 'radiomiclens[reference]'."
