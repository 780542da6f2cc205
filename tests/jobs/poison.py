"""A measurement that one study does not survive; children import it by name."""

from pathlib import Path

from backend.jobs.tasks import extract
from backend.models import Case
from backend.science.radiomics.settings import RadiomicsSettings
from tests.jobs.killers import die

POISON = "002_5001"


def measure(root: Path, case: Case, roi: str, settings: RadiomicsSettings) -> extract.Measured:
    """The real measurement, but one study kills its process."""
    if case.study_id == POISON:
        die(0)
    return extract.measure(root, case, roi, settings)
