"""What a plan is made from: the cohort's cases, what pending jobs will make, and how long such work takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.jobs.data import cohorts
from backend.jobs.planning import duration_estimates
from backend.jobs.planning.allowed_paths import check_path
from backend.jobs.planning.products import Pending
from backend.models import Case, Radiomics
from backend.settings import Settings


@dataclass(frozen=True)
class PlanContext:
    """The state one request is planned against.

    Attributes:
        session: of the database; nothing is written.
        settings: of the data folder.
        pending: whether a job that the request waits for will make something.
        local: any path of this machine may be read.
        kind: of the request.
        pace: seconds a unit of its work takes, as measured once; None where its plans state no duration.
        told: how many seconds its sentences say that it takes.
    """

    session: Session
    settings: Settings
    pending: Pending
    local: bool
    kind: str
    pace: float | None
    told: list[float] = field(default_factory=list)

    def path(self, name: str, *, folder: bool | None) -> Path:
        """A file or folder of the request; raises Forbidden outside the import roots, BadFile where it is absent."""
        return check_path(self.settings, name, local=self.local, folder=folder)

    def cohort_pending(self, cohort_id: str) -> bool:
        """Whether a pending job will fill the cohort."""
        return self.pending(("cohort",), cohort_id)

    def images(self, cohort_id: str) -> Sequence[Case]:
        """The accepted cases of a cohort of images; raises BadSettings where there are none."""
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

    def about(self, units: float) -> str:
        """How long so many units of the request's work take here, as a sentence."""
        assert self.pace is not None, f"the registry has no pace of {self.kind}"
        self.told.append(duration_estimates.seconds(self.session, self.kind, self.pace, units))
        return f"That takes about {duration_estimates.in_words(self.told[-1])}."
