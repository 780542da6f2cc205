"""A job as the wire contract has it, for everything that shows jobs."""

from typing import Any

from sqlalchemy.orm import object_session

from backend.jobs.fairness.priorities import word
from backend.jobs.planning.time_left import seconds_left_in_all
from backend.jobs.queue import seconds_left
from backend.models import Job
from shared import schemas as s

PATHS = frozenset(
    (
        *("path", "clinical", "checksums", "pre", "ft", "further_ft", "controls", "radiomics", "radiomics_of"),
        *("id_file", "icc", "head"),
    )
)
"""Parameters that hold a path of the server, which may name people."""
HIDDEN = "hidden: administrators see it"


def job_schema(row: Job, *, role: s.Role = "admin") -> s.Job:
    """The schema of a row, with the time its step still takes; whoever is no admin sees no path of an import."""
    computed = ("seconds_left", "seconds_left_in_all", "n_steps", "priority")
    fields = {name: getattr(row, name) for name in s.Job.model_fields if name not in computed}
    if role != "admin":
        fields["params"] = without_paths(row.params)
    session = object_session(row)
    in_all = None if session is None or row.state != "running" else seconds_left_in_all(session, row)
    fields |= {"seconds_left": seconds_left(row), "seconds_left_in_all": in_all, "n_steps": len(row.steps)}
    return s.Job.model_validate(fields | {"priority": word(row.priority)})


def without_paths(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters with every path hidden, and without series by study id where these ids are to be replaced."""
    shown = {name: _hidden(value) if name in PATHS else value for name, value in params.items()}
    return shown | {"series": {}} if shown.get("ids") == "pseudonymise" and "series" in shown else shown


def _hidden(value: Any) -> Any:
    """A path hidden, also within a list or under names."""
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    if isinstance(value, dict):
        return {name: _hidden(one) for name, one in value.items()}
    return HIDDEN if isinstance(value, str) else value
