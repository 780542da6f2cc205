"""`/metrics`: figures for Prometheus, behind a token of their own."""

from hmac import compare_digest

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from backend import models
from backend.errors import NotFound, NotSignedIn
from backend.operations.counted import Counted
from backend.queries.job_figures import ended_jobs, state_of_server
from backend.web.authorization import METRICS
from backend.web.dependencies import CallerAddress, FailureLimiterDep, SettingsDep
from backend.web.project_access import WholeDatabaseDep

router = APIRouter()


class _Read:
    """Figures that were read already, as a collector."""

    def __init__(self, figures: list[Metric]) -> None:
        self._figures = figures

    def collect(self) -> list[Metric]:
        """The figures."""
        return self._figures


@router.get("/metrics", dependencies=[METRICS], response_class=Response, include_in_schema=False)
def metrics(
    request: Request,
    database: WholeDatabaseDep,
    settings: SettingsDep,
    failure_limiter: FailureLimiterDep,
    address: CallerAddress,
) -> Response:
    """The figures in Prometheus' text format; raises NotFound where no token is set, NotSignedIn for another."""
    if not settings.metrics_token:
        raise NotFound("This server gives no figures; set RADIOMICLENS_METRICS_TOKEN to have them.")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    with failure_limiter.attempt(given, address):
        if scheme.lower() != "bearer" or not compare_digest(given.encode(), settings.metrics_token.encode()):
            raise NotSignedIn("Send the token of RADIOMICLENS_METRICS_TOKEN as `Authorization: Bearer TOKEN`.")
    figures: Counted = request.app.state.counted
    with database.read() as session:
        figures.ended(ended_jobs(session, figures.ended_since))
        read = CollectorRegistry()
        read.register(_Read(list(state_of_server(session, settings, models.now()))))
    return Response(generate_latest(figures.registry) + generate_latest(read), media_type=CONTENT_TYPE_LATEST)
