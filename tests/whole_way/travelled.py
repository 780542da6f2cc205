"""A data folder in which one cohort went the whole way: drawn, measured, trained on, analysed, compared, shared."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.settings import Settings
from backend.storage.database import upgrade
from shared import schemas as s
from tests.api import server
from tests.jobs import tiny
from tests.whole_way.organs import GRID, SEEN, Organ

CASES = 24
"""The lens needs 20 patients."""


@dataclass
class Travelled:
    """The folder, the cohort, and what each job gave: `results` by kind and target."""

    settings: Settings
    organ: Organ
    cohort_id: str = ""
    results: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    params: dict[tuple[str, str], s.JobParams] = field(default_factory=dict)

    def work(self, params: s.JobParams, about: str = "") -> dict[str, Any]:
        """Runs a job to its end and keeps what it gave."""
        key = (params.kind, about)
        self.params[key] = params
        self.results[key] = tiny.done(tiny.run(self.settings, params))
        return self.results[key]

    @property
    def analysis_ids(self) -> list[str]:
        """One analysis a target, in the order of the targets."""
        return [str(self.results["analyze", target]["analysis_id"]) for target in self.organ.targets]


def travel(folder: Path, organ: Organ) -> Travelled:
    """Every job of a cohort on a fresh folder, as small as it can be."""
    settings = server.settings_of(folder)
    upgrade(settings)
    (folder / "locks").mkdir()
    way = Travelled(settings, organ)
    drawn = way.work(s.SynthParams(cohort="cohort", cases=CASES, protocol=organ.protocol, **GRID))
    assert (drawn["accepted"], drawn["rejected"]) == (CASES, 0)
    cohort = way.cohort_id = str(drawn["cohort_id"])
    way.work(s.ExtractParams(cohort_id=cohort, rois=[organ.roi], settings="first.yaml", yaml=tiny.FIRST_ORDER))
    way.work(s.PretrainParams(cohort_id=cohort, input=SEEN, epochs=1, batch=8, patch=8, decoder_width=8))
    for target in organ.targets:
        recipe = s.FinetuneParams(cohort_id=cohort, task=target, epochs=1, batch=8, decoder_width=8, checkpoint_every=0)
        way.work(recipe, target)
        lens = s.AnalyseParams(cohort_id=cohort, task=target, roi=organ.roi, hidden=4, epochs=2)
        way.work(lens, target)
    way.work(s.CompareParams(analysis_ids=way.analysis_ids[:2]))
    way.work(s.TrajectoryParams(cohort_id=cohort, task=organ.targets[0], roi=organ.roi, along="stages"))
    return way
