"""PyRadiomics' schema check of parameters, and its extractor; the only module that passes settings to it."""

import logging
import warnings
from typing import Any

from backend.errors import BadSettings
from backend.science.radiomics.pyradiomics import pyradiomics

# Its warnings become the status and reason of an extraction, so nothing may be printed.
logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
logging.getLogger("pykwalify").setLevel(logging.CRITICAL + 1)

_FIXED = {"additionalInfo": False, "correctMask": False}


def extractor_of(parameters: dict[str, dict[str, Any]]) -> Any:
    """Make PyRadiomics' extractor with exactly these parameters (`imageType`, `featureClass`, `setting`).

    Raises BadSettings where PyRadiomics is not installed.
    """
    fixed = parameters | {"setting": parameters["setting"] | _FIXED}
    with warnings.catch_warnings():
        # PyRadiomics' schema check loads its functions in a way that Python 3.12 removes.
        warnings.simplefilter("ignore", DeprecationWarning)
        return pyradiomics().featureextractor.RadiomicsFeatureExtractor(fixed)


def check_values(parameters: dict[str, dict[str, Any]], name: str) -> None:
    """Raise BadSettings for a value that PyRadiomics' schema refuses."""
    pyradiomics()
    import pykwalify.errors

    try:
        extractor_of(parameters)
    except (pykwalify.errors.SchemaError, TypeError, ValueError) as error:
        raise BadSettings(f"The radiomics settings {name} do not fit PyRadiomics: {_in_one_line(error)}") from None


def _in_one_line(error: Exception) -> str:
    text = str(getattr(error, "msg", error)).strip()
    return " ".join(line.strip(" -") for line in text.splitlines())[:200]
