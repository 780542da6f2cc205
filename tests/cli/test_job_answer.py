"""With `--wait` a command says what its job found, not only that it ended."""

from datetime import UTC, datetime

import pytest

from backend.cli.job_answer import answer
from backend.models import Analysis, Encoder
from backend.storage.database import open_database
from shared import schemas as s
from tests.api.server import Filled, settings_of
from tests.cli.running import called

METRICS = {
    "test": {"auc": 0.714, "kappa": None, "balanced_accuracy": 0.5},
    "intervals": {"test": {"auc": [0.62, 0.801], "balanced_accuracy": [None, None]}},
    "patients": {"test": 40},
}


def ended(kind: str, **result: object) -> s.Job:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    fields = {"id": "j1", "project_id": "default", "kind": kind, "title": "It", "state": "done", "params": {}}
    counted = {"step": "", "done": 0, "total": 0, "attempts": 1, "error": "", "depends_on": [], "created_at": now}
    times = {"started_at": now, "finished_at": now, "seconds_left": None, "seconds_left_in_all": None}
    return s.Job.model_validate({**fields, **counted, **times, "result": result})


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((9, 0, 0), "It: 9 regions measured."),
        ((9, 4, 0), "It: 9 regions measured, 4 of them before."),
        ((9, 4, 8), "It: 1 region measured, 4 of them before, 8 failed; `radiomiclens jobs logs j1` says why."),
    ],
)
def test_an_extraction_counts_its_regions(own: Filled, counts: tuple[int, int, int], said: str) -> None:
    regions, reused, failed = counts
    job = ended("extract", regions=regions, reused=reused, failed=failed)
    assert answer(settings_of(own.folder), job) == [said]


def test_a_training_says_its_scores_on_test_patients(own: Filled) -> None:
    with open_database(settings_of(own.folder)) as database, database.write() as session:
        ids = [session.get_one(Analysis, own.analysis_id).ft_encoder_id]
        encoder = session.get_one(Encoder, ids[0])
        encoder.name, encoder.metrics = "E", METRICS
    job = ended("finetune", runs=ids, controls=[])
    assert answer(settings_of(own.folder), job) == [
        "E: AUC 0.71 [0.62, 0.80], balanced accuracy 0.50 (on 40 test patients)."
    ]


def test_an_analysis_says_its_answer_and_how_to_see_it(filled: Filled) -> None:
    with open_database(settings_of(filled.folder)) as database, database.read() as session:
        sentences = list(session.get_one(Analysis, filled.analysis_id).sentences)
    lines = answer(settings_of(filled.folder), ended("analyze", analysis_id=filled.analysis_id))
    assert lines[1 : 1 + len(sentences)] == sentences
    words = lines[-1].split("`")[3].split()
    assert words[:3] == ["radiomiclens", "export", filled.analysis_id]
    out = called(*words[1:-1], filled.folder.parent / "answer.zip", data_dir=filled.folder)
    assert out.returncode == 0, out.stderr
