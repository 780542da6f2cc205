"""The typed client of the API: the dashboard, notebooks, the command line and the tests use it and nothing else."""

from shared import schemas as s
from shared.calls.accounts import AccountCalls
from shared.calls.analyses import AnalysisCalls
from shared.calls.audit import AuditCalls
from shared.calls.cohorts import CohortCalls
from shared.calls.jobs import JobCalls
from shared.calls.maps import MapCalls
from shared.calls.notes import NoteCalls
from shared.calls.notifications import NotificationCalls
from shared.calls.projects import ProjectCalls
from shared.calls.quotas import QuotaCalls
from shared.calls.shares import ShareCalls
from shared.calls.transport import NO_ANSWER, ApiError
from shared.calls.uploads import UploadCalls

__all__ = ["NO_ANSWER", "ApiError", "Client"]


class Client(
    CohortCalls,
    MapCalls,
    AnalysisCalls,
    JobCalls,
    NoteCalls,
    NotificationCalls,
    QuotaCalls,
    ShareCalls,
    UploadCalls,
    AuditCalls,
    AccountCalls,
    ProjectCalls,
):
    """All calls that one signed-in caller can make to one server; `Transport` documents the arguments."""

    def me(self) -> s.Caller:
        """The signed-in user, and what there is to see."""
        return self._get(s.Caller, "/me")

    def sign_out(self) -> None:
        """Revokes the session this client carries."""
        self._send("DELETE", "/session")

    def health(self) -> s.Health:
        """Whether the server answers."""
        return self._get(s.Health, "/healthz")
