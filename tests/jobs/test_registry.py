import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import get_args

import pytest

from backend.jobs import queue, submission
from backend.jobs.planning import plans
from backend.jobs.registry import KINDS, LANES, JobKind, read_params
from shared import schemas as s
from tests.jobs import tiny
from tests.jobs.doubling import DoublingParams

JOB_PARAMS = get_args(get_args(s.JobParams)[0])
MODULES = Path(__file__).parents[2] / "backend/jobs/tasks"


def test_every_request_of_the_contract_has_exactly_one_entry() -> None:
    assert sorted(kind.params.__name__ for kind in KINDS.values()) == sorted(one.__name__ for one in JOB_PARAMS)
    assert all(kind.name == name for name, kind in KINDS.items())


def test_every_task_file_belongs_to_one_kind() -> None:
    files = {f"backend.jobs.tasks.{path.stem}" for path in MODULES.glob("*.py") if path.stem != "__init__"}
    tasks = [kind.task for kind in KINDS.values()]
    assert sorted(tasks) == sorted(files)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_an_entry_is_complete(kind: JobKind) -> None:
    assert kind.lane in LANES
    assert kind.unit.startswith(("a ", "an "))
    assert kind.pace is None or kind.pace > 0
    assert list(signature(import_module(kind.task).run).parameters) == ["context", "params"]
    for name in kind.defaults:
        assert kind.params.model_fields[name].default is None
    assert ("cohort" in kind.params.model_fields) == ("cohort" in kind.makes)


def test_the_registry_loads_no_task_and_nothing_heavy() -> None:
    script = (
        "import sys, backend.jobs.registry;"
        "heavy = {'torch', 'pandas', 'dask', 'fastapi', 'backend.jobs.context'} & set(sys.modules);"
        "print(sorted(heavy) + [name for name in sys.modules if name.startswith('backend.jobs.tasks')])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_new_kind_is_planned_queued_and_run_from_its_entry(settings, database, monkeypatch) -> None:
    kind = JobKind(
        params=DoublingParams,
        task="tests.jobs.doubling",
        title=lambda _session, params: f"Double {params.number}",
        plan=lambda context, params: [f"{params.number} is doubled.", context.about(1)],
        unit="a number",
        pace=20.0,
        lane="device",
    )
    monkeypatch.setitem(KINDS, kind.name, kind)
    params = DoublingParams(number=21)
    with database.write() as session:
        planned = plans.plan(session, settings, params)
        assert (planned.title, planned.sentences) == (
            "Double 21",
            ["21 is doubled.", "That takes about 25 s."],
        )
        request = s.JobSubmit.model_construct(params=params, after=[])  # the contract knows real kinds only
        job = submission.submit(session, settings, request)
        assert (job.kind, job.lane, job.title) == ("doubling", "device", "Double 21")
        assert read_params(job.kind, job.params) == params
    ended = tiny.run_submitted(settings, tiny.read(settings, job.id))
    assert tiny.done(ended)["doubled"] == 42
    with database.read() as session:
        assert queue.get(session, job.id).step == "doubling"
        assert plans.plan(session, settings, params).sentences[-1] == "That takes about 2 min."
