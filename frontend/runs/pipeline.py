"""Everything on one cohort: extract, pre-train, fine-tune for each task, analyse, as jobs that wait for one another."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontend.text import labels
from shared import schemas as s
from shared.client import Client
from shared.recipes import SMALL_COHORT

MIN_PATIENTS = 20
ANALYSES: tuple[tuple[str, s.Roi], ...] = (
    ("pirads", "gland"),
    ("volume", "gland"),
    ("lesion_seg", "lesion"),
    ("lesion_seg", "gland"),
)
"""Task and region of the paper's columns CLS, REG, SEG-L, SEG-P."""


@dataclass(frozen=True)
class Chain:
    """What "run everything" would submit for a cohort, and the tasks it leaves out with the reason."""

    cohort: s.Cohort
    tasks: tuple[str, ...]
    pretrain: s.PretrainParams
    epochs: int

    @property
    def extract(self) -> s.ExtractParams:
        """Radiomics in both regions."""
        return s.ExtractParams(cohort_id=self.cohort.id)

    @property
    def analyses(self) -> list[tuple[str, s.Roi]]:
        """Task and region of each analysis: the paper's columns."""
        return [(task, roi) for task, roi in ANALYSES if task in self.tasks]

    @property
    def sentence(self) -> str:
        """Sentence that says what the chain will run."""
        named = ", ".join(labels.task(task) for task in self.tasks)
        columns = ", ".join(labels.table_one_column(task, roi) for task, roi in self.analyses)
        return (
            f"Fine-tuning for {named} by the recipe for small cohorts ({self.epochs} epochs each), then the analyses "
            f"{columns}."
        )


def impossible(cohort: s.Cohort, cases: Sequence[s.Case]) -> str | None:
    """The reason why the whole chain cannot run on this cohort, or None."""
    if cohort.kind != "images":
        return f"{cohort.name} was imported as tables: it has no images to extract from. Analyse it instead."
    if cohort.n_patients < MIN_PATIENTS:
        return (
            f"{cohort.name} has {cohort.n_patients} patients with accepted cases; the lens needs at least "
            f"{MIN_PATIENTS}. Run single steps instead."
        )
    return None if possible_tasks(cases) else "No task can be learned here: the cases have no labels and no masks."


def possible_tasks(cases: Sequence[s.Case]) -> list[str]:
    """The tasks whose labels are there."""
    return [task for task in s.TASKS if missing(task, cases) is None]


def left_out(cases: Sequence[s.Case]) -> list[str]:
    """One sentence for each task that cannot be learned from these cases."""
    return [sentence for task in s.TASKS if (sentence := missing(task, cases)) is not None]


def missing(task: str, cases: Sequence[s.Case]) -> str | None:
    """What a task lacks, or None."""
    accepted = [case for case in cases if case.status == "accepted"]
    if task == "pirads" and len({case.pirads for case in accepted} - {None}) < 2:
        return "PI-RADS is left out: fewer than two scores occur in this cohort."
    if task == "lesion_seg" and not any(case.lesion_ml for case in accepted):
        return "Lesion segmentation is left out: no case has a lesion mask with a lesion in it."
    if task == "volume" and not any(case.gland_ml for case in accepted):
        return "Gland volume is left out: no case has a gland mask."
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
    for task in chain.tasks:
        wanted = {"cohort_id": cohort_id, "task": task, "epochs": chain.epochs, **SMALL_COHORT[task]}
        params = s.FinetuneParams.model_validate(wanted)
        finetune = ask(params, f"finetune {task}", [pretrain.id])
        jobs.append(finetune)
        for of_task, roi in chain.analyses:
            if of_task == task:
                analyze = s.AnalyseParams(cohort_id=cohort_id, task=task, roi=roi)
                jobs.append(ask(analyze, f"analyze {task} {roi}", [extract.id, finetune.id]))
    return jobs
