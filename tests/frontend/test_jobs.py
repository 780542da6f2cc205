"""Jobs: every state in words, with what can be done about it."""

from backend.jobs import queue
from shared import schemas as s
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
    assert [link.label for link in page.main.get("page_link")] == ["Start something"]


def test_running_and_waiting_jobs_say_how_far_and_for_what(own_site: Site) -> None:
    first, second = started(own_site)
    page = own_site.page("jobs")
    assert not page.exception
    assert "**1 running, 1 waiting, 2 done**" in words(page)
    assert [bar.text.replace("\\", "") for bar in page.get("progress")] == ["drawing: 2 of 3"]
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
        queue.fail(session, first, "case 3: the T2 series misses slice 7; send the whole series.")
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
        queue.finish(session, job.id, {"units": 38, "reused": 2, "failed": 1})
    page = own_site.page("jobs")
    assert not page.exception
    assert "37 regions measured, 2 found again, 1 could not be measured." in words(page)
    assert "longer than 900 s" not in words(page)
    page.session_state[f"failed-{job.id}"] = True
    page.run()
    assert [code.value for code in page.code] == ["Study 7, gland: It took longer than 900 s and was stopped."]
