"""What a finished job has to say, for a terminal: the answer of an analysis, the scores of a training, counts."""

from collections.abc import Mapping
from typing import Any

from backend.models import Analysis, Encoder
from backend.queries.analysis_detail import detail
from backend.science.text_format import counted, number
from backend.settings import Settings
from backend.storage.database import open_database
from shared import schemas as s

TEST = "test"
WORDS = {"auc": "AUC", "r2": "R²", "dice": "Dice", "mae": "mean error"}
"""Scores whose name in a sentence is not that of the record."""
DOUBTS = {"stop": "!!", "warning": "!"}
"""Before the sentence of an alert that stops a reading or makes it doubtful."""


def answer(settings: Settings, job: s.Job) -> list[str]:
    """The lines of a job that is done; its title where there is nothing to add."""
    if job.kind == "extract":
        return [_measured(job)]
    with open_database(settings) as database, database.read() as session:
        if job.kind == "analyze":
            return _analysis(detail(session.get_one(Analysis, job.result["analysis_id"])))
        if job.kind == "finetune":
            made = [*job.result["runs"], *job.result["controls"]]
            return [_encoder(session.get_one(Encoder, known)) for known in made]
    return [f"{job.title}: done."]


def _measured(job: s.Job) -> str:
    """How many regions were measured, taken from earlier, or could not be measured."""
    whole, reused, failed = (int(job.result[name]) for name in ("regions", "reused", "failed"))
    earlier = f", {reused} of them before" if reused else ""
    missing = f", {failed} failed; `radiomiclens jobs logs {job.id}` says why" if failed else ""
    return f"{job.title}: {counted(whole - failed, 'region')} measured{earlier}{missing}."


def _analysis(found: s.AnalysisDetail) -> list[str]:
    """The sentences of the Overview page, and how to go on."""
    return [
        f"{counted(found.n_studies, 'study', 'studies')} of {counted(found.n_patients, 'patient')}, "
        f"{counted(found.n_features, 'feature')}.",
        *found.sentences,
        *(f"{DOUBTS[alert.rank]} {alert.sentence}" for alert in found.alerts if alert.rank in DOUBTS),
        "",
        f"Analysis {found.id}. `radiomiclens serve` shows it, "
        f"`radiomiclens export {found.id} --format bundle --out answer.zip` writes it.",
    ]


def _encoder(row: Encoder) -> str:
    """The name of an encoder, with its scores on test patients where it has some."""
    tested: Mapping[str, Any] = row.metrics.get(TEST) or {}
    ranges: Mapping[str, Any] = row.metrics.get("intervals", {}).get(TEST) or {}
    scores = ", ".join(_score(name, value, ranges.get(name)) for name, value in tested.items() if value is not None)
    if not scores:
        return f"{row.name}: done."
    patients = counted(int(row.metrics["patients"][TEST]), "test patient")
    return f"{row.name}: {scores} (on {patients})."


def _score(name: str, value: float, interval: tuple[float | None, float | None] | None) -> str:
    low, high = interval or (None, None)
    spread = "" if low is None or high is None else f" [{number(low)}, {number(high)}]"
    return f"{WORDS.get(name, name.replace('_', ' '))} {number(value)}{spread}"
