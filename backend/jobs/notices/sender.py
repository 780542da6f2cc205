"""Sends what waits, webhook and e-mails, beside the worker, so that a slow receiver never holds a job up."""

import logging
import threading

from sqlalchemy.orm import Session

from backend.errors import RadiomicLensError
from backend.jobs.notices import mail, outbox, webhook
from backend.models import MailMessage, WebhookMessage
from backend.settings import Settings
from backend.storage.database import Database

log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0


class NoticeSender(threading.Thread):
    """Looks every two seconds until `stop` is set, each way to send in a thread of its own."""

    def __init__(self, settings: Settings, stop: threading.Event, way: str) -> None:
        super().__init__(name=way, daemon=True)
        self.settings, self.stopped = settings, stop
        self._send = {"webhook": webhook.send_waiting, "mail": mail.send_waiting}[way]

    def run(self) -> None:
        """Sends what waits, again and again."""
        database = Database(self.settings)
        try:
            while not self.stopped.wait(LOOK_SECONDS):
                try:
                    self._send(database, self.settings)
                except RadiomicLensError as error:
                    log.warning("the %s looks again: %s", self.name, error.sentence)
        finally:
            database.close()


def start_senders(settings: Settings, stop: threading.Event) -> None:
    """Starts a sender for each way that is set."""
    for way, is_set in (("webhook", settings.webhook_url), ("mail", settings.smtp_host)):
        if is_set:
            NoticeSender(settings, stop, way).start()


def leave_unsent(session: Session, settings: Settings) -> None:
    """Drops the messages of ways that are not set: one that is set later begins with what follows."""
    if not settings.webhook_url:
        outbox.drop_all(session, WebhookMessage)
    if not settings.smtp_host:
        outbox.drop_all(session, MailMessage)
