"""`python -m benchmarks.demo_chain`: how long the demo takes and what it finds, for docs/results.md."""

import argparse
import math
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.jobs.demo import INPUT
from backend.models import Analysis, Case, Encoder, Job
from backend.queries.stored_report import CHANGED, report_of
from backend.science.text_format import number
from backend.settings import Settings
from backend.storage.database import Database
from benchmarks.acceptance import command
from benchmarks.page import measured_by, table, write_block

SCORES = {"pirads": ("auc", "macro AUC", 0.5), "volume": ("r2", "R²", 0.0), "lesion_seg": ("dice", "Dice", None)}
"""Leading score of a task, its name, and what chance reaches; None: what marking every voxel reaches."""
FIELD_ML = math.prod(n * mm for n, mm in zip(INPUT.size_zyx, INPUT.spacing_zyx_mm, strict=True)) / 1000


def minutes(session: Session) -> list[list[str]]:
    """When each job ended, counted from the first one's start; the self-checks that run afterwards are left out."""
    jobs = [job for job in session.scalars(select(Job).order_by(Job.position)) if job.kind != "selfcheck"]
    began = _time(jobs[0].started_at)
    return [[job.title, f"{(_time(job.finished_at) - began).total_seconds() / 60:.1f} min"] for job in jobs]


def _time(at: datetime | None) -> datetime:
    assert at is not None, "a job of the demo did not end"
    return at


def scores(session: Session) -> list[list[str]]:
    """The leading score of each fine-tuning on test patients, with its interval, beside chance."""
    rows = []
    for encoder in session.scalars(select(Encoder).where(Encoder.stage == "ft").order_by(Encoder.created_at)):
        test = encoder.metrics.get("test")
        if encoder.task not in SCORES or not test:
            continue
        name, words, known = SCORES[encoder.task]
        chance = everything_marked(session) if known is None else known
        low, high = encoder.metrics["intervals"]["test"][name]
        assert low > chance, f"{encoder.task} is not better than chance: {low:.2f}"
        measured = f"{number(test[name])} [{number(low)}, {number(high)}]"
        rows.append([encoder.name, f"{words} {measured}", number(chance), str(encoder.metrics["studies"]["test"])])
    assert len(rows) == len(SCORES)
    return rows


def everything_marked(session: Session) -> float:
    """Mean Dice of a mask of the whole field, over the studies with a lesion."""
    lesions = [case.lesion_ml for case in session.scalars(select(Case)) if case.lesion_ml]
    return sum(2 * ml / (ml + FIELD_ML) for ml in lesions) / len(lesions)


def flags(session: Session) -> list[list[str]]:
    """How many features of each analysis are flagged as changed, and how many of them because of the label."""
    rows = []
    for analysis in session.scalars(select(Analysis).order_by(Analysis.created_at)):
        report = report_of(analysis)
        assert report.trust is not None
        found = report.trust.flags
        changed = sum(found.get(flag, 0) for flag in CHANGED)
        told = [
            f"{analysis.task}, {analysis.roi}",
            str(report.n_patients),
            str(changed),
            str(found.get("label_borne", 0)),
        ]
        rows.append(told)
    return rows


def main(done: Path | None) -> None:
    """Run the demo, or read one that was run; print and write the marked block."""
    said = measured_by("python -m benchmarks.demo_chain")
    with tempfile.TemporaryDirectory() as name:
        data = done or Path(name) / "data"
        if done is None:
            command("demo", "--data-dir", data)
        database = Database(Settings(data_dir=data))
        try:
            with database.read() as session:
                blocks = [
                    table(["job", "ended after"], minutes(session)),
                    table(["training", "on test patients", "chance", "test studies"], scores(session)),
                    table(["analysis", "patients", "features flagged", "of these label-borne"], flags(session)),
                ]
        finally:
            database.close()
    print(*blocks, sep="\n\n")
    write_block("results.md", "demo-chain", "\n\n".join([said, *blocks]))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, help="data folder of a demo that was run already")
    main(options.parse_args().data)
