"""What a plan is made from: the cohort's cases, what earlier jobs will have made, and how long such work takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.jobs.data import cohorts
from backend.jobs.planning import duration_estimates
from backend.jobs.planning.allowed_paths import check_path
from backend.models import Case, Radiomics
from backend.settings import Settings


@dataclass(frozen=True)
class Planning:
    """The state one request is planned against.

    `makes(kinds, cohort id, task=...)` says whether a job waited for will make something; `local` allows any path.
    """

    session: Session
    settings: Settings
    makes: Callable[..., bool]
    local: bool

    def path(self, name: str, *, folder: bool) -> Path:
        """A file or folder of the request, which must be there and may be read."""
        return check_path(self.settings, name, local=self.local, folder=folder)

    def cohort_pending(self, cohort_id: str) -> bool:
        """Whether a job waited for will fill the cohort."""
        return self.makes(cohorts.MAKER_KINDS, cohort_id)

    def images(self, cohort_id: str) -> Sequence[Case]:
        """The accepted cases of a cohort of images; raises the refusal where there are none."""
        cohort = cohorts.cohort_of(self.session, cohort_id)
        if cohort.kind != "images":
            raise BadSettings(
                f"The cohort {cohort.name!r} was imported as tables and has no images; choose one with images."
            )
        cases = cohorts.accepted(self.session, cohort_id)
        if not cases:
            raise BadSettings(
                f"The cohort {cohort.name!r} has no accepted case; see Data for the reasons, or import again."
            )
        return cases

    def extracted(self, cohort_id: str, rois: Sequence[str]) -> int:
        """How many regions have features, under whatever settings."""
        rows = (
            select(func.count())
            .select_from(Radiomics)
            .join(Case)
            .where(Case.cohort_id == cohort_id, Radiomics.roi.in_(rois), Radiomics.values.is_not(None))
        )
        return self.session.scalar(rows) or 0

    def about(self, kind: str, units: float) -> str:
        """How long so many units of work take here."""
        return duration_estimates.about(self.session, kind, units)
