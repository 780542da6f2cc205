"""The server's own message of a job that ended: one signed POST to the address that the owner set.

It says the job's kind, its state and a link, and nothing of a cohort or a patient. Nothing is sent unless
`RADIOMICLENS_WEBHOOK_URL` is set. A message that is not taken is sent again later, six times in about three hours.
"""

import hashlib
import hmac
import http.client
import json
import logging
from datetime import datetime
from time import time
from urllib.parse import urlsplit

from backend.jobs.notices import outbox
from backend.models import WebhookMessage
from backend.settings import Settings
from backend.storage.database import Database

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10.0


def send_waiting(database: Database, settings: Settings, at: datetime | None = None) -> int:
    """Sends every message whose time has come; gives how many were taken."""
    return outbox.send_waiting(
        database,
        WebhookMessage,
        lambda _session, row: message(settings, row),
        lambda message_id, body: _posted(settings, message_id, body),
        at,
    )


def message(settings: Settings, row: WebhookMessage) -> bytes:
    """The body: kind and state of the job, when, and a link that needs a sign-in."""
    told = {
        "event": f"job.{row.state}",
        "job": {"id": row.job_id, "kind": row.kind, "state": row.state},
        "at": row.at.isoformat(),
        "link": outbox.link(settings, row),
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
    except (OSError, http.client.HTTPException, ValueError) as error:  # an address that is not ASCII is a ValueError
        log.warning("the webhook was not taken: %s", type(error).__name__)
        return False
    finally:
        connection.close()
    if not 200 <= status < 300:
        log.warning("the webhook was answered with %d", status)
    return 200 <= status < 300
