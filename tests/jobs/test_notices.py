"""Notifications and the webhook: what is told to whom when a job ends, and a receiver that really listens."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select, text

from backend.cli.data_dir import settings_of
from backend.errors import BadSettings
from backend.jobs import queue, submission, transitions
from backend.jobs.notices import outbox, webhook
from backend.jobs.notices.write import MOST_OF_A_USER, place_of, tell
from backend.jobs.worker import Worker
from backend.models import Job, Notification, WebhookMessage
from backend.settings import Settings
from shared import schemas as s
from tests.jobs.sample_jobs import make
from tests.postgres.per_folder import sqlite_only

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECRET = "sixteen letters and more"


def submitted(session, settings, user: str, name: str, after=()) -> Job:
    request = s.JobSubmit(params=s.SynthTablesParams(cohort=name, patients=30), after=list(after))
    return submission.submit(session, settings, request, user=user)


def told(database) -> list[tuple[str, str, str]]:
    with database.read() as session:
        rows = session.scalars(select(Notification).order_by(Notification.title))
        return [(row.by, row.state, row.sentence) for row in rows]


def test_a_job_that_ends_is_told_to_whoever_submitted_it(settings, database) -> None:
    with database.write() as session:
        first, second = submitted(session, settings, "ann", "a"), submitted(session, settings, "ben", "b")
        queue.claim(session, "cpu", "w")
        transitions.finish(session, first.id, {"cohort_id": "c1"})
        queue.claim(session, "cpu", "w")
        transitions.fail(session, second.id, "Disk full.")
        transitions.fail(session, second.id, "Disk full.")  # it has ended already
    assert told(database) == [("ann", "done", ""), ("ben", "failed", "Disk full.")]
    with database.read() as session:
        done, failed = session.scalars(select(Notification).order_by(Notification.title))
        assert (done.page, done.query) == ("run", {"do": "analyze", "cohort": "c1"})
        assert (failed.page, failed.query) == ("jobs", {"job": second.id})
        assert (done.title, done.job_id, done.read_at) == (first.title, first.id, None)


def test_a_chain_that_breaks_is_told_once_to_each_user(settings, database) -> None:
    with database.write() as session:
        first = submitted(session, settings, "ann", "a")
        submitted(session, settings, "ann", "b", [first.id])
        submitted(session, settings, "ben", "c", [first.id])
        queue.claim(session, "cpu", "w")
        transitions.fail(session, first.id, "Disk full.")
    assert [(by, state) for by, state, _ in told(database)] == [("ann", "failed"), ("ben", "failed")]


def test_a_cancelled_job_and_a_power_statement_are_not_told(settings, database) -> None:
    with database.write() as session:
        transitions.cancel(session, submitted(session, settings, "ann", "a").id)
        tell(session, Job(kind="selfcheck", title="t", lane="cpu", params={}, state="done", result={}, position=9))
    assert told(database) == []


def test_a_user_keeps_the_newest_notifications(settings, database) -> None:
    with database.write() as session:
        job, other = submitted(session, settings, "ann", "a"), submitted(session, settings, "ben", "b")
        job.state = other.state = "done"
        for n in range(MOST_OF_A_USER):
            fields = {"kind": "x", "title": str(n), "state": "done", "page": "jobs", "query": {}}
            session.add(Notification(job_id=job.id, by="ann", at=NOON - timedelta(days=600 - n), **fields))
        session.flush()
        tell(session, other)
        tell(session, job)
        titles = set(session.scalars(select(Notification.title).where(Notification.by == "ann")))
    assert len(titles) == MOST_OF_A_USER
    assert "0" not in titles
    assert {"1", job.title} <= titles
    assert ("ben", "done", "") in told(database)


@pytest.mark.parametrize(
    ("kind", "result", "where"),
    [
        ("analyze", {"analysis_id": "a1"}, ("overview", {"analysis": "a1"})),
        ("compare", {}, ("compare", {"analysis": "x", "with": "y"})),
        ("import_cases", {"cohort_id": "c"}, ("data", {"cohort": "c"})),
        ("import_tables", {"cohort_id": "c"}, ("run", {"do": "analyze", "cohort": "c"})),
        ("finetune", {"cohort_id": "c"}, ("jobs", {"job": "j"})),
    ],
)
def test_where_a_job_that_is_done_goes_on(kind, result, where) -> None:
    assert place_of(kind, "done", "j", {"analysis_ids": ["x", "y"]}, result) == where
    assert place_of(kind, "failed", "j", {"analysis_ids": ["x", "y"]}, result) == ("jobs", {"job": "j"})


# --- the webhook ------------------------------------------------------------------------------------------------------


class Receiver(ThreadingHTTPServer):
    """A receiver on this machine; it answers with the next of `answers`, then with 204."""

    def __init__(self, *answers: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.taken, self.came = list(answers), [], threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.server.came.set()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    with Receiver(*answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def with_hook(settings: Settings, server: Receiver) -> Settings:
    hook = {
        "webhook_url": f"http://127.0.0.1:{server.server_port}/hook?to=lab",
        "webhook_hosts": ["127.0.0.1"],
        "webhook_secret": SECRET,
        "public_url": "https://lens.example/",
    }
    return Settings.model_validate(settings.model_dump() | hook)


def end_a_job(settings, database, name: str = "Jane Doe", state: str = "done") -> str:
    with database.write() as session:
        job = make(session, settings, name)
        queue.claim(session, "cpu", "w")
        if state == "done":
            transitions.finish(session, job.id, {"cohort_id": "c1"})
        else:
            transitions.fail(session, job.id, f"{name}: Disk full.")
        return job.id


def waiting(database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(WebhookMessage)) or 0


def test_the_receiver_gets_kind_state_and_link_under_a_signature_and_no_name(settings, database) -> None:
    done, failed = end_a_job(settings, database), end_a_job(settings, database, "John Doe", "failed")
    with receiving() as server:
        own = with_hook(settings, server)
        assert webhook.send_waiting(database, own) == 2
        assert webhook.send_waiting(database, own) == 0
    bodies = [json.loads(body) for _, _, body in server.taken]
    assert [(one["event"], one["job"]) for one in bodies] == [
        ("job.done", {"id": done, "kind": "synth_tables", "state": "done"}),
        ("job.failed", {"id": failed, "kind": "synth_tables", "state": "failed"}),
    ]
    assert bodies[0]["link"] == "https://lens.example/run?do=analyze&cohort=c1"
    assert bodies[1]["link"] == f"https://lens.example/jobs?job={failed}"
    for path, headers, body in server.taken:
        assert path == "/hook?to=lab"
        assert b"Doe" not in body
        moment, _, signed = headers["X-RadiomicLens-Signature"].removeprefix("t=").partition(",v1=")
        assert signed == hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert len({headers["X-RadiomicLens-Delivery"] for _, headers, _ in server.taken}) == 2
    assert waiting(database) == 0


def test_a_message_that_is_not_taken_is_sent_again_later_and_given_up_in_the_end(settings, database) -> None:
    end_a_job(settings, database)
    moment = datetime(2100, 1, 1, tzinfo=UTC)
    with receiving(500, 302) as server:
        own = with_hook(settings, server)
        assert webhook.send_waiting(database, own, moment) == 0
        assert webhook.send_waiting(database, own, moment + timedelta(seconds=9)) == 0
        assert len(server.taken) == 1
        assert webhook.send_waiting(database, own, moment + timedelta(seconds=10)) == 0
        assert [path for path, _, _ in server.taken] == ["/hook?to=lab"] * 2  # no redirect was followed
        assert server.taken[0][1]["X-RadiomicLens-Delivery"] == server.taken[1][1]["X-RadiomicLens-Delivery"]
        assert webhook.send_waiting(database, own, moment + timedelta(hours=1)) == 1
    end_a_job(settings, database, "b")
    for _ in range(len(outbox.PAUSES)):  # nobody listens any more
        moment += timedelta(days=1)
        assert webhook.send_waiting(database, own, moment) == 0
        assert waiting(database) == 1
    webhook.send_waiting(database, own, moment + timedelta(days=1))
    assert waiting(database) == 0


@pytest.mark.parametrize("change", [pytest.param("query = '{'", marks=sqlite_only), "at = '0'"])
def test_a_damaged_message_is_dropped_and_the_others_are_sent(settings, database, change: str) -> None:
    end_a_job(settings, database)
    end_a_job(settings, database, "b")
    with database.write() as session:
        session.execute(text(f"UPDATE webhook_messages SET {change} WHERE id = (SELECT min(id) FROM webhook_messages)"))
    with receiving() as server:
        own = with_hook(settings, server)
        for minute in range(2):
            webhook.send_waiting(database, own, datetime(2100, 1, 1, 0, minute, tzinfo=UTC))
    assert len(server.taken) >= 1
    assert waiting(database) == 0


def test_the_worker_sends_and_without_an_address_drops_what_waits(settings, database) -> None:
    end_a_job(settings, database)
    stop = threading.Event()
    Worker(settings, stop).run(until=lambda: waiting(database) == 0)
    assert waiting(database) == 0
    end_a_job(settings, database, "b")
    with receiving() as server:
        worker = Worker(with_hook(settings, server))
        worker.run(until=server.came.is_set)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"webhook_hosts": []}, "add its host chat.example to RADIOMICLENS_WEBHOOK_HOSTS"),
        ({"webhook_url": "http://chat.example/x"}, "use https"),
        ({"webhook_url": "https://me@chat.example/x"}, "without a user name"),
        ({"webhook_url": "chat.example"}, "give an address"),
        ({"webhook_secret": "short"}, "16 characters or more"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_at_the_start(tmp_path, changes, said) -> None:
    hook = {"webhook_url": "https://chat.example/x", "webhook_hosts": ["chat.example"], "webhook_secret": SECRET}
    Settings.model_validate(hook)
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(hook | changes)
    with pytest.raises(BadSettings, match=said):
        settings_of(tmp_path, **(hook | changes))
