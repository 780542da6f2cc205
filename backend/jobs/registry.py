"""The kinds of jobs: one entry a kind says all that the queue, the plans and the worker need to know of it.

A new kind is a parameter schema in `shared/schemas/`, an entry here, its title and plan in `planning/`, and
a task in `tasks/`. Tasks are named, not imported: they load torch and pandas, which the API never needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast, get_args

from sqlalchemy.orm import Session

from backend.jobs.planning import analysis_plans, data_plans, newest, training_plans
from backend.jobs.planning.context import PlanContext
from backend.jobs.planning.earlier_requests import current_fields
from backend.jobs.planning.products import Pending, Product
from shared import schemas as s

if TYPE_CHECKING:
    from backend.jobs.context import JobContext

P = TypeVar("P", bound=s.Schema)
Lane = Literal["cpu", "device"]
LANES: tuple[Lane, ...] = get_args(Lane)
"""Each lane runs one job at a time: `device` computes with encoders, `cpu` does everything else."""
TRAINING_UNIT = "a study and epoch of the smallest encoder on 32 x 96 x 96 voxels"


@dataclass(frozen=True, kw_only=True)
class JobKind(Generic[P]):
    """One kind of job.

    Attributes:
        params: the schema of a request; the default of its field `kind` is the name of the kind.
        task: module whose `run(context, params)` does the work and returns the job's result.
        title: what the Jobs page calls a request; raises NotFound where it names what does not exist.
        plan: sentences of what a request will do; raises the Refusal that makes it impossible.
        unit: what the work is counted in; a result gives `units` and `seconds`, from which later plans learn.
        pace: seconds a unit, measured on two cores; None where plans of this kind state no duration.
        lane: which of the two lanes it waits in.
        makes: what jobs that wait for it can count on; one that makes a cohort has the parameter `cohort`, its name.
        defaults: parameters that may be null for the newest, and the function that finds it at submission.
    """

    params: type[P]
    task: str
    title: Callable[[Session, P], str]
    plan: Callable[[PlanContext, P], list[str]]
    unit: str
    pace: float | None = None
    lane: Lane = "cpu"
    makes: frozenset[Product] = frozenset()
    defaults: Mapping[str, Callable[[Session, P, Pending], str | None]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The kind as requests, rows and the API write it."""
        return str(self.params.model_fields["kind"].default)

    def run(self, context: "JobContext", params: P) -> dict[str, Any]:
        """Imports the task and runs it; gives what the job's row keeps as its result."""
        run: Callable[[JobContext, P], dict[str, Any]] = import_module(self.task).run
        return run(context, params)


_ENTRIES = (
    JobKind(
        params=s.SynthParams,
        task="backend.jobs.tasks.synth",
        title=data_plans.synth_title,
        plan=data_plans.synth,
        unit="a study",
        pace=1.5,
        makes=frozenset({"cohort"}),
    ),
    JobKind(
        params=s.ImportCasesParams,
        task="backend.jobs.tasks.import_cases",
        title=data_plans.import_cases_title,
        plan=data_plans.import_cases,
        unit="a study",
        makes=frozenset({"cohort"}),
    ),
    JobKind(
        params=s.ImportTablesParams,
        task="backend.jobs.tasks.import_tables",
        title=data_plans.import_tables_title,
        plan=data_plans.import_tables,
        unit="an import",
        makes=frozenset({"cohort", "tables"}),
    ),
    JobKind(
        params=s.SynthTablesParams,
        task="backend.jobs.tasks.synth_tables",
        title=data_plans.synth_tables_title,
        plan=data_plans.synth_tables,
        unit="a patient",
        pace=0.02,
        makes=frozenset({"cohort", "tables"}),
    ),
    JobKind(
        params=s.ExtractParams,
        task="backend.jobs.tasks.extract",
        title=data_plans.extract_title,
        plan=data_plans.extract,
        unit="a region",
        pace=4.5,
        makes=frozenset({"radiomics"}),
    ),
    JobKind(
        params=s.ImportEncoderParams,
        task="backend.jobs.tasks.import_encoder",
        title=training_plans.import_encoder_title,
        plan=training_plans.import_encoder,
        unit=TRAINING_UNIT,
        pace=0.1,
        lane="device",
        makes=frozenset({"imported_encoder"}),
        defaults={"parent_id": newest.parent_encoder},
    ),
    JobKind(
        params=s.EmbedParams,
        task="backend.jobs.tasks.embed",
        title=training_plans.embed_title,
        plan=training_plans.embed,
        unit=TRAINING_UNIT,
        pace=0.1,
        lane="device",
        defaults={"encoder_id": newest.embedding_encoder},
    ),
    JobKind(
        params=s.PretrainParams,
        task="backend.jobs.tasks.pretrain",
        title=training_plans.pretrain_title,
        plan=training_plans.pretrain,
        unit=TRAINING_UNIT,
        pace=0.3,
        lane="device",
        makes=frozenset({"pretrained_encoder"}),
    ),
    JobKind(
        params=s.FinetuneParams,
        task="backend.jobs.tasks.finetune",
        title=training_plans.finetune_title,
        plan=training_plans.finetune,
        unit=TRAINING_UNIT,
        pace=0.25,
        lane="device",
        makes=frozenset({"finetuned_encoder"}),
        defaults={"encoder_id": newest.pre_encoder},
    ),
    JobKind(
        params=s.AnalyseParams,
        task="backend.jobs.tasks.analyze",
        title=analysis_plans.analyse_title,
        plan=analysis_plans.analyse,
        unit="an analysis",
        pace=20.0,
        defaults={
            "pre_encoder_id": newest.pre_encoder,
            "ft_encoder_id": newest.ft_encoder,
            "extraction": newest.extraction,
        },
    ),
    JobKind(
        params=s.CompareParams,
        task="backend.jobs.tasks.compare",
        title=analysis_plans.compare_title,
        plan=analysis_plans.compare,
        unit="an analysis",
        pace=10.0,
    ),
    JobKind(
        params=s.TrajectoryParams,
        task="backend.jobs.tasks.trajectory",
        title=analysis_plans.trajectory_title,
        plan=analysis_plans.trajectory,
        unit="a point",
        pace=12.0,
        defaults={
            "pre_encoder_id": newest.pre_encoder,
            "ft_encoder_id": newest.ft_encoder,
            "extraction": newest.extraction,
        },
    ),
    JobKind(
        params=s.SelfCheckParams,
        task="backend.jobs.tasks.selfcheck",
        title=analysis_plans.selfcheck_title,
        plan=analysis_plans.selfcheck,
        unit="a patient and seed",
        pace=0.2,
    ),
)

KINDS: dict[str, JobKind[Any]] = {entry.name: entry for entry in cast("tuple[JobKind[Any], ...]", _ENTRIES)}
"""Every kind by its name."""


def kinds_that_make(product: Product) -> list[str]:
    """The names of the kinds that make something."""
    return [name for name, kind in KINDS.items() if product in kind.makes]


def read_params(kind: str, params: Mapping[str, Any]) -> Any:
    """The parameters of a stored job, as the schema of its kind has them now."""
    schema = KINDS[kind].params
    return schema.model_validate(current_fields(schema, params))
