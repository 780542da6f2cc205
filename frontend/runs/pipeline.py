"""Everything on one cohort: extract, pre-train, fine-tune for each task, analyse, as jobs that wait for one another."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontend.text import labels, numbers
from frontend.text.causes_words import listed
from shared import schemas as s
from shared.recipes import BY_KIND

MIN_PATIENTS = 20


@dataclass(frozen=True)
class Chain:
    """What "run everything" would submit for a cohort, and the tasks it leaves out with the reason."""

    cohort: s.Cohort
    tasks: tuple[str, ...]
    pretrain: s.PretrainParams
    epochs: int

    @property
    def extract(self) -> s.ExtractParams:
        """Radiomics in every region."""
        return s.ExtractParams(cohort_id=self.cohort.id, rois=list(self.cohort.protocol.rois))

    @property
    def analyses(self) -> list[tuple[str, str]]:
        """Task and region of each analysis: the paper's columns, else every target in every region."""
        return [(task, roi) for task, roi in labels.analysed_pairs(self.cohort.protocol) if task in self.tasks]

    @property
    def steps(self) -> s.JobChain:
        """The requests, each with the steps that it waits for."""
        cohort_id = self.cohort.id
        steps = [
            s.ChainStep(name="radiomics", params=self.extract),
            s.ChainStep(name="encoder", params=self.pretrain),
        ]
        for target in self.cohort.protocol.targets:
            task = target.name
            if task not in self.tasks:
                continue
            wanted = {"cohort_id": cohort_id, "task": task, "epochs": self.epochs, **BY_KIND[target.kind]}
            tuned = s.FinetuneParams.model_validate(wanted)
            steps.append(s.ChainStep(name=f"finetune-{task}", params=tuned, after=["encoder"]))
            for of_task, roi in self.analyses:
                if of_task == task:
                    params = s.AnalyseParams(cohort_id=cohort_id, task=task, roi=roi)
                    after = ["radiomics", f"finetune-{task}"]
                    steps.append(s.ChainStep(name=f"analyse-{task}-{roi}", params=params, after=after))
        return s.JobChain(steps=steps)


def impossible(cohort: s.Cohort, cases: Sequence[s.Case]) -> str | None:
    """The reason why the whole chain cannot run on this cohort, or None."""
    if cohort.kind != "images":
        return f"{cohort.name} was imported as tables: it has no images to extract from. Analyse it instead."
    if not cohort.protocol.rois:
        return f"The protocol {cohort.protocol.name} has no region to measure radiomics in. Run single steps instead."
    if cohort.n_patients < MIN_PATIENTS:
        return (
            f"{cohort.name} has {numbers.counted(cohort.n_patients, 'patient')} with accepted cases; the lens needs at "
            f"least {MIN_PATIENTS}. Run single steps instead."
        )
    if possible_tasks(cohort.protocol, cases):
        return None
    return "No task can be learned here: the cases have no labels and no masks."


def possible_tasks(protocol: s.Protocol, cases: Sequence[s.Case]) -> list[str]:
    """The targets whose labels are there."""
    return [target.name for target in protocol.targets if missing(protocol, target, cases) is None]


def left_out(protocol: s.Protocol, cases: Sequence[s.Case]) -> list[str]:
    """One sentence for each target that cannot be learned from these cases."""
    return [
        f"{labels.task(protocol, target.name)} is left out: {reason}."
        for target in protocol.targets
        if (reason := missing(protocol, target, cases)) is not None
    ]


def missing(protocol: s.Protocol, target: s.ProtocolTarget, cases: Sequence[s.Case]) -> str | None:
    """What a target lacks, or None."""
    accepted = [case for case in cases if case.status == "accepted"]
    region = next((one.name for one in protocol.regions if target.column and one.volume_column == target.column), None)
    if target.kind == "mask" or region is not None:
        drawn = target.region or region or ""
        if any(case.volumes_ml.get(drawn) for case in accepted):
            return None
        return f"no case has a mask of the region {drawn} with anything in it"
    if len({str(case.targets.get(target.name)) for case in accepted if target.name in case.targets}) < 2:
        columns = listed(target.columns or (target.column or "",))
        return f"fewer than two of its values occur in the column {columns}"
    return None
