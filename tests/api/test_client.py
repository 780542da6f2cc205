"""The typed client against a real server on a port: every method, and the sentence of a refusal."""

from collections.abc import Iterator

import pytest

import radiomiclens as rl
from backend.access import tokens
from backend.storage.database import Database
from shared import schemas as s
from shared.client import NO_ANSWER, ApiError, Client
from tests.api import server
from tests.radiomiclens.library_page import examples


@pytest.fixture
def token(own: server.Filled) -> str:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        made = tokens.create_token(session, tokens.get_or_add_user(session, "owner", "admin"), "api")
    database.close()
    return made


@pytest.fixture
def client(address: str, token: str) -> Iterator[Client]:
    with Client(address, token) as client:
        yield client


def test_the_example_of_the_library_page_runs(
    address: str, token: str, own: server.Filled, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = (text for text in examples() if "rl.Client" in text)
    exec(block, {"rl": rl, "url": address, "token": token})
    assert capsys.readouterr().out == f"{server.COHORT_NAME} 66\n"


def test_the_client_reads_everything(client: Client, own: server.Filled) -> None:
    assert client.me().role == "admin"
    assert client.health().status == "ok"
    cohort = client.cohort(client.cohorts()[0].id)
    cases = client.cases(cohort.id, status="accepted")
    assert client.subgroup(cohort.id, "pirads=2").case_ids == [case.id for case in cases if case.pirads == 2]
    case = client.case(cases[0].id)
    assert len(cases) == cohort.n_cases
    assert client.case_radiomics(case.id, "gland").n_cases == cohort.n_cases
    assert client.slice_png(case.id, "T2", case.best_slice, wl="80,120", rois="gland").startswith(b"\x89PNG")
    assert client.case_maps(case.id).settings == "paper"
    described = client.feature_map(case.id, "T2", "gland", "original_firstorder_Mean")
    voxels = client.feature_map_voxels(case.id, "T2", "gland", "original_firstorder_Mean")
    assert len(voxels) == 2 * described.shape_zyx[0] * described.shape_zyx[1] * described.shape_zyx[2]
    assert len(client.encoders(cohort.id)) == 2
    written = b"".join(client.embeddings(cohort.id, client.encoders(cohort.id)[0].id, form="csv"))
    assert written.count(b"\n") == cohort.n_cases + 1
    with pytest.raises(ApiError, match="no encoder of that id"):
        list(client.embeddings(cohort.id, "none"))
    assert client.radiomics(cohort.id)[0].n_ok == cohort.n_cases
    analysis = client.analysis(client.analyses()[0].id)
    rows = client.ranking(analysis.id, sort="rank_paper", order="asc")
    assert [row.rank_paper for row in rows.items] == list(range(1, 109))
    assert client.packed_ranking(analysis.id).feature == [row.feature for row in client.ranking(analysis.id).items]
    assert {row.grouping for row in client.groups(analysis.id)} >= {"class", "modality", "overall"}
    moved = analysis.report["trust"]["representation"]
    assert {row.measure: row.value for row in client.representation(analysis.id)} == moved
    assert client.feature_cases(analysis.id, rows.items[0].feature).cases
    assert client.csv(f"/analyses/{analysis.id}/ranking").count(b"\n") == 109


def test_the_client_writes_notes_stars_and_views(client: Client, own: server.Filled) -> None:
    feature = client.ranking(own.analysis_id, limit=1).items[0].feature
    note = client.write_note(s.NoteCreate(analysis_id=own.analysis_id, feature=feature, text=" why? "))
    assert (note.text, note.by) == ("why?", "owner")
    assert list(client.notes(analysis_id=own.analysis_id, feature=feature)) == [note]
    assert list(client.notes(case_id="none")) == []
    star = client.star(s.StarCreate(analysis_id=own.analysis_id))
    assert client.star(s.StarCreate(analysis_id=own.analysis_id)) == star
    assert list(client.stars()) == [star]
    view = client.save_view(s.SavedViewCreate(name="mine", page="map", query={"analysis": own.analysis_id}))
    assert list(client.saved_views()) == [view]
    client.delete_note(note.id)
    client.unstar(star.id)
    client.delete_view(view.id)
    assert [*client.notes(), *client.stars(), *client.saved_views()] == []
    with pytest.raises(ApiError, match="no such note"):
        client.delete_note(note.id)


def test_the_client_reads_marks_and_keeps(client: Client) -> None:
    assert client.draft("tables") is None
    client.keep_draft("tables", {"folds": 5, "label": None})
    found = client.draft("tables")
    assert found is not None
    assert found.fields == {"folds": 5, "label": None}
    client.forget_draft("tables")
    assert client.draft("tables") is None
    assert [one for one in client.notifications(unread=True) if one.read_at is not None] == []
    client.mark_read()
    assert client.notifications(unread=True) == []
    with pytest.raises(ApiError):
        client.keep_draft("No", {})


def test_a_server_that_is_away_is_a_problem_with_a_sentence() -> None:
    with (
        Client("http://127.0.0.1:9") as away,
        pytest.raises(ApiError, match="does not answer; start it with") as caught,
    ):
        away.me()
    assert (caught.value.problem.status, caught.value.problem.code) == (503, NO_ANSWER)


def test_the_client_runs_and_watches_jobs(client: Client) -> None:
    request = s.JobSubmit(params=s.SynthTablesParams(cohort="another", patients=20))
    assert client.plan(request).refusal is None
    job = client.submit(request, key="k")
    assert client.submit(request, key="k").id == job.id
    assert client.job(job.id) == job
    assert job.id in [each.id for each in client.jobs()]
    assert client.cancel(job.id).state == "cancelled"
    assert [event.state for event in client.job_events(job.id)] == ["cancelled"]
    assert client.job_log(job.id)[0].line == "Cancelled."
    assert client.retry(job.id).state == "queued"


def test_the_client_plans_and_submits_a_chain(client: Client) -> None:
    made = s.ChainStep(name="tables", params=s.SynthTablesParams(cohort="chained", patients=30))
    analysis = s.AnalyseParams(cohort_id="step:tables", task="pirads", roi="gland")
    chain = s.JobChain(steps=[made, s.ChainStep(name="analysis", params=analysis, after=["tables"])])
    before = len(client.jobs())
    plan = client.plan_chain(chain)
    assert plan.refusal is None
    assert len(plan.steps) == 2
    assert len(client.jobs()) == before
    jobs = client.submit_chain(chain, "k")
    assert [job.id for job in client.submit_chain(chain, "k")] == [job.id for job in jobs]
    assert jobs[1].depends_on == [jobs[0].id]
    assert "chained" in (client.plan_chain(chain).refusal or "")


def test_the_client_shares_opens_and_withdraws(client: Client, address: str, own: server.Filled) -> None:
    made = client.share(s.ShareCreate(analysis_id=own.analysis_id, with_pictures=True))
    visitor = Client(address)
    answer = visitor._http.post("/shares/open", json={"token": made.path.removeprefix("/s#")})
    with Client(address, share_token=answer.cookies["radiomiclens_share"]) as browser:
        view = browser.shared_view()
        assert view.page is not None
        assert view.page.pair is not None
        picture = browser.shared_picture(view.page.pair.cases[0].stack.image)
        assert (picture[:4], picture[8:12]) == (b"RIFF", b"WEBP")
        assert client.shares()[0].opened == 1
        assert client.revoke(made.id).state == "revoked"
        with pytest.raises(ApiError) as refusal:
            browser.shared_view()
    visitor.close()
    assert refusal.value.problem.status == 404
    assert "opens nothing" in str(refusal.value)


def test_signing_out_ends_the_clients_own_token(client: Client) -> None:
    client.sign_out()
    with pytest.raises(ApiError, match="Sign in first"):
        client.me()


def test_events_that_are_refused_are_a_problem_and_no_empty_answer(client: Client, address: str) -> None:
    with pytest.raises(ApiError, match="no job 'nothing'") as caught:
        list(client.job_events("nothing"))
    assert caught.value.problem.status == 404
    with Client(address) as stranger, pytest.raises(ApiError, match="Sign in first"):
        list(stranger.job_events("nothing"))
