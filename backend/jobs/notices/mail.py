"""An e-mail about a job that ended, to whoever submitted it and asked for e-mails.

It says the job's kind, its state and a link that needs a sign-in, and nothing of a cohort or a patient. Nothing is sent
unless `RADIOMICLENS_SMTP_HOST` is set, and only to addresses of `RADIOMICLENS_MAIL_DOMAINS`.
"""

import logging
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs.notices import outbox
from backend.models import Job, MailChoice, MailMessage, Member, Project, User
from backend.settings import Settings
from backend.storage.database import Database

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10.0
WHY = "You get this because you asked for e-mails about your jobs.\nThe page Jobs of RadiomicLens ends them."


def send_waiting(database: Database, settings: Settings, at: datetime | None = None) -> int:
    """Sends every e-mail whose time has come; gives how many the mail server took."""
    return outbox.send_waiting(
        database,
        MailMessage,
        lambda session, row: message(session, settings, row),
        lambda _message_id, written: _sent(settings, written),
        at,
    )


def wants(choice: MailChoice | None, state: str) -> bool:
    """Whether a user asked for an e-mail about a job that ended so."""
    return choice is not None and (choice.about == "all" or choice.about == state)


def may_receive(settings: Settings, address: str) -> bool:
    """Whether the owner of the server allows e-mails to that address."""
    return address.rpartition("@")[2].lower() in {domain.lower() for domain in settings.mail_domains}


def message(session: Session, settings: Settings, row: MailMessage) -> EmailMessage | None:
    """The e-mail; None where its receiver no longer wants one, or may no longer get one."""
    choice = session.get(MailChoice, row.by)
    if choice is None or not wants(choice, row.state) or not may_receive(settings, choice.address):
        return None
    if not _may_look(session, row):
        return None
    kind = row.kind.replace("_", " ")
    written = EmailMessage()
    written["Subject"] = f"RadiomicLens: {kind} is done" if row.state == "done" else f"RadiomicLens: {kind} failed"
    written["From"], written["To"] = settings.mail_from, choice.address
    written["Date"] = format_datetime(row.at)
    written["Message-ID"] = f"<{row.id}@{settings.mail_from.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(f"{outbox.link(settings, row)}\n\n{WHY}\n")
    return written


def _may_look(session: Session, row: MailMessage) -> bool:
    """Whether its receiver may still see the job; a server without sign-in has no users, so nobody can have left."""
    user = session.scalar(select(User).where(User.name == row.by))
    if user is None:
        return True
    seen = select(Member.user_id).join(Project, Project.id == Member.project_id)
    seen = seen.join(Job, Job.project_id == Member.project_id).where(Job.id == row.job_id, Project.ended_at.is_(None))
    return user.disabled_at is None and session.scalar(seen.where(Member.user_id == user.id)) is not None


def _sent(settings: Settings, written: EmailMessage) -> bool:
    """Whether the mail server took it; its certificate is checked, and no password is sent without encryption."""
    try:
        with _server(settings) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(written)
    except (OSError, smtplib.SMTPException, ValueError) as error:  # a password that is not ASCII is a ValueError
        log.warning("an e-mail was not taken: %s", type(error).__name__)
        return False
    return True


def _server(settings: Settings) -> smtplib.SMTP:
    place = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(*place, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(*place, timeout=TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
