"""`python -m benchmarks.result_readings`: what the trust block says of real trainings, for docs/results.md.

Two synthetic cohorts, two tasks each: five fine-tuning runs of one recipe, two controls on shuffled labels, the task's
own label given. Everything goes through the command line as a user would, into a data folder below --work; what is
done there already is not done again. About an hour on two cores.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.science.tables.glossary import group_words
from backend.science.text_format import number, signed
from backend.settings import Settings
from backend.storage.database import Database
from benchmarks.page import write_block
from benchmarks.result_cohorts import ANATOMY
from benchmarks.results import COHORTS

RUNS, CONTROLS, EPOCHS = 5, 2, 12
TASKS = ("volume", "pirads")
SIZE, SPACING = "16,64,64", "4,1.5,1.5"
RECIPE = ("--epochs", str(EPOCHS), "--lr", "3e-4", "--cosine", "--augment", "--settle-norms", "--checkpoint-every", "0")
PRETRAINING = (
    *("--arch", "convnextv2-atto", "--size", SIZE, "--spacing", SPACING, "--epochs", "20"),
    *("--warmup-epochs", "2", "--decoder-width", "128"),
)
GROUPS = """SELECT "group", "values" FROM analysis_groups WHERE analysis_id = '{}' AND grouping = 'modality_class'"""
LISTED = 4
"""Groups of each table, the largest effects first."""


def main() -> None:
    """Do what is missing, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=Path, default=Path("results-work"), help="where images and answers are kept")
    options.add_argument("--only", choices=COHORTS, help="one cohort; the page is not written")
    chosen = options.parse_args()
    work = chosen.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    with worker(work):
        for name in [chosen.only] if chosen.only else list(COHORTS):
            trained(work, name)
    lines = [line for report in reports(work) for line in block(report)]
    print("\n".join(lines), flush=True)
    if not chosen.only:
        write_block("results.md", "readings", "\n".join(lines))


def trained(work: Path, name: str) -> None:
    """Draw, import, pre-train, extract, fine-tune and analyse a cohort; finished jobs are answered from the cache."""
    images = work / f"{name}-images"
    if not images.is_dir():
        library = ["--anatomy", str(ANATOMY), "--spacing", "0.5,0.5,3", "--size", "240,240,28"]
        command(work, "synth", str(images), "--cases", str(COHORTS[name]), *(library if name == "anatomy" else []))
    if name not in cohorts(work):
        command(work, "import", "cases", str(images), "--cohort", name)
        command(work, "pretrain", name, *PRETRAINING, "--wait")
    command(work, "extract", name, "--roi", "gland", "--wait")
    for task in TASKS:
        more = ["--balanced"] if task == "pirads" else []
        runs = ["--seeds", str(RUNS), "--shuffle-labels", str(CONTROLS)]
        command(work, "finetune", name, "--task", task, *runs, *RECIPE, *more, "--wait")
        command(work, "analyze", name, "--task", task, "--roi", "gland", "--runs", "--hidden", "20", "--wait")


def command(work: Path, *words: str) -> None:
    """Run the command line on the data folder."""
    print("radiomiclens", *words, flush=True)
    subprocess.run([sys.executable, "-m", "backend.cli.main", *words], check=True, env=environment(work))


@contextmanager
def worker(work: Path) -> Iterator[None]:
    """Run a worker while the cohorts are made."""
    process = subprocess.Popen([sys.executable, "-m", "backend.cli.main", "worker"], env=environment(work))
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def environment(work: Path) -> dict[str, str]:
    """One thread, and the data folder."""
    return os.environ | {"RADIOMICLENS_DATA_DIR": str(work / "data"), "OMP_NUM_THREADS": "1"}


def cohorts(work: Path) -> set[str]:
    """Names of the cohorts in the data folder."""
    return {row["cohort"] for row in rows(work, "SELECT name AS cohort FROM cohorts")}


def reports(work: Path) -> list[dict[str, Any]]:
    """The newest analysis of all runs of every cohort and task, with its cohort's name, sentences and groups."""
    found = rows(
        work,
        "SELECT analyses.id, name, task, report, sentences FROM analyses JOIN cohorts ON cohorts.id = cohort_id "
        "ORDER BY analyses.created_at",
    )
    newest = {(row["name"], row["task"]): row for row in found if json.loads(row["report"])["runs"]}
    answers = []
    for name in COHORTS:
        for task in TASKS:
            if row := newest.get((name, task)):
                report, sentences = json.loads(row["report"]), json.loads(row["sentences"])
                lines = rows(work, GROUPS.format(row["id"]))
                values = {line["group"]: json.loads(line["values"]) for line in lines}
                answers.append({"name": name, "task": task, "report": report, "sentences": sentences, "groups": values})
    return answers


def rows(work: Path, statement: str) -> list[dict[str, Any]]:
    """The rows of a statement on the data folder's database; none where there is no database yet."""
    from sqlalchemy import text

    settings = Settings(data_dir=work / "data")
    if not (settings.data_dir / "radiomiclens.sqlite").is_file():
        return []
    database = Database(settings)
    with database.read() as session:
        found = [dict(row) for row in session.execute(text(statement)).mappings()]
    database.close()
    return found


def block(answer: dict[str, Any]) -> Iterator[str]:
    """One task of one cohort: the sentences, and its largest groups by runs, label and controls."""
    report = answer["report"]
    label = ", ".join(report["trust"]["label"]["label"]) if report["trust"]["label"] else "none"
    yield f"### {answer['name']}: {answer['task']}"
    yield ""
    patients, seed = report["n_patients"], report["settings"]["seed"]
    yield f"{patients} patients, label {label}, {RUNS} runs, {CONTROLS} controls, seed {seed}."
    yield ""
    yield from (f"> {sentence}" for sentence in answer["sentences"])
    yield ""
    yield "| group | R² | effect | given the label | each run | controls | flag |"
    yield "|---|---|---|---|---|---|---|"
    controls = {group["group"]: group for group in report["controls"]["groups"]}
    for group in sorted(report["runs"]["groups"], key=lambda one: -abs(one["effect"]))[:LISTED]:
        yield line(group, answer["groups"][group["group"]], controls[group["group"]])
    yield ""


def line(group: dict[str, Any], values: dict[str, Any], control: dict[str, Any]) -> str:
    """A group's row of the table."""
    given = values["effect_given_label"]
    cells = [
        group_words(group["group"]),
        f"{number(values['trust_r2_pre'])} → {number(values['trust_r2_ft'])}",
        f"{signed(group['effect'])} [{number(group['ci_low'])}, {number(group['ci_high'])}]",
        "–" if given is None else signed(given),
        " ".join(signed(one) for one in group["by_run"]),
        " ".join(signed(one) for one in control["by_run"]),
        group["flag"],
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
