"""Two workers on one PostgreSQL, killed at random points: `python -m benchmarks.kill_postgres` counts what was lost.

Two extractions run at once. Again and again a worker, a job or a child is killed, or the server drops every connection;
a killed worker is started again. At the end one worker is killed for good while its job runs, and the other takes the
job over. The tables are then compared with those of undisturbed runs, bit for bit. `--write` puts the result into
docs/postgresql.md.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from backend.jobs import queue
from backend.models import Job
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from benchmarks.kill import LONGEST_LIFE, Victims, features
from benchmarks.page import measured_by, table, write_block
from shared import schemas as s
from tests.jobs import tiny
from tests.postgres.cluster import USER, Cluster, started

SHARE_OF_DROPS = 0.1
DROP = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{USER}' AND datname = 'busy'"


def ended(settings: Settings, jobs: list[s.Job]) -> bool:
    """Whether every job has ended."""
    return all(tiny.read(settings, job.id).state in queue.ENDED for job in jobs)


def disturb(cluster: Cluster, settings: Settings, hosts: list[Victims], jobs: list[s.Job], kills: int) -> int:
    """Kills at random until it were `kills`; gives how often the server dropped every connection."""
    rng, drops = random.Random(0), 0
    while sum(sum(host.killed.values()) for host in hosts) < kills and not ended(settings, jobs):
        time.sleep(rng.uniform(0, LONGEST_LIFE))
        if rng.random() < SHARE_OF_DROPS:
            cluster.execute(DROP)
            drops += 1
        else:
            rng.choice(hosts).kill(rng)
    return drops


def lose_a_host(settings: Settings, hosts: list[Victims]) -> float | None:
    """Kills a worker whose job runs, for good; gives the seconds until the other has the job."""
    database = Database(settings)
    try:
        owner = job_id = None
        while owner is None:
            with database.read() as session:
                found = session.execute(select(Job.id, Job.owner).where(Job.state == "running")).first()
                open_jobs = session.scalars(select(Job.id).where(Job.state.not_in(queue.ENDED))).all()
            if not open_jobs:
                return None
            job_id, owner = found or (None, None)
            time.sleep(0.2)
        place = next(path for path in settings.data_dir.glob("worker*.lock") if path.read_text() == owner)
        hosts[0 if place.name == "worker.lock" else 1].kill_for_good()
        start = time.monotonic()
        while True:
            with database.read() as session:
                job = queue.get(session, str(job_id))
                if job.owner not in (None, owner) or job.state in queue.ENDED:
                    return time.monotonic() - start
            time.sleep(0.2)
    finally:
        database.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--cases", type=int, default=150)
    options.add_argument("--write", action="store_true", help="put the result into docs/postgresql.md")
    chosen = options.parse_args()
    said = measured_by(f"python -m benchmarks.kill_postgres --kills {chosen.kills} --cases {chosen.cases}")
    with tempfile.TemporaryDirectory() as folder, started() as cluster:
        settings = Settings(data_dir=Path(folder) / "data", database_url=cluster.create("busy"))
        upgrade(settings)
        cohort = tiny.store_studies(settings, chosen.cases)
        calm = settings.model_copy(update={"data_dir": Path(folder) / "calm", "executor": "inline"})
        shutil.copytree(settings.data_dir, calm.data_dir)
        calm = calm.model_copy(update={"database_url": cluster.create("calm", "busy")})
        params = [
            s.ExtractParams(cohort_id=cohort, settings=f"{bins}.yaml", yaml=tiny.SLOW.replace("32", str(bins)))
            for bins in (32, 16)
        ]
        jobs = [tiny.submit(settings, each) for each in params]
        hosts = [Victims(settings.data_dir, {"RADIOMICLENS_DATABASE_URL": settings.database_url}) for _ in range(2)]
        drops = disturb(cluster, settings, hosts, jobs, chosen.kills)
        taken_over = lose_a_host(settings, hosts)
        while not ended(settings, jobs):
            time.sleep(0.5)
        for host in hosts:
            host.stop()
        states = [tiny.read(settings, job.id).state for job in jobs]
        for each in params:
            tiny.run_submitted(calm, tiny.submit(calm, each))
        expected, found = features(calm), features(settings)
    lost = len(Counter(expected) - Counter(found))
    kinds = sum((host.killed for host in hosts), Counter())
    row = [
        str(sum(kinds.values())),
        ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())),
        str(drops),
        "-" if taken_over is None else f"{taken_over:.0f} s",
        ", ".join(states),
        str(len(expected)),
        str(lost),
        str(len(found) - len(expected)),
        "yes" if found == expected else "no",
    ]
    head = ["kills", "of which", "all connections dropped", "job of the lost host taken over after", "jobs", "rows"]
    text = table([*head, "lost or changed", "doubled", "tables bit-identical"], [row])
    print(text)
    if chosen.write:
        write_block(
            "postgresql.md", "kill-postgres", f"kill -9 during two extractions by two workers. {said}\n\n{text}"
        )
    sys.exit(0 if found == expected and states == ["done", "done"] else 1)


if __name__ == "__main__":
    main()
