"""Figures of the queue, the database and the disk, read for `/metrics`. No name of a user, cohort or patient."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Text, func, select, text, type_coerce
from sqlalchemy.orm import Session

from backend.models import Job, MailMessage, Notification, WebhookMessage
from backend.operations.counted import EndedJob
from backend.settings import Settings
from backend.storage.folder_lock import worker_runs
from backend.version import VERSION

ENDED = ("done", "failed", "cancelled")
MOST_ENDED = 10_000
"""Ended jobs that one look counts at most."""


def ended_jobs(session: Session, since: datetime) -> list[EndedJob]:
    """The jobs that ended after a time, oldest first; times that cannot be read are left out."""
    started, ended = (type_coerce(column, Text) for column in (Job.started_at, Job.finished_at))
    rows = session.execute(
        select(Job.id, Job.kind, Job.state, started, ended)
        .where(Job.state.in_(ENDED), Job.finished_at > since, Job.started_at.is_not(None))
        .order_by(Job.finished_at)
        .limit(MOST_ENDED)
    )
    found = []
    for job_id, kind, state, begin, end in rows:
        first, last = _time(begin), _time(end)
        if first is not None and last is not None and last >= first:
            found.append(EndedJob(job_id, kind, state, last, (last - first).total_seconds()))
    return found


def state_of_server(session: Session, settings: Settings, at: datetime) -> Iterator[Metric]:
    """Every figure that is read at the moment it is asked for."""
    about = GaugeMetricFamily("radiomiclens_build_info", "The version that runs.", labels=("version",))
    about.add_metric((VERSION,), 1)
    yield about
    yield from _queue(session, at)
    yield _one("radiomiclens_notices_waiting", "Webhooks and e-mails that wait to be sent.", _notices(session))
    yield _one("radiomiclens_notifications", "Notifications kept for users.", _count(session, Notification))
    yield _one("radiomiclens_worker_up", "Whether a worker runs on this data folder.", worker_runs(settings.data_dir))
    yield _one("radiomiclens_database_bytes", "Size of the database.", _database_bytes(session))
    yield from _disk(settings.data_dir)


def _queue(session: Session, at: datetime) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("radiomiclens_jobs", "Jobs by lane and state.", labels=("lane", "state"))
    oldest = GaugeMetricFamily(
        "radiomiclens_oldest_job_seconds",
        "How long the longest of them has waited (queued) or run (running).",
        labels=("lane", "state"),
    )
    begun, made = (type_coerce(func.min(column), Text) for column in (Job.started_at, Job.created_at))
    rows = session.execute(select(Job.lane, Job.state, func.count(), begun, made).group_by(Job.lane, Job.state))
    for lane, state, count, started, created in sorted(rows, key=lambda row: (row[0], row[1])):
        jobs.add_metric((lane, state), count)
        since = _time(started if state == "running" else created)
        if state in ("running", "queued") and since is not None:
            oldest.add_metric((lane, state), max(0.0, (at - since).total_seconds()))
    yield jobs
    yield oldest


def _disk(data_dir: Path) -> Iterator[Metric]:
    room = shutil.disk_usage(data_dir)
    yield _one("radiomiclens_disk_free_bytes", "Free on the disk of the data folder.", room.free)
    yield _one("radiomiclens_disk_bytes", "Size of the disk of the data folder.", room.total)


def _database_bytes(session: Session) -> int:
    if session.connection().dialect.name == "sqlite":
        pages, size = (session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size"))
        return int(pages * size)
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _notices(session: Session) -> int:
    return _count(session, WebhookMessage) + _count(session, MailMessage)


def _count(session: Session, table: type[WebhookMessage] | type[MailMessage] | type[Notification]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _time(stored: str | None) -> datetime | None:
    try:
        moment = None if stored is None else datetime.fromisoformat(stored)
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)
