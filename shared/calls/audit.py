"""Calls for the audit log; administrators only."""

from datetime import datetime

from shared import schemas as s
from shared.calls.transport import Transport


class AuditCalls(Transport):
    """Calls for the audit log; administrators only."""

    def audit(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> s.Page[s.AuditEntry]:
        """One page of the log, newest first; `action` is how the action begins."""
        asked = {"actor": actor, "action": action, "limit": limit, "cursor": cursor}
        times = {"since": since and since.isoformat(), "until": until and until.isoformat()}
        return self._get(s.Page[s.AuditEntry], "/audit", **asked, **times)

    def audit_anchor(self) -> str:
        """The newest row and its hash, to be kept elsewhere."""
        return self._get(s.AuditAnchor, "/audit/anchor").anchor

    def audit_check(self, anchors: list[str] | None = None) -> s.AuditCheck:
        """Reads the whole chain; `anchors` are those kept elsewhere."""
        return self._get(s.AuditCheck, "/audit/check", anchor=anchors or [])
