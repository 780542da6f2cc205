"""The demo: sample tables that are analysed within a minute, then an imaging cohort with all three tasks."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs import submission
from backend.models import Job
from backend.settings import Settings
from backend.storage.database import Database
from shared import schemas as s
from shared.recipes import SMALL_COHORT

DEMO = "demo"
SAMPLE, COHORT = "sample-tables", "demo-prostates"
TASKS: tuple[Literal["pirads", "lesion_seg", "volume"], ...] = ("pirads", "volume", "lesion_seg")
CASES_FOR_LESIONS = 36
"""From this number of cases on, at least 20 synthetic patients have a lesion; the lens needs that many."""
INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(4.0, 2.0, 2.0))
"""64 x 64 x 64 mm: contains nearly every gland, at a resolution that a CPU trains on in a minute."""
SPACING, FIELD = (1.0, 1.0, 3.0), (88, 88, 22)
"""Of the T2 images, x y z, mm and voxels: coarser than a clinic's, so that hundreds of studies take minutes."""
FINDINGS_ENLARGED = 4.0
"""Volume of findings over that in life: a small encoder learned no grade of findings as they are (docs/results.md)."""


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of computation of the demo.

    Cases, grid, size of findings and epochs were chosen on cohorts of other seeds; the test patients of the demo were
    scored once. The sample tables have an easy planted answer. Do not quote the demo as evidence.
    """

    patients: int
    cases: int
    sample_hidden: int
    pretrain_epochs: int
    finetune_epochs: int
    lens_hidden: int
    findings_enlarged: float
    rois: tuple[s.Roi, ...]


WHOLE = Size(
    patients=600,
    cases=300,
    sample_hidden=32,
    pretrain_epochs=12,
    finetune_epochs=16,
    lens_hidden=0,
    findings_enlarged=FINDINGS_ENLARGED,
    rois=("gland", "lesion"),
)
QUICK = Size(
    patients=60,
    cases=40,
    sample_hidden=8,
    pretrain_epochs=1,
    finetune_epochs=1,
    lens_hidden=4,
    findings_enlarged=1.0,
    rois=("gland",),
)


def submit_demo(settings: Settings, cases: int | None = None, *, quick: bool = False) -> list[str]:
    """Queue the demo and return the ids of its jobs in order; an existing demo is not queued again."""
    database = Database(settings)
    try:
        with database.write() as session:
            there = session.scalars(select(Job.id).where(Job.submitted_by == DEMO).order_by(Job.position)).all()
            if there:
                return list(there)
            size = QUICK if quick else WHOLE
            return [job.id for job in _Chain(session, settings, cases or size.cases, size).submit()]
    finally:
        database.close()


class _Chain:
    """The jobs of the demo, each queued after those it depends on."""

    def __init__(self, session: Session, settings: Settings, cases: int, size: Size) -> None:
        self.session, self.settings, self.cases, self.size = session, settings, cases, size

    def submit(self) -> list[Job]:
        return [*self._sample(), *self._prostates()]

    def _sample(self) -> list[Job]:
        made = self._job("tables", s.SynthTablesParams(cohort=SAMPLE, patients=self.size.patients, scenario="planted"))
        analysis = s.AnalyseParams(
            cohort_id=made.result["cohort_id"],
            task="pirads",
            roi="gland",
            hidden=self.size.sample_hidden,
        )
        return [made, self._job("tables-lens", analysis, made)]

    def _prostates(self) -> list[Job]:
        size = self.size
        made = self._job("images", self._drawn())
        cohort = made.result["cohort_id"]
        pre = self._job("pretrain", s.PretrainParams(cohort_id=cohort, input=INPUT, epochs=size.pretrain_epochs), made)
        extracted = self._job("extract", s.ExtractParams(cohort_id=cohort, rois=list(size.rois)), made)
        jobs = [made, pre, extracted]
        for task in TASKS:
            tuned = self._job(task, self._recipe(cohort, task), pre)
            jobs.append(tuned)
            for roi in self._rois(task):
                lens = s.AnalyseParams(cohort_id=cohort, task=task, roi=roi, hidden=size.lens_hidden)
                jobs.append(self._job(f"{task}-{roi}-lens", lens, extracted, tuned))
        return jobs

    def _drawn(self) -> s.SynthParams:
        return s.SynthParams(
            cohort=COHORT,
            cases=self.cases,
            spacing_xyz_mm=SPACING,
            size_xyz=FIELD,
            findings_enlarged=self.size.findings_enlarged,
        )

    def _recipe(self, cohort: str, task: Literal["pirads", "lesion_seg", "volume"]) -> s.FinetuneParams:
        """The recipe for small cohorts (shared/recipes.py)."""
        epochs = self.size.finetune_epochs
        return s.FinetuneParams(
            cohort_id=cohort, task=task, epochs=epochs, checkpoint_every=max(1, epochs // 3), **SMALL_COHORT[task]
        )

    def _rois(self, task: str) -> tuple[s.Roi, ...]:
        """SEG-L and SEG-P for segmentation, the gland for the others, as in the paper's Table 1."""
        both = task == "lesion_seg" and "lesion" in self.size.rois and self.cases >= CASES_FOR_LESIONS
        return ("lesion", "gland") if both else ("gland",)

    def _job(self, name: str, params: s.JobParams, *after: Job) -> Job:
        request = s.JobSubmit(params=params, after=[job.id for job in after])
        return submission.submit(self.session, self.settings, request, key=f"{DEMO}-{name}", user=DEMO)
