"""Storage row of the safety benchmark: bits flipped in volumes, result rows and the database file."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend import models
from backend.errors import RadiomicLensError
from backend.jobs import queue, run, submission
from backend.queries import analysis_detail
from backend.queries.analysis_detail import get_analysis
from backend.queries.case_fields import case_schema
from backend.science.synthetic.tables import synth_tables
from backend.settings import Settings
from backend.storage import volumes
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import protocol_of
from backend.storage.database import Database, upgrade
from backend.storage.integrity_check import check_store
from benchmarks.images import sample
from shared import schemas as s
from shared.protocols.reader import prostate

RESULTS = (
    "analysis_features",
    "analysis_groups",
    "analyses",
    "decoders",
    "embeddings",
    "radiomics",
    "cases",
    "encoders",
)


@dataclass
class Outcomes:
    """Bit flips by outcome.

    `wrong`: cells whose changed value was returned without an error; `failed`: cells that led to an unexpected
    exception, which the API answers with 500.
    """

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def filled(folder: Path) -> tuple[Settings, str]:
    """Make a data folder with one small analysis; return its settings and the analysis' id."""
    settings = Settings(data_dir=folder / "data", executor="inline", workers=1, threads=1)
    upgrade(settings)
    (settings.data_dir / "locks").mkdir()
    drawn = synth_tables(60, 36, 12, 0, "planted", 0.1)
    given = {}
    for name in ("pre", "ft", "radiomics"):
        given[name] = str(folder / f"{name}.parquet")
        getattr(drawn, name).to_parquet(given[name])
    database = Database(settings)
    imported = _work(database, settings, s.ImportTablesParams.model_validate({"cohort": "bar", **given}))
    params = s.AnalyseParams(cohort_id=imported["cohort_id"], task="pirads", roi="gland", hidden=8, epochs=3)
    analysis = _work(database, settings, params)["analysis_id"]
    database.close()
    return settings, str(analysis)


def _work(database: Database, settings: Settings, params: s.JobParams) -> dict[str, Any]:
    with database.write() as session:
        job = submission.submit(session, settings, s.JobSubmit(params=params), user="bar", local=True)
    with database.write() as session:
        queue.claim(session, job.lane, "bar")
    run.execute(settings, job.id)
    with database.read() as session:
        return queue.get(session, job.id).result


def everything(settings: Settings, analysis_id: str) -> list[Any]:
    """All API answers on the analysis and its cohort, as plain data."""
    database = Database(settings)
    try:
        with database.read() as session:
            return _read(session, analysis_id)
    finally:
        database.close()


def _read(session: Session, analysis_id: str) -> list[Any]:
    analysis = get_analysis(session, analysis_id)
    features = analysis_detail.features(session, analysis)
    found: list[Any] = [analysis_detail.detail(analysis).model_dump(mode="json")]
    found += [analysis_detail.ranking_row(row).model_dump(mode="json") for row in features]
    found += [row.model_dump(mode="json") for row in analysis_detail.groups(session, analysis_id)]
    for row in features[:2]:
        found += [
            case.model_dump(mode="json") for case in analysis_detail.feature_cases(session, analysis, row.feature)
        ]
    cohort = models.Case.cohort_id == analysis.cohort_id
    protocol = protocol_of(session.get_one(models.Cohort, analysis.cohort_id))
    cases = session.scalars(select(models.Case).where(cohort).order_by(models.Case.study_id))
    found += [case_schema(case, protocol).model_dump(mode="json") for case in cases]
    for column in (models.Radiomics.values, models.Embedding.values):
        owner = column.class_
        found += [
            row.values.tobytes().hex()
            for row in session.scalars(select(owner).order_by(owner.case_id))
            if row.values is not None
        ]
    return found


def rows(folder: Path, seed: int, count: int) -> Outcomes:
    """Single bits flipped in cells of result rows."""
    settings, analysis = filled(folder)
    truth = everything(settings, analysis)
    path = settings.data_dir / "radiomiclens.sqlite"
    rng, outcomes = np.random.default_rng(seed), Outcomes()
    whole = path.read_bytes()
    for _ in range(count):
        where = _flip_cell(path, rng)
        _judge(outcomes, where, truth, lambda: everything(settings, analysis), lambda: _found_by_check(settings))
        path.write_bytes(whole)
    return outcomes


def database_file(folder: Path, seed: int, count: int) -> Outcomes:
    """Single bits flipped anywhere in the database file."""
    settings, analysis = filled(folder)
    truth = everything(settings, analysis)
    path = settings.data_dir / "radiomiclens.sqlite"
    rng, outcomes = np.random.default_rng(seed), Outcomes()
    whole = path.read_bytes()
    for _ in range(count):
        at, bit = int(rng.integers(len(whole))), int(rng.integers(8))
        damaged = bytearray(whole)
        damaged[at] ^= 1 << bit
        path.write_bytes(damaged)
        where = f"byte {at} bit {bit}"
        _judge(outcomes, where, truth, lambda: everything(settings, analysis), lambda: _found_by_check(settings))
    return outcomes


def _flip_cell(path: Path, rng: np.random.Generator) -> str:
    """Flip one bit of one random cell of one random result row; say which."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        while True:
            table = str(rng.choice(RESULTS))
            columns = [row[1:3] for row in connection.execute(f"PRAGMA table_info({table})")]
            name, kind = columns[int(rng.integers(len(columns)))]
            total = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            chosen = f'SELECT rowid, "{name}" FROM {table} LIMIT 1 OFFSET {int(rng.integers(max(total, 1)))}'
            found = connection.execute(chosen).fetchone()
            if found is None or found[1] in (None, "", b""):
                continue
            changed = _flipped(found[1], rng)
            try:
                connection.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', (changed, found[0]))
            except sqlite3.Error:
                continue  # an existing key or an invalid number: the database itself refuses it
            return f"{table}.{name} ({kind})"


def _flipped(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, float):
        bits = np.frombuffer(np.array(value).tobytes(), np.uint8).copy()
        bits[int(rng.integers(8))] ^= np.uint8(1 << int(rng.integers(8)))
        return float(np.frombuffer(bits.tobytes(), np.float64)[0])
    if isinstance(value, int):
        return value ^ (1 << int(rng.integers(16)))
    if isinstance(value, str):
        raw = bytearray(value.encode())
        raw[int(rng.integers(len(raw)))] ^= 1 << int(rng.integers(7))
        return raw.decode("utf-8", "replace")
    raw = bytearray(value)
    raw[int(rng.integers(len(raw)))] ^= 1 << int(rng.integers(8))
    return bytes(raw)


def _found_by_check(settings: Settings) -> bool:
    """Whether `radiomiclens db check` reports an error."""
    database = Database(settings)
    try:
        return bool(check_store(database, BlobStore(settings.data_dir / "files")).problems)
    finally:
        database.close()


def _judge(
    outcomes: Outcomes,
    where: str,
    truth: list[Any],
    read: Callable[[], list[Any]],
    check: Callable[[], bool] = lambda: False,
) -> None:
    try:
        found = read()
    except (RadiomicLensError, SQLAlchemyError, sqlite3.Error) as error:
        outcomes.counts[f"detected ({type(error).__name__})"] += 1
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        outcomes.counts["answer 500"] += 1
        outcomes.failed.append(f"{where}: {type(error).__name__}")
    else:
        what = "harmless" if found == truth else "found by db check" if check() else "silently wrong"
        outcomes.counts[what] += 1
        if what == "silently wrong":
            outcomes.wrong.append(where)


def files(folder: Path, seed: int, count: int) -> Outcomes:
    """Single bits flipped in stored volumes; loading must raise an error or return the original volume."""
    rng, store, outcomes = np.random.default_rng(seed), BlobStore(folder / "files"), Outcomes()
    images: dict[str, sitk.Image] = {kind: sample(rng).image for kind in s.MODALITIES}
    case = models.Case(study_id="1", patient_id="1")
    case.volumes = volumes.put_volumes(store, images, {}, {})

    def read() -> list[Any]:
        return [
            sitk.GetArrayFromImage(image).tobytes()
            for image in volumes.load_native(store, case, prostate())[0].values()
        ]

    truth = read()
    paths = [path for path in (folder / "files").rglob("*") if path.is_file()]
    for _ in range(count):
        path = paths[int(rng.integers(len(paths)))]
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[int(rng.integers(len(whole)))] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        _judge(outcomes, path.name, truth, read)
        path.write_bytes(whole)
    shutil.rmtree(folder)
    return outcomes
