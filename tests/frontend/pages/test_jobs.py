"""Jobs: every state in words, with what can be done about it."""

import numpy as np
import pytest

from backend import models
from backend.jobs import queue, transitions
from backend.rendering.montage import strip_png
from backend.storage.blob_store import BlobStore
from frontend.runs import training_progress
from frontend.text.score_words import SCORES
from shared import schemas as s
from shared.client import ApiError
from tests.frontend.work_site import Site, words


def started(site: Site, seed: int = 1) -> tuple[str, str]:
    """A running job and one that waits for it."""
    first = site.client.submit(s.JobSubmit(params=s.SynthParams(cohort=f"made-{seed}", cases=3)))
    cohort_id = first.result["cohort_id"]
    second = site.client.submit(s.JobSubmit(params=s.ExtractParams(cohort_id=cohort_id), after=[first.id]))
    with site.database() as database, database.write() as session:
        queue.claim(session, "cpu", "test")
        queue.progress(session, first.id, "drawing", 2, 3)
        queue.log(session, first.id, "drew study ![x](http://outside.example/x.png)")
    return first.id, second.id


def test_nothing_started_leads_to_run(empty_site: Site) -> None:
    page = empty_site.page("jobs")
    assert not page.exception
    assert "Nothing has been started yet" in words(page)
    assert [link.label for link in page.main.get("page_link")] == ["Bring tables or images"]


def test_running_and_waiting_jobs_say_how_far_and_for_what(own_site: Site) -> None:
    first, second = started(own_site)
    page = own_site.page("jobs")
    assert not page.exception
    assert "**1 running, 1 waiting, 2 done**" in words(page)
    (bar,) = page.get("progress")
    assert bar.text.replace("\\", "").startswith("Drawing: 2 of 3, about"), "its plan says how long the whole takes"
    assert "**Draw images** running :material/arrow_forward: :material/hourglass_empty: **Radiomics** waiting" in words(
        page
    )
    assert f"Waits for: {own_site.client.job(first).title}." in words(page)
    assert own_site.client.job(second).state == "queued"


def test_cancel_asks_the_server_and_the_waiting_job_fails_with_its_reason(own_site: Site) -> None:
    first, second = started(own_site)
    page = own_site.page("jobs")
    page.button(key=f"cancel-{second}").click().run()
    assert own_site.client.job(second).state == "cancelled"
    page.button(key=f"cancel-{first}").click().run()
    assert own_site.client.job(first).state == "cancelling"
    assert "stopping" in words(page)


def test_a_failed_job_shows_its_sentence_and_can_be_retried(own_site: Site) -> None:
    first, _ = started(own_site)
    with own_site.database() as database, database.write() as session:
        transitions.fail(session, first, "case 3: the T2 series misses slice 7; send the whole series.")
    page = own_site.page("jobs")
    assert "case 3: the T2 series misses slice 7; send the whole series." in words(page)
    assert ":material/error: failed" in words(page)
    page.button(key=f"retry-{first}").click().run()
    assert own_site.client.job(first).state == "queued"


def test_the_named_job_opens_its_log_as_plain_text(own_site: Site) -> None:
    first, _ = started(own_site)
    page = own_site.page("jobs", job=first)
    assert not page.exception
    assert "drew study ![x](http://outside.example/x.png)" in page.code[0].value


def test_the_named_job_is_shown_however_long_ago_it_ended(own_site: Site) -> None:
    with own_site.database() as database, database.write() as session:
        fields = {"kind": "extract", "lane": "cpu", "state": "done", "params": {}}
        jobs = [models.Job(**fields, title=f"Made {n}", position=100 + n) for n in range(25)]
        session.add_all(jobs)
        session.flush()
        oldest, newest = jobs[0].id, jobs[-1].id
    listed = own_site.client.jobs()
    assert sum(job.state in ("done", "cancelled") for job in listed[: [job.id for job in listed].index(oldest)]) >= 20
    page = own_site.page("jobs", job=oldest)
    assert not page.exception
    assert "**Made 0**" in words(page)
    assert f"log-{oldest}" in page.session_state
    assert page.button(key="jobs-more")
    assert "Made 0" not in words(own_site.page("jobs", job=newest))


def test_a_finished_analysis_leads_to_its_overview(site: Site) -> None:
    page = site.page("jobs")
    links = {link.label: link.proto for link in page.main.get("page_link")}
    assert f"analysis={site.analysis_id}" in links["Open the result"].query_string


def test_an_extraction_says_how_many_regions_failed_and_why_when_asked(own_site: Site) -> None:
    job = own_site.client.submit(s.JobSubmit(params=s.ExtractParams(cohort_id=own_site.cohort_id)))
    with own_site.database() as database, database.write() as session:
        queue.claim(session, "cpu", "test")
        queue.log(session, job.id, "Study 7, gland: It took longer than 900 s and was stopped.", "warning")
        queue.log(session, job.id, "40 regions in 30 studies")
        transitions.finish(session, job.id, {"units": 38, "reused": 2, "failed": 1})
    page = own_site.page("jobs")
    assert not page.exception
    assert "37 regions measured, 2 found again, 1 could not be measured." in words(page)
    assert "longer than 900 s" not in words(page)
    page.session_state[f"failed-{job.id}"] = True
    page.run()
    assert [code.value for code in page.code] == ["Study 7, gland: It took longer than 900 s and was stopped."]


def trained(site: Site) -> str:
    """A pre-training of two epochs that is running, with pictures of the second."""
    tiles = np.stack([np.arange(64.0).reshape(8, 8)] * 3).astype(np.float32)
    tiles[1, :4] = np.nan
    digest = BlobStore(site.settings.data_dir / "files").put(strip_png(tiles))
    with site.database() as database, database.write() as session:
        fields = {"kind": "pretrain", "title": "Pre-train x", "lane": "device", "state": "running", "params": {}}
        job = models.Job(**fields, position=99, step="pre-training", done=2, total=4)
        session.add(job)
        session.flush()
        for epoch, loss in ((1, 1.25), (2, 0.5)):
            pictures = {"T2": digest} if epoch == 2 else {}
            scores = {"train_loss": loss, "lr": 1e-3, "val_loss": loss + 0.25, "val_r2": None if epoch == 1 else 0.5}
            session.add(models.TrainingEpoch(job_id=job.id, epoch=epoch, scores=scores, pictures=pictures))
        return job.id


def test_a_running_training_shows_its_curves_and_what_it_paints(own_site: Site) -> None:
    job_id = trained(own_site)
    told = own_site.client.job_epochs(job_id)
    assert [(one.epoch, one.scores["train_loss"], one.pictures) for one in told] == [(1, 1.25, []), (2, 0.5, ["T2"])]
    assert own_site.client.reconstruction(job_id, 2, "T2").startswith(b"\x89PNG")
    for epoch, modality in ((1, "T2"), (2, "ADC"), (7, "T2")):
        with pytest.raises(ApiError) as caught:
            own_site.client.reconstruction(job_id, epoch, modality)
        assert caught.value.problem.status == 404
    page = own_site.page("jobs", job=job_id)
    assert not page.exception
    assert "Loss 1.25 → 0.5 in 2 epochs; lowest on validation patients 0.75, in epoch 2" in words(page)
    assert "On validation patients, last epoch: R² 0.50" in words(page)
    assert "What it paints" in words(page)


def test_a_training_answered_by_an_earlier_one_shows_that_ones_curves() -> None:
    history = [{"epoch": 1.0, "train_loss": 1.5, "lr": 1e-3}, {"epoch": 2.0, "train_loss": 0.5, "lr": 1e-3}]
    fields = dict.fromkeys(s.Encoder.model_fields) | {"id": "e", "name": "n", "arch": "a", "sha256": "0"}
    encoder = s.Encoder.model_validate(
        fields
        | {"stage": "ft", "settings": {}, "metrics": {}, "history": history, "created_at": "2026-11-26T05:00:00Z"}
    )
    told = training_progress.recorded(encoder)
    assert [(one.epoch, one.scores["train_loss"]) for one in told] == [(1, 1.5), (2, 0.5)]
    assert training_progress.recorded(None) == []


def test_the_runs_and_controls_of_one_job_are_shown_together_and_one_by_one(own_site: Site) -> None:
    with own_site.database() as database, database.write() as session:
        params = {"seeds": 2, "shuffle_labels": 1}
        fields = {"kind": "finetune", "title": "Fine-tune x", "lane": "device", "state": "running", "params": params}
        job = models.Job(**fields, position=99, step="control 1 of 1, epochs", done=1, total=2)
        session.add(job)
        session.flush()
        for place, epochs in enumerate(([0.75, 0.5], [1.0, 0.625], [1.5])):
            for epoch, loss in enumerate(epochs, start=1):
                scores = {"train_loss": loss, "lr": 1e-3, "val_loss": loss + 1}
                session.add(models.TrainingEpoch(job_id=job.id, run_number=place, epoch=epoch, scores=scores))
        job_id = job.id
    told = own_site.client.job_epochs(job_id)
    assert [(one.run_number, one.epoch) for one in told] == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1)]
    page = own_site.page("jobs", job=job_id)
    assert not page.exception
    assert page.get("progress")[0].text.replace("\\", "") == "Control 1 of 1, epochs: 1 of 2"
    assert "Last loss on validation patients: 2 runs 1.5 to 1.62; 1 control 2.5" in words(page)
    chosen = page.selectbox(key=f"run-{job_id}")
    assert (chosen.options, chosen.value) == (["run 1 of 2", "run 2 of 2", "control 1 of 1"], 2)
    assert "Loss 1.5 → 1.5 in 1 epoch" in words(page)
    chosen.set_value(1).run()
    assert "Loss 1 → 0.625 in 2 epochs; lowest on validation patients 1.62, in epoch 2" in words(page)


def test_a_run_that_was_done_before_stands_beside_the_new_ones() -> None:
    fields = dict.fromkeys(s.Encoder.model_fields) | {"id": "e", "name": "n", "arch": "a", "sha256": "0"}
    history = [{"epoch": 1.0, "train_loss": 1.5}]
    fields |= {"stage": "ft", "settings": {}, "metrics": {}, "history": history, "created_at": "2026-11-26T05:00:00Z"}
    fresh = s.TrainingEpoch(epoch=1, run_number=1, scores={"train_loss": 0.5}, pictures=[])
    found = training_progress.by_place([fresh], {0: s.Encoder.model_validate(fields)})
    assert {place: [one.scores["train_loss"] for one in epochs] for place, epochs in found.items()} == {
        0: [1.5],
        1: [0.5],
    }
    assert training_progress.by_place([], {}) == {}


def test_where_the_result_of_a_comparison_is_shown(own_site: Site) -> None:
    pair = s.CompareParams(analysis_ids=[own_site.analysis_id, "other"])
    of_task = {"cohort_id": own_site.cohort_id, "task": "pirads", "roi": "gland", "along": "stages"}
    with own_site.database() as database, database.write() as session:
        for place, params in enumerate((pair, s.TrajectoryParams.model_validate(of_task))):
            fields = {"title": params.kind, "lane": "cpu", "state": "done", "result": {"cached": False}}
            given = params.model_dump(mode="json", exclude={"kind"})
            session.add(models.Job(kind=params.kind, position=99 + place, params=given, **fields))
    page = own_site.page("jobs")
    assert not page.exception
    found = [link.proto.query_string for link in page.main.get("page_link") if "compare" in link.proto.page]
    assert sorted(found) == sorted(
        [f"analysis={own_site.analysis_id}&with=other", f"analysis={own_site.analysis_id}&roi=gland"]
    )


def test_a_finished_fine_tuning_names_the_classes_of_its_target(own_site: Site) -> None:
    metrics = {
        "test": {"auc": 0.75},
        "confusion": {"test": [[3, 0, 0, 0], [1, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]},
        "target": {"kind": "class", "counts": {"train": {"1-2": 5, "3": 4, "4": 0, "5": 1}, "test": {"1-2": 3}}},
    }
    fields = {"name": "n", "arch": "convnextv2-atto", "sha256": "0" * 64, "stage": "ft", "task": "pirads", "epoch": 2}
    with own_site.database() as database, database.write() as session:
        tuned = models.Encoder(**fields, cohort_id=own_site.cohort_id, metrics=metrics, cache_key="tuned")
        session.add(tuned)
        session.flush()
        params, result = {"cohort_id": own_site.cohort_id, "task": "pirads"}, {"cohort_id": own_site.cohort_id}
        job = models.Job(
            kind="finetune", title="Fine-tune x", lane="device", state="done", params=params, position=99,
            result=result | {"encoder_id": tuned.id},
        )  # fmt: skip
        session.add(job)
        session.flush()
        for epoch in (1, 2):
            scores = {"train_loss": 1.0 / epoch, "lr": 1e-3, "val_loss": None, "val_concordance": None}
            session.add(models.TrainingEpoch(job_id=job.id, epoch=epoch, scores=scores))
        job_id = job.id
    page = own_site.page("jobs", job=job_id)
    assert not page.exception
    shown = words(page)
    assert "Test studies by PI-RADS (rows) and what was predicted (columns)" in shown
    assert "Trained on 1-2: 5, 3: 4, 4: 0, 5: 1; tested on 1-2: 3." in shown
    assert "On validation patients, last epoch: not defined" in shown
    tables = [frame.value for frame in page.dataframe]
    assert any(list(frame.columns) == ["1-2", "3", "4", "5"] for frame in tables)


def test_scores_of_a_fine_tuning_are_shown_with_their_intervals() -> None:
    metrics = {
        "val": {"auc": 0.75, "kappa": None},
        "test": {"auc": 0.625, "kappa": 0.1},
        "intervals": {"test": {"auc": [0.5, 0.875], "kappa": None}},
    }
    table = training_progress.score_table(metrics, SCORES)
    assert table.to_numpy().tolist() == [
        ["AUC, mean over classes", "0.75", "0.62", "[0.50, 0.88]"],
        ["Kappa, quadratic weights", "–", "0.10", "–"],
    ]
