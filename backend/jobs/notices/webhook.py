"""The server's own message of a job that ended: one signed POST to the address that the owner set.

It says the job's kind, its state and a link, and nothing of a cohort or a patient. Nothing is sent unless
`RADIOMICLENS_WEBHOOK_URL` is set. A message that is not taken is sent again later, six times in about three hours.
"""

import hashlib
import hmac
import http.client
import json
import logging
import threading
from datetime import datetime, timedelta
from time import time
from urllib.parse import urlencode, urlsplit

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from backend.errors import Damaged, RadiomicLensError
from backend.models import WebhookMessage, now
from backend.settings import Settings
from backend.storage.database import Database

log = logging.getLogger(__name__)
PAUSES = (10, 60, 600, 3600, 7200)
"""Seconds between attempts; after the last one the message is given up."""
TIMEOUT_SECONDS = 10.0
LOOK_SECONDS = 2.0
AT_ONCE = 20


class WebhookSender(threading.Thread):
    """Sends what waits until `stop` is set, beside the worker, so that a slow receiver never holds a job up."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        super().__init__(name="webhook", daemon=True)
        self.settings, self.stopped = settings, stop

    def run(self) -> None:
        """Looks every two seconds."""
        database = Database(self.settings)
        try:
            while not self.stopped.wait(LOOK_SECONDS):
                try:
                    send_waiting(database, self.settings)
                except RadiomicLensError as error:
                    log.warning("the webhook looks again: %s", error.sentence)
        finally:
            database.close()


def send_waiting(database: Database, settings: Settings, at: datetime | None = None) -> int:
    """Sends every message whose time has come; gives how many were taken."""
    moment = at or now()
    row = WebhookMessage
    due = select(row).where(or_(row.next_at.is_(None), row.next_at <= moment)).order_by(row.at).limit(AT_ONCE)
    with database.read() as session:
        found = session.scalars(due.with_only_columns(row.id)).all()
    taken = 0
    for message_id in found:
        body = _body(database, settings, message_id)
        if body is None:
            continue
        ok = _posted(settings, message_id, body)
        taken += ok
        with database.write() as session:
            known = session.get(row, message_id)
            if known is not None:
                _note(session, known, ok, moment)
    return taken


def _body(database: Database, settings: Settings, message_id: str) -> bytes | None:
    """The body of a message; None where it went meanwhile. A damaged one is dropped: it would stop all others."""
    try:
        with database.read() as session:
            known = session.get(WebhookMessage, message_id)
            return None if known is None else message(settings, known)
    except Damaged as error:
        log.warning("a message of the webhook is dropped: %s", error.sentence)
    with database.write() as session:
        session.execute(delete(WebhookMessage).where(WebhookMessage.id == message_id))
    return None


def leave_unsent(session: Session) -> None:
    """Drops what waits: no webhook is set, and one that is set later begins with what follows."""
    session.execute(delete(WebhookMessage))


def message(settings: Settings, row: WebhookMessage) -> bytes:
    """The body: kind and state of the job, when, and a link that needs a sign-in."""
    base = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    told = {
        "event": f"job.{row.state}",
        "job": {"id": row.job_id, "kind": row.kind, "state": row.state},
        "at": row.at.isoformat(),
        "link": f"{base}/{row.page}?{urlencode(row.query)}",
    }
    return json.dumps(told, separators=(",", ":")).encode()


def signature(secret: str, moment: int, body: bytes) -> str:
    """`t=1700000000,v1=…`: HMAC-SHA-256 under the secret, of the time, a dot and the body."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def _posted(settings: Settings, message_id: str, body: bytes) -> bool:
    """Whether the receiver took it (2xx); no redirect is followed and no proxy asked."""
    address = urlsplit(settings.webhook_url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "RadiomicLens",
        "X-RadiomicLens-Delivery": message_id,
        "X-RadiomicLens-Signature": signature(settings.webhook_secret, int(time()), body),
    }
    try:
        connection.request(
            "POST", f"{address.path or '/'}{'?' + address.query if address.query else ''}", body, headers
        )
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        log.warning("the webhook was not taken: %s", type(error).__name__)
        return False
    finally:
        connection.close()
    if not 200 <= status < 300:
        log.warning("the webhook was answered with %d", status)
    return 200 <= status < 300


def _note(session: Session, row: WebhookMessage, ok: bool, moment: datetime) -> None:
    row.attempts += 1
    if not ok and row.attempts <= len(PAUSES):
        row.next_at = moment + timedelta(seconds=PAUSES[row.attempts - 1])
        return
    if not ok:
        log.warning("the webhook of job %s is given up after %d attempts", row.job_id, row.attempts)
    session.delete(row)
