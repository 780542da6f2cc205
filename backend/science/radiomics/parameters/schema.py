"""PyRadiomics' extractor for some settings."""

import logging
import warnings
from typing import Any

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
