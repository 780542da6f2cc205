"""The outcomes of an unfinished self-check as a file, so that a job that was stopped goes on with the next cohort."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from backend.jobs.context import JobContext

if TYPE_CHECKING:
    from backend.science.power.scores import Outcome

FILE = "outcomes.json"


class FileOutcomes:
    """An `OutcomeStore` in the work folder of one request."""

    def __init__(self, context: JobContext, request_key: str) -> None:
        self.context, self.folder = context, context.files.work_folder(request_key)

    def load(self) -> "list[Outcome]":
        """Outcomes of earlier attempts; none where there was no attempt."""
        from backend.science.power.scores import Outcome

        path = self.folder / FILE
        found = [Outcome(**row) for row in json.loads(path.read_text())] if path.exists() else []
        if found:
            cohorts = len({(one.scenario, one.seed) for one in found})
            self.context.log(f"{cohorts} simulated cohorts of an earlier attempt are taken over.")
        return found

    def save(self, outcomes: "Sequence[Outcome]") -> None:
        """Replaces the file whole, and records it as progress that a restart reuses."""
        beside = self.folder / f".{FILE}.{os.getpid()}"
        beside.write_text(json.dumps([asdict(one) for one in outcomes]))  # repr of a float reads back exactly
        beside.replace(self.folder / FILE)
        self.context.saved()

    def drop(self) -> None:
        """Delete the outcomes once the result exists."""
        (self.folder / FILE).unlink(missing_ok=True)
        self.folder.rmdir()
