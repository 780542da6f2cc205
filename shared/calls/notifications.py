"""Calls for notifications, and for the drafts of forms."""

from typing import Any

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import ApiError, Transport


class NotificationCalls(Transport):
    """Calls for notifications, and for the drafts of forms."""

    def notifications(self, unread: bool = False) -> Listed[s.Notification]:
        """One's own notifications, newest first."""
        return self._all(s.Notification, "/notifications", unread=unread)

    def mark_read(self, ids: list[str] | None = None) -> None:
        """Marks notifications as read; all of one's own unless told which."""
        self._send("POST", "/notifications/read", json={"ids": ids})

    def mail(self) -> s.MailState:
        """Whether this server sends e-mails, and which one has chosen to get."""
        return self._get(s.MailState, "/notifications/mail")

    def choose_mail(self, about: s.MailAbout, address: str | None = None) -> s.MailState:
        """Chooses which ended jobs of one's own an e-mail is sent about, and where to."""
        body = {"about": about, "address": address}
        return s.MailState.model_validate_json(self._send("PUT", "/notifications/mail", json=body).content)

    def draft(self, name: str) -> s.Draft | None:
        """A form of one's own that was begun; None where there is none."""
        try:
            return self._get(s.Draft, f"/drafts/{name}")
        except ApiError as error:
            if error.problem.status == 404:
                return None
            raise

    def keep_draft(self, name: str, fields: dict[str, Any]) -> None:
        """Keeps a form of one's own as it stands."""
        self._send("PUT", f"/drafts/{name}", json={"fields": fields})

    def forget_draft(self, name: str) -> None:
        """Deletes a form of one's own."""
        self._send("DELETE", f"/drafts/{name}")
