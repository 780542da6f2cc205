"""Chains: requests of which later ones need what earlier ones make, submitted all together or not at all."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.errors import BadSettings, Refusal
from backend.jobs import submission
from backend.jobs.planning.named_uploads import check_uploads
from backend.jobs.planning.plans import plan
from backend.jobs.planning.project_of import enter_project
from backend.jobs.registry import KINDS
from backend.models import Job
from backend.settings import Settings
from shared import schemas as s

OF_STEP = "step:"


@dataclass
class _Chain:
    """The steps submitted so far, by name."""

    session: Session
    settings: Settings
    user: str
    key: str | None
    priority: s.Priority
    project_id: str | None
    jobs: dict[str, Job] = field(default_factory=dict)

    def request(self, step: s.ChainStep) -> s.JobSubmit:
        """The request of a step, its names of earlier steps replaced by ids. Raises BadSettings for a wrong name."""
        if step.name in self.jobs:
            raise BadSettings(f"Two steps are called {step.name[:40]!r}; give each a name of its own.")
        params = step.params
        cohort_id = getattr(params, "cohort_id", None)
        if isinstance(cohort_id, str) and cohort_id.startswith(OF_STEP):
            made = self._job(cohort_id.removeprefix(OF_STEP)).result.get("cohort_id")
            if made is None:
                raise BadSettings(
                    f"The step {cohort_id.removeprefix(OF_STEP)[:40]!r} makes no cohort; name one that does."
                )
            params = params.model_copy(update={"cohort_id": made})
        after = [self._job(name).id for name in step.after]
        return s.JobSubmit(params=params, after=after, project_id=self.project_id, priority=self.priority)

    def submit(self, step: s.ChainStep, request: s.JobSubmit) -> Job:
        """Queues a step."""
        key = f"{self.key} {step.name}" if self.key else None
        self.jobs[step.name] = submission.submit(self.session, self.settings, request, key=key, user=self.user)
        return self.jobs[step.name]

    def _job(self, name: str) -> Job:
        if name not in self.jobs:
            raise BadSettings(f"There is no step {name[:40]!r} before this one; name earlier steps only.")
        return self.jobs[name]


def submit_chain(
    session: Session, settings: Settings, chain: s.JobChain, *, key: str | None = None, user: str = ""
) -> list[Job]:
    """Queues every step; the caller's transaction is undone where one of them is refused.

    The same `key` with the same chain gives the jobs it made before. Raises a Refusal of the first impossible step.
    """
    made = _Chain(session, settings, user, key, chain.priority, chain.project_id)
    return [made.submit(step, made.request(step)) for step in chain.steps]


def plan_chain(session: Session, settings: Settings, chain: s.JobChain, *, user: str = "") -> s.ChainPlan:
    """The plans of all steps and the time until the last ends. Steps are queued to see what they make: undo it all."""
    made = _Chain(session, settings, user, None, chain.priority, chain.project_id)
    plans: list[s.JobPlan] = []
    for step in chain.steps:
        try:
            request = made.request(step)
            check_uploads(session, request.params, user)
            enter_project(session, request)
            plans.append(plan(session, settings, request.params, after=request.after))
            if plans[-1].refusal is None:
                made.submit(step, request)
        except Refusal as error:
            plans.append(s.JobPlan(title=step.params.kind, sentences=[], refusal=error.sentence))
        if plans[-1].refusal is not None:
            return s.ChainPlan(steps=plans, refusal=plans[-1].refusal, seconds=None)
    return s.ChainPlan(steps=plans, refusal=None, seconds=until_the_last(chain, plans))


def until_the_last(chain: s.JobChain, plans: list[s.JobPlan]) -> float | None:
    """When the last step ends if each lane does one job at a time; steps of unknown duration count as none."""
    if all(one.seconds is None for one in plans):
        return None
    ends: dict[str, float] = {}
    free: dict[str, float] = {}
    for step, one in zip(chain.steps, plans, strict=True):
        lane = KINDS[step.params.kind].lane
        begin = max([free.get(lane, 0.0), *(ends[name] for name in step.after)])
        ends[step.name] = free[lane] = begin + (one.seconds or 0.0)
    return max(ends.values())
