"""Calls that plan, submit, watch, cancel and retry jobs."""

from collections.abc import Iterator

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class JobCalls(Transport):
    """Calls that plan, submit, watch, cancel and retry jobs."""

    def jobs(self) -> Listed[s.Job]:
        """Jobs, newest first."""
        return self._all(s.Job, "/jobs")

    def job(self, job_id: str) -> s.Job:
        """One job."""
        return self._get(s.Job, f"/jobs/{job_id}")

    def job_log(self, job_id: str, after: int = 0) -> list[s.JobLogLine]:
        """Log lines with an id above `after`."""
        return self._get(list[s.JobLogLine], f"/jobs/{job_id}/log", after=after)

    def job_epochs(self, job_id: str) -> list[s.TrainingEpoch]:
        """The epochs of a training so far."""
        return self._get(list[s.TrainingEpoch], f"/jobs/{job_id}/epochs")

    def reconstruction(self, job_id: str, epoch: int, modality: str) -> bytes:
        """PNG: a case's slice, what a pre-training was shown of it, and what it painted."""
        path = f"/jobs/{job_id}/reconstructions/{epoch}.png"
        return self._send("GET", path, params={"modality": modality}).content

    def plan(self, submit: s.JobSubmit) -> s.JobPlan:
        """What a request would do."""
        return self._post(s.JobPlan, "/jobs/plan", submit)

    def submit(self, submit: s.JobSubmit, key: str | None = None) -> s.Job:
        """Starts a job; the same `key` never starts it twice."""
        return self._post(s.Job, "/jobs", submit, key)

    def plan_chain(self, chain: s.JobChain) -> s.ChainPlan:
        """What a chain of requests would do."""
        return self._post(s.ChainPlan, "/jobs/chain/plan", chain)

    def submit_chain(self, chain: s.JobChain, key: str | None = None) -> list[s.Job]:
        """Starts every step of a chain, or none; the same `key` never starts it twice."""
        return self._post(list[s.Job], "/jobs/chain", chain, key)

    def cancel(self, job_id: str) -> s.Job:
        """Asks a job to stop."""
        return self._post(s.Job, f"/jobs/{job_id}/cancel")

    def retry(self, job_id: str) -> s.Job:
        """Queues a failed or cancelled job again; what is cached is reused."""
        return self._post(s.Job, f"/jobs/{job_id}/retry")

    def prioritise(self, job_id: str, priority: s.Priority) -> s.Job:
        """Changes the priority of a job that waits; `high` is an administrator's to give."""
        return self._post(s.Job, f"/jobs/{job_id}/priority", s.JobPriority(priority=priority))

    def job_events(self, job_id: str) -> Iterator[s.Job]:
        """The job at every change until it ends (server-sent events)."""
        for line in self._lines(f"/jobs/{job_id}/events"):
            if line.startswith("data:"):
                yield s.Job.model_validate_json(line[5:])
