"""The typed client of the API: the dashboard, notebooks, the command line and the tests use it and nothing else."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import TypeAdapter

from shared import schemas as s

T = TypeVar("T")
NO_ANSWER = "no-answer"
"""The code of a problem made here, not by the server: it could not be reached."""


class ApiError(Exception):
    """An answer of 4xx or 5xx, or none at all (`NO_ANSWER`); `problem.detail` is the sentence to show."""

    def __init__(self, problem: s.Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Client:
    """One signed-in caller of one server.

    Args:
        base_url: address of the server, without `/api/v1`.
        token: an API or session token; None for a server that runs without sign-in.
        share_token: the cookie value of an opened share link, for `shared_view` only.
        transport: an httpx transport, for tests that have no socket.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        share_token: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        cookies = {"radiomiclens_share": share_token} if share_token else None
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/api/v1",
            headers=headers,
            cookies=cookies,
            transport=transport,
            timeout=timeout,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    # --- plumbing ---------------------------------------------------------------------------------------------------

    def _send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ApiError(_unreachable()) from error
        if answer.is_error:
            raise ApiError(_problem(answer))
        return answer

    def _get(self, kind: type[T] | Any, path: str, **params: Any) -> T:
        known = {name: value for name, value in params.items() if value is not None}
        value: T = TypeAdapter(kind).validate_json(self._send("GET", path, params=known).content)
        return value

    def _post(self, kind: type[T] | Any, path: str, body: s.Schema | None = None, key: str | None = None) -> T:
        headers = {"Idempotency-Key": key} if key else {}
        content = None if body is None else body.model_dump_json()
        if content is not None:
            headers["Content-Type"] = "application/json"
        value: T = TypeAdapter(kind).validate_json(self._send("POST", path, content=content, headers=headers).content)
        return value

    def _all(self, kind: Any, path: str, **params: Any) -> list[Any]:
        items: list[Any] = []
        cursor: str | None = None
        while True:
            page: s.Page[Any] = self._get(s.Page[kind], path, cursor=cursor, limit=500, **params)
            items += page.items
            cursor = page.next_cursor
            if cursor is None:
                return items

    # --- who and what -----------------------------------------------------------------------------------------------

    def me(self) -> s.Me:
        """The signed-in user."""
        return self._get(s.Me, "/me")

    def sign_out(self) -> None:
        """Revokes the session this client carries."""
        self._send("DELETE", "/session")

    def health(self) -> s.Health:
        """Whether the server answers."""
        return self._get(s.Health, "/healthz")

    def cohorts(self) -> list[s.Cohort]:
        """Every cohort, newest first."""
        return self._all(s.Cohort, "/cohorts")

    def cohort(self, cohort_id: str) -> s.Cohort:
        """One cohort."""
        return self._get(s.Cohort, f"/cohorts/{cohort_id}")

    def cases(
        self, cohort_id: str, *, status: str | None = None, text: str | None = None, pirads: int | None = None
    ) -> list[s.Case]:
        """The cases of a cohort, by study id."""
        return self._all(s.Case, f"/cohorts/{cohort_id}/cases", status=status, text=text, pirads=pirads)

    def case(self, case_id: str) -> s.CaseDetail:
        """One case with geometry, volumes and masks."""
        return self._get(s.CaseDetail, f"/cases/{case_id}")

    def quality(self, cohort_id: str) -> s.QualityReport:
        """The quality report of a cohort's images."""
        return self._get(s.QualityReport, f"/cohorts/{cohort_id}/quality")

    def quality_cases(
        self, cohort_id: str, *, status: str | None = None, code: str | None = None, review: str | None = None
    ) -> list[s.QualityRow]:
        """The studies of a cohort as the report lists them, those that need a look first."""
        path = f"/cohorts/{cohort_id}/quality/cases"
        return self._all(s.QualityRow, path, status=status, code=code, review=review)

    def decisions(self, cohort_id: str) -> list[s.Decision]:
        """Who decided what about which study, newest first."""
        return self._all(s.Decision, f"/cohorts/{cohort_id}/decisions")

    def decide(self, case_id: str, decision: s.DecisionCreate) -> s.Case:
        """Approves, excludes or reopens a study."""
        return self._post(s.Case, f"/cases/{case_id}/decisions", decision)

    def preview_import(self, params: s.ImportCasesParams) -> s.ImportPreview:
        """What an import would do, before it is started."""
        return self._post(s.ImportPreview, "/imports/preview", params)

    def case_radiomics(self, case_id: str, roi: str, *, text: str | None = None) -> s.CaseRadiomics:
        """A case's features as percentiles of its cohort."""
        return self._get(s.CaseRadiomics, f"/cases/{case_id}/radiomics", roi=roi, text=text)

    def slice_png(self, case_id: str, modality: str, k: int, *, wl: str | None = None, rois: str = "") -> bytes:
        """A slice as PNG with outlines of `rois` (comma list); `wl` is `window,level`."""
        params = {"modality": modality, "k": str(k), "rois": rois} | ({"wl": wl} if wl else {})
        return self._send("GET", f"/cases/{case_id}/slice.png", params=params).content

    def encoders(self, cohort_id: str | None = None, run_id: str | None = None) -> list[s.Encoder]:
        """Encoders, newest first; with `run_id` the checkpoints of that encoder's training."""
        return self._all(s.Encoder, "/encoders", cohort_id=cohort_id, run_id=run_id)

    def architectures(self) -> list[str]:
        """Names of the encoders that can be built on the server."""
        return self._get(list[str], "/architectures")

    def radiomics(self, cohort_id: str | None = None) -> list[s.RadiomicsSet]:
        """What was extracted."""
        return self._all(s.RadiomicsSet, "/radiomics", cohort_id=cohort_id)

    def regions(self, cohort_id: str, *, roi: str | None = None, remarked: bool = False) -> list[s.RegionRow]:
        """Quality of the regions of a cohort that were measured."""
        return self._all(s.RegionRow, f"/cohorts/{cohort_id}/regions", roi=roi, remarked=remarked or None)

    # --- analyses ---------------------------------------------------------------------------------------------------

    def analyses(self, cohort_id: str | None = None) -> list[s.Analysis]:
        """Analyses, newest first."""
        return self._all(s.Analysis, "/analyses", cohort_id=cohort_id)

    def analysis(self, analysis_id: str) -> s.AnalysisDetail:
        """One analysis with its answer."""
        return self._get(s.AnalysisDetail, f"/analyses/{analysis_id}")

    def ranking(
        self,
        analysis_id: str,
        *,
        modality: str | None = None,
        feature_class: str | None = None,
        image_type: str | None = None,
        flag: str | None = None,
        text: str | None = None,
        sort: str = "effect",
        order: str = "desc",
        limit: int = 500,
        cursor: str | None = None,
    ) -> s.Page[s.RankingRow]:
        """One page of the ranking."""
        return self._get(
            s.Page[s.RankingRow],
            f"/analyses/{analysis_id}/ranking",
            modality=modality,
            feature_class=feature_class,
            image_type=image_type,
            flag=flag,
            text=text,
            sort=sort,
            order=order,
            limit=limit,
            cursor=cursor,
        )

    def groups(self, analysis_id: str) -> list[s.GroupRow]:
        """Every group of an analysis."""
        return self._all(s.GroupRow, f"/analyses/{analysis_id}/groups")

    def representation(self, analysis_id: str) -> list[s.RepresentationRow]:
        """How far the embedding as a whole moved, one measure a row; empty without trust block."""
        return self._all(s.RepresentationRow, f"/analyses/{analysis_id}/representation")

    def feature_cases(self, analysis_id: str, feature: str) -> s.FeatureCases:
        """A feature's decoded-against-true values and the cases that carry its change."""
        return self._get(s.FeatureCases, f"/analyses/{analysis_id}/cases-for-feature/{feature}")

    def evidence(self, analysis_id: str, feature: str) -> s.FeatureEvidence:
        """What speaks for or against a feature's trust numbers: draws, held-out values, reasons."""
        return self._get(s.FeatureEvidence, f"/analyses/{analysis_id}/evidence/{feature}")

    def power(self, analysis_id: str) -> s.Power | None:
        """The newest self-check of an analysis: what a study of its size could have seen; None if never asked."""
        return self._get(s.Power | None, f"/analyses/{analysis_id}/power")

    def comparisons(self, cohort_id: str | None = None, analysis_id: str | None = None) -> list[s.Comparison]:
        """Comparisons of analyses, newest first."""
        return self._all(s.Comparison, "/comparisons", cohort_id=cohort_id, analysis_id=analysis_id)

    def comparison(self, comparison_id: str) -> s.ComparisonDetail:
        """One comparison with every pair, its groups and correlations."""
        return self._get(s.ComparisonDetail, f"/comparisons/{comparison_id}")

    def compared(
        self,
        comparison_id: str,
        *,
        first: int = 0,
        second: int = 1,
        verdict: str | None = None,
        modality: str | None = None,
        feature_class: str | None = None,
        text: str | None = None,
        sort: str = "difference",
        order: str = "desc",
        limit: int = 500,
        cursor: str | None = None,
    ) -> s.Page[s.ComparedRow]:
        """One page of the features of one pair of a comparison."""
        return self._get(
            s.Page[s.ComparedRow],
            f"/comparisons/{comparison_id}/features",
            first=first,
            second=second,
            verdict=verdict,
            modality=modality,
            feature_class=feature_class,
            text=text,
            sort=sort,
            order=order,
            limit=limit,
            cursor=cursor,
        )

    def trajectories(
        self, cohort_id: str | None = None, task: str | None = None, roi: str | None = None, along: str | None = None
    ) -> list[s.Trajectory]:
        """Trajectories along checkpoints or stages, newest first."""
        return self._all(s.Trajectory, "/trajectories", cohort_id=cohort_id, task=task, roi=roi, along=along)

    def trajectory(self, trajectory_id: str) -> s.TrajectoryDetail:
        """One trajectory with the lines of all groups."""
        return self._get(s.TrajectoryDetail, f"/trajectories/{trajectory_id}")

    def trajectory_feature(self, trajectory_id: str, feature: str) -> s.TrajectoryLine:
        """One feature's line of a trajectory."""
        return self._get(s.TrajectoryLine, f"/trajectories/{trajectory_id}/features/{feature}")

    def embedding_map(self, analysis_id: str) -> s.EmbeddingMap:
        """Where every study lies before and after fine-tuning, and how many neighbours it keeps."""
        return self._get(s.EmbeddingMap, f"/analyses/{analysis_id}/map")

    def csv(self, path: str, **params: str | int) -> bytes:
        """A list as CSV: `path` is the list's own, such as `/analyses/ab12/ranking`, `params` its filters."""
        return self._send("GET", f"{path}.csv", params=params).content

    # --- jobs -------------------------------------------------------------------------------------------------------

    def jobs(self) -> list[s.Job]:
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

    def cancel(self, job_id: str) -> s.Job:
        """Asks a job to stop."""
        return self._post(s.Job, f"/jobs/{job_id}/cancel")

    def retry(self, job_id: str) -> s.Job:
        """Queues a failed or cancelled job again; what is cached is reused."""
        return self._post(s.Job, f"/jobs/{job_id}/retry")

    def job_events(self, job_id: str) -> Iterator[s.Job]:
        """The job at every change until it ends (server-sent events)."""
        with self._http.stream("GET", f"/jobs/{job_id}/events", timeout=None) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield s.Job.model_validate_json(line[5:])

    # --- shares -----------------------------------------------------------------------------------------------------

    def shares(self) -> list[s.Share]:
        """Share links, newest first."""
        return self._all(s.Share, "/shares")

    def share(self, create: s.ShareCreate, key: str | None = None) -> s.ShareCreated:
        """Makes a link; its token is in this answer and nowhere else. The same `key` never makes a second one."""
        return self._post(s.ShareCreated, "/shares", create, key)

    def revoke(self, share_id: str) -> s.Share:
        """Ends a link at once."""
        return self._post(s.Share, f"/shares/{share_id}/revoke")

    def shared_view(self) -> s.SharedView:
        """The snapshot the share cookie opens."""
        return self._get(s.SharedView, "/shared")

    def shared_picture(self, name: str) -> bytes:
        """A picture of the snapshot."""
        return self._send("GET", f"/shared/pictures/{name}").content


def _unreachable() -> s.Problem:
    sentence = "The server does not answer; start it with `radiomiclens serve`."
    return s.Problem(title="No answer", status=503, detail=sentence, code=NO_ANSWER)


def _problem(answer: httpx.Response) -> s.Problem:
    answer.read()
    try:
        return s.Problem.model_validate_json(answer.content)
    except ValueError:
        sentence = f"The server answered {answer.status_code} without saying why."
        return s.Problem(title="Error", status=answer.status_code, detail=sentence, code="unknown")
