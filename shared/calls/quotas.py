"""Calls of administrators about quotas."""

from urllib.parse import quote

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class QuotaCalls(Transport):
    """Calls of administrators about quotas."""

    def quotas(self) -> Listed[s.Quota]:
        """What every user and project may take, and has taken."""
        return self._all(s.Quota, "/quotas")

    def allow(self, kind: s.QuotaKind, name: str, limit: int) -> None:
        """Allows a user so many jobs at once, or a project so many MB."""
        self._send("PUT", f"/quotas/{kind}/{quote(name, safe='')}", json={"limit": limit})

    def end_quota(self, kind: s.QuotaKind, name: str) -> None:
        """Takes a limit back."""
        self._send("DELETE", f"/quotas/{kind}/{quote(name, safe='')}")
