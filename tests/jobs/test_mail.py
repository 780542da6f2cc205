"""E-mails about jobs that ended, against a mail server that really listens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import ValidationError
from sqlalchemy import func, select, text

from backend.access import projects, users
from backend.jobs import queue, transitions
from backend.jobs.notices import mail, outbox
from backend.jobs.worker import Worker
from backend.models import DEFAULT_PROJECT, MailChoice, MailMessage
from backend.settings import Settings
from tests.jobs.fairness.test_turns import submitted

NOON = datetime(2100, 1, 1, 12, tzinfo=UTC)


class Postbox:
    """What arrived at a mail server; it refuses the first `refusals` messages."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.came = refusals, threading.Event()
        self.taken: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.refusals:
            self.refusals -= 1
            return "451 later"
        self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        self.came.set()
        return "250 OK"


class AnyPort(Controller):
    """A mail server on a port that was free."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(settings: Settings, refusals: int = 0, **options: object) -> Iterator[tuple[Postbox, Settings]]:
    """A mail server on this machine, and settings that use it."""
    box = Postbox(refusals)
    controller = AnyPort(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield box, settings.model_copy(update=settings_of(controller.port))
    finally:
        controller.stop()


def settings_of(port: int) -> dict[str, object]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "mail_from": "lens@hospital.example",
        "mail_domains": ["hospital.example"],
        "public_url": "https://lens.example/",
    }


def end(database, settings, user: str, name: str, state: str = "done") -> str:
    with database.write() as session:
        job = submitted(session, settings, user, name)
        queue.claim(session, "cpu", "w")
        if state == "done":
            transitions.finish(session, job.id, {"cohort_id": "c1"})
        else:
            transitions.fail(session, job.id, f"{name}: Disk full.")
        return job.id


def choose(database, by: str, about: str, address: str = "") -> None:
    with database.write() as session:
        session.add(MailChoice(by=by, about=about, address=address or f"{by}@hospital.example"))


def waiting(database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(MailMessage)) or 0


def test_who_left_gets_no_mail(settings, database) -> None:
    names = ("ann", "ben", "eve")
    with database.write() as session:
        made = {name: users.add(session, name, "researcher", "owner") for name in names}
    for name in names:
        choose(database, name, "all")
        end(database, settings, name, f"of {name}")
    with database.write() as session:
        users.disable(session, session.merge(made["ben"]), "owner")
        projects.end_member(session, DEFAULT_PROJECT, "eve", "owner")
    with mail_server(settings) as (box, own):
        assert mail.send_waiting(database, own) == 1
    assert [to for to, _ in box.taken] == [["ann@hospital.example"]]
    assert waiting(database) == 0


def test_each_user_gets_the_mails_they_chose_and_no_name_is_in_them(settings, database) -> None:
    choose(database, "ann", "all")
    choose(database, "ben", "failed")
    end(database, settings, "ann", "Jane Doe")
    end(database, settings, "ben", "Jim Doe")
    failed = end(database, settings, "ben", "Joan Doe", "failed")
    end(database, settings, "eve", "Jack Doe", "failed")
    with mail_server(settings) as (box, own):
        assert mail.send_waiting(database, own) == 2
        assert mail.send_waiting(database, own) == 0
    (to_ann, first), (to_ben, second) = box.taken
    assert (to_ann, to_ben) == (["ann@hospital.example"], ["ben@hospital.example"])
    assert [str(first[name]) for name in ("Subject", "From", "To", "Auto-Submitted")] == [
        "RadiomicLens: synth tables is done", "lens@hospital.example", "ann@hospital.example", "auto-generated"
    ]  # fmt: skip
    assert second["Subject"] == "RadiomicLens: synth tables failed"
    assert "https://lens.example/run?do=analyze&cohort=c1" in first.get_payload()
    assert f"https://lens.example/jobs?job={failed}" in second.get_payload()
    assert "Doe" not in first.as_string() + second.as_string()
    assert waiting(database) == 0


def test_a_mail_that_is_refused_is_sent_again_later_and_given_up_in_the_end(settings, database) -> None:
    choose(database, "ann", "all")
    end(database, settings, "ann", "a")
    with mail_server(settings, refusals=1) as (_, own):
        assert mail.send_waiting(database, own, NOON) == 0
        assert mail.send_waiting(database, own, NOON + timedelta(seconds=9)) == 0
        assert mail.send_waiting(database, own, NOON + timedelta(seconds=10)) == 1
    end(database, settings, "ann", "b")
    for day in range(len(outbox.PAUSES) + 1):  # nobody listens any more
        assert waiting(database) == 1
        assert mail.send_waiting(database, own, NOON + timedelta(days=day)) == 0
    assert waiting(database) == 0


def test_a_message_that_another_worker_is_sending_is_left_to_it(settings, database) -> None:
    choose(database, "ann", "all")
    end(database, settings, "ann", "a")
    with mail_server(settings) as (box, own):

        def also_look(_message_id: str, _written: object) -> bool:
            assert mail.send_waiting(database, own, NOON) == 0
            return True

        compose = lambda session, row: mail.message(session, own, row)  # noqa: E731
        assert outbox.send_waiting(database, MailMessage, compose, also_look, NOON) == 1
        assert box.taken == []


def test_who_no_longer_wants_mails_or_may_get_them_gets_none(settings, database) -> None:
    choose(database, "ann", "all")
    choose(database, "ben", "all", "ben@elsewhere.example")
    choose(database, "eve", "all")
    for user in ("ann", "ben", "eve"):
        end(database, settings, user, user)
    assert waiting(database) == 3
    with database.write() as session:
        session.delete(session.get_one(MailChoice, "ann"))
        session.execute(text("UPDATE mail_choices SET about = 'some' WHERE \"by\" = 'eve'"))  # damaged
    with mail_server(settings) as (box, own):
        assert mail.send_waiting(database, own) == 0
    assert (box.taken, waiting(database)) == ([], 0)


def test_a_damaged_choice_keeps_no_job_from_ending(settings, database) -> None:
    choose(database, "ann", "all")
    with database.write() as session:
        session.execute(text("UPDATE mail_choices SET about = 'failed'"))
    job = end(database, settings, "ann", "a")
    with database.read() as session:
        assert queue.get(session, job).state == "done"
    assert waiting(database) == 0


def test_the_worker_sends_and_without_a_mail_server_drops_what_waits(settings, database) -> None:
    choose(database, "ann", "all")
    end(database, settings, "ann", "a")
    Worker(settings).run(until=lambda: waiting(database) == 0)
    end(database, settings, "ann", "b")
    with mail_server(settings) as (box, own):
        Worker(own).run(until=box.came.is_set)
    assert len(box.taken) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # on this machine only
def test_user_and_password_are_given_to_a_server_that_asks_for_them(settings, database) -> None:
    choose(database, "ann", "all")
    end(database, settings, "ann", "a")
    given: list[LoginPassword] = []

    def authenticator(_server, _session, _envelope, _mechanism, data: LoginPassword) -> AuthResult:
        given.append(data)
        return AuthResult(success=data == LoginPassword(b"lens", b"secret of the lens"))

    options = {"authenticator": authenticator, "auth_require_tls": False, "auth_required": True}
    with mail_server(settings, **options) as (box, own):
        wrong = own.model_copy(update={"smtp_user": "lens", "smtp_password": "wrong"})
        assert mail.send_waiting(database, wrong, NOON) == 0
        right = wrong.model_copy(update={"smtp_password": "secret of the lens"})
        assert mail.send_waiting(database, right, NOON + timedelta(minutes=5)) == 1
    assert len(box.taken) == 1


def test_a_server_without_encryption_or_with_an_unknown_certificate_gets_nothing(settings, database, caplog) -> None:
    choose(database, "ann", "all")
    end(database, settings, "ann", "a")
    with mail_server(settings) as (box, own):
        for security in ("starttls", "tls"):
            strict = own.model_copy(update={"smtp_security": security, "smtp_user": "u", "smtp_password": "CANARY"})
            at = NOON + timedelta(days=1 if security == "tls" else 0)
            assert mail.send_waiting(database, strict, at) == 0
    assert box.taken == []
    assert "an e-mail was not taken" in caplog.text
    assert "CANARY" not in caplog.text + repr(strict)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mail_from": ""}, "set RADIOMICLENS_MAIL_FROM"),
        ({"mail_from": "a@b\nBcc: c@d"}, "set RADIOMICLENS_MAIL_FROM"),
        ({"mail_domains": []}, "set RADIOMICLENS_MAIL_DOMAINS"),
        ({"smtp_host": "mail.example"}, "use starttls or tls"),
    ],
)
def test_mail_settings_that_are_not_safe_are_refused_at_the_start(changes, said) -> None:
    Settings.model_validate(settings_of(25))
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(settings_of(25) | changes)


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # on this machine only
@pytest.mark.parametrize(
    "wrong", [{"smtp_password": "pässwort"}, {"smtp_host": "a" * 70 + ".example"}], ids=["password", "host"]
)
def test_a_password_or_host_that_cannot_be_sent_is_a_failed_attempt(settings, database, caplog, wrong) -> None:
    choose(database, "ann", "all")
    end(database, settings, "ann", "a")
    options = {"auth_require_tls": False, "auth_required": True, "authenticator": lambda *_: AuthResult(success=True)}
    with mail_server(settings, **options) as (box, own):
        wrong_one = own.model_copy(update={"smtp_user": "lens"} | wrong)
        assert mail.send_waiting(database, wrong_one, NOON) == 0
        with database.read() as session:
            assert session.scalars(select(MailMessage)).one().attempts == 1
    assert box.taken == []
    assert "an e-mail was not taken" in caplog.text
