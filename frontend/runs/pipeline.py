"""Everything on one cohort: extract, pre-train, fine-tune for each task, analyse, as jobs that wait for one another."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontend.text import labels, numbers
from frontend.text.causes_words import listed
from shared import schemas as s
from shared.client import Client
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
    def sentence(self) -> str:
        """Sentence that says what the chain will run."""
        protocol = self.cohort.protocol
        named = ", ".join(labels.task(protocol, task) for task in self.tasks)
        columns = [labels.table_one_column(protocol, task, roi) for task, roi in self.analyses]
        what = "analyses" if len(columns) > 1 else "analysis"
        return (
            f"Fine-tuning for {named} by the recipe for small cohorts ({self.epochs} epochs each), then the {what} "
            f"{'; '.join(columns) if any(',' in one for one in columns) else ', '.join(columns)}."
        )


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


def submit(client: Client, chain: Chain, key: str) -> list[s.Job]:
    """Submits the chain; the same `key` never starts it twice.

    Raises ApiError where a step is refused; steps submitted before it go on, and Jobs shows them.
    """
    cohort_id = chain.cohort.id

    def ask(params: s.JobParams, name: str, after: list[str]) -> s.Job:
        return client.submit(s.JobSubmit(params=params, after=after), key=f"{key} {name}")

    extract = ask(chain.extract, "extract", [])
    pretrain = ask(chain.pretrain, "pretrain", [])
    jobs = [extract, pretrain]
    for target in chain.cohort.protocol.targets:
        task = target.name
        if task not in chain.tasks:
            continue
        wanted = {"cohort_id": cohort_id, "task": task, "epochs": chain.epochs, **BY_KIND[target.kind]}
        params = s.FinetuneParams.model_validate(wanted)
        finetune = ask(params, f"finetune {task}", [pretrain.id])
        jobs.append(finetune)
        for of_task, roi in chain.analyses:
            if of_task == task:
                analyze = s.AnalyseParams(cohort_id=cohort_id, task=task, roi=roi)
                jobs.append(ask(analyze, f"analyze {task} {roi}", [extract.id, finetune.id]))
    return jobs
