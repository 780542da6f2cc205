"""What `benchmarks.scale` reads: answers of the API, and pages of the dashboard, of one very large cohort.

Behind each time stands in brackets what the server's processors worked for it: the same on a busy machine.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter, process_time

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray
from sqlalchemy import Row, inspect, select
from sqlalchemy.orm import Session

from backend.models import Analysis, AnalysisGroup, Case, Decoder, Embedding, new_id, now
from backend.queries.embedding_map import place
from backend.settings import Settings
from backend.storage.database import Database
from benchmarks.acceptance import ROOT, command
from benchmarks.dashboard import api
from benchmarks.dashboard_session import opened
from benchmarks.load_server import Server, Version, running

BEFORE = {
    "/cohorts/{cohort}/cases?limit=100": "133 ms",
    "/cohorts/{cohort}/cases?limit=1000": "616 ms",
    "/cohorts/{cohort}/cases?limit=100&cursor=19900": "24 ms",
    "/cohorts/{cohort}/cases?limit=100&pirads=5": "51 ms",
    "/cohorts/{cohort}/cases?search=p0123 centre": "none",
    "/cohorts/{cohort}/cases.csv": "7.9 s",
    "/cohorts/{cohort}/cases.packed": "none",
    "/cohorts/{cohort}": "137 ms",
    "/cohorts/{cohort}/quality": "3.1 s",
    "/cohorts/{cohort}/quality/cases?limit=100": "",
    "/cohorts/{cohort}/subgroup?where=psa>10": "",
    "/cases/{case}": "11 ms",
    "/cases/{case}/radiomics": "7.2 s",
    "/radiomics": "504 ms",
    "/analyses/{analysis}/map": "none",
    "/analyses/{analysis}/map.csv": "none",
}
"""Reads, and what they took on 30 November at 20 000 studies (median)."""
PAGES = {"cases": "27.3 s / 8.7 s", "data": "not within 113 s", "map": "31.3 s / 10.7 s at 2 000"}
"""Pages, and how long they took in Chromium until nothing moved, first and again."""


def add_map(data: Path) -> None:
    """An analysis of all studies that holds little but their map: fitting the lens to 20 000 would take hours.

    What else a page asks of it is that of an analysis of a ninth of the studies, which is made first.
    """
    part = ("--where", "center=centre 0", "--paper-only", "--epochs", 2, "--hidden", 8)
    command("analyze", "large", "--task", "pirads", "--roi", "gland", *part, "--data-dir", data, "--wait")
    database = Database(Settings(data_dir=data))
    with database.read() as session:
        some = session.scalars(select(Analysis)).one()
        cases = session.execute(select(Case.id, Case.study_id, Case.patient_id).order_by(Case.study_id)).all()
        copied = {one.key: getattr(some, one.key) for one in inspect(Analysis).column_attrs}
        fitted = session.get_one(Decoder, some.id)
        own = {one.key: getattr(fitted, one.key) for one in inspect(Decoder).column_attrs}
        groups = session.scalars(select(AnalysisGroup).where(AnalysisGroup.analysis_id == some.id)).all()
        pre, ft = (_embedded(session, encoder, cases) for encoder in (some.pre_encoder_id, some.ft_encoder_id))
    studies, begun = [case.study_id for case in cases], process_time()
    placed = place(pre, ft, studies, [case.patient_id for case in cases])
    print(f"the map of {len(studies)} studies took {process_time() - begun:.1f} s of processors", flush=True)
    made = Analysis(**copied | {"id": new_id(), "cache_key": "all", "created_at": now()})
    placed.analysis_id = made.id
    sides = {"analysis_id": made.id, "study_ids": studies, "splits": ["train"] * len(studies)}
    with database.write() as session:
        session.add(made)
        session.flush()
        session.add_all([Decoder(**own | sides), placed])
        for one in groups:
            session.add(AnalysisGroup(analysis_id=made.id, grouping=one.grouping, group=one.group, values=one.values))
    database.close()


def _embedded(session: Session, encoder: str, cases: Sequence[Row[str, str, str]]) -> NDArray[np.float64]:
    rows = select(Embedding.case_id, Embedding.values).where(Embedding.encoder_id == encoder)
    of: dict[str, NDArray[np.float64]] = dict(session.execute(rows).all())
    return np.stack([of[case.id] for case in cases])


def answers(data: Path, n: int) -> Iterator[list[str]]:
    """A row for each read of the API: the first time after a start, and again."""
    with api(data) as (client, process):
        names = _names(client)
        for path, before in BEFORE.items():
            first, again = (_read(client, process, path.format(**names)) for _ in range(2))
            told = f"{first}, again {again}"
            yield [f"`{path.replace('{', '').replace('}', '')}`", before if n == 20_000 else "", told, "< 2 s"]
        yield [
            "memory of the API after them",
            "509 MB" if n == 20_000 else "",
            f"{process.memory_info().rss / 1e6:.0f} MB",
            "",
        ]


def _names(client: httpx.Client) -> dict[str, str]:
    cohort, analysis = (client.get(path).json()["items"][0]["id"] for path in ("/cohorts", "/analyses"))
    cases = client.get(f"/cohorts/{cohort}/cases", params={"limit": 1}).json()["items"]
    return {"cohort": cohort, "analysis": analysis, "case": cases[0]["id"]}


def _read(client: httpx.Client, process: psutil.Process, path: str) -> str:
    before, begun = sum(process.cpu_times()[:2]), perf_counter()
    client.get(path, timeout=120).raise_for_status()
    wall = perf_counter() - begun
    return f"{wall:.2f} s ({sum(process.cpu_times()[:2]) - before:.2f})"


def pages(data: Path, n: int) -> Iterator[list[str]]:
    """A row for each page: until its script has ended, in a session of its own and in the next, and the bytes sent."""
    version = Version("now", ROOT, data, ("--no-worker",))
    with running(version, 1) as server:
        for page, before in PAGES.items():
            first, again = (asyncio.run(_run(server, page)) for _ in range(2))
            told = f"{first}, again {again}"
            yield [f"page {page.capitalize()}", before if n == 20_000 else "", told, "< 2 s"]
        yield ["memory of the server after them", "", f"{server.memory():.0f} MB", ""]


async def _run(server: Server, page: str) -> str:
    before = server.spent()
    async with opened(server.address, server.cookies(0)) as session:
        run = await session.run(page)
    assert not run.errors, run.errors
    return f"{run.whole:.2f} s ({server.spent() - before:.2f}), {run.bytes / 1e6:.1f} MB"
