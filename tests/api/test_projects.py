"""Projects in the API: who manages them, what a membership that ends closes, and that no job mixes two."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from backend.access import projects
from backend.jobs import run
from backend.models import DEFAULT_PROJECT, Analysis, Cohort, Encoder, Job, SavedView
from shared import schemas as s
from tests.api import server
from tests.api.two_projects import MINE, THEIRS, TwoProjects, two_projects


@pytest.fixture
def two(own: server.Filled) -> Iterator[TwoProjects]:
    with two_projects(own.folder) as made:
        yield made


def ask(two: TwoProjects, who: str, method: str, path: str, body: object = None, **headers: str) -> Any:
    return two.client.request(method, f"/api/v1{path}", json=body, headers=two.headers[who] | headers)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["items"]]


def test_one_sees_ones_projects_and_an_admin_all_without_their_cohorts(two: TwoProjects) -> None:
    assert names(ask(two, "ida", "GET", "/projects")) == [THEIRS]
    assert names(ask(two, "vic", "GET", "/projects")) == [MINE, THEIRS]
    shown = ask(two, "adam", "GET", "/projects").json()["items"]
    of_default = ask(two, "adam", "GET", f"/projects/{DEFAULT_PROJECT}/members").json()["items"]
    assert "adam" in [row["name"] for row in of_default]
    assert [(row["name"], row["role"], row["n_members"]) for row in shown] == [
        (DEFAULT_PROJECT, "owner", len(of_default)),
        (MINE, None, 2),
        (THEIRS, None, 2),
    ]
    assert names(ask(two, "adam", "GET", "/cohorts")) == []
    assert [row["name"] for row in ask(two, "adam", "GET", f"/projects/{THEIRS}/members").json()["items"]] == [
        "ida",
        "vic",
    ]
    unknown = ask(two, "eve", "GET", "/projects/nothing/members")
    refused = ask(two, "eve", "GET", f"/projects/{THEIRS}/members")
    assert (refused.status_code, refused.json()) == (404, unknown.json())


def test_owners_and_admins_say_who_is_a_member_and_nobody_else_does(two: TwoProjects) -> None:
    path, viewer = f"/projects/{THEIRS}/members/eve", {"role": "viewer"}
    assert ask(two, "vic", "PUT", path, viewer).status_code == 403
    assert ask(two, "eve", "PUT", path, viewer).status_code == 404
    assert ask(two, "eve", "DELETE", f"/projects/{THEIRS}/members/ida").status_code == 404
    assert ask(two, "vic", "DELETE", f"/projects/{THEIRS}/members/ida").status_code == 403
    assert names(ask(two, "eve", "GET", "/cohorts")) == []
    for who in ("ida", "adam"):
        assert ask(two, who, "PUT", path, viewer).json()["role"] == "viewer"
        assert names(ask(two, "eve", "GET", "/cohorts")) == [server.COHORT_NAME]
        assert ask(two, who, "DELETE", path).status_code == 204
        assert names(ask(two, "eve", "GET", "/cohorts")) == []


def test_projects_are_made_and_ended_by_admins_alone(two: TwoProjects) -> None:
    for who in ("ida", "eve", "vic"):
        assert ask(two, who, "POST", "/projects", {"name": "new"}).status_code == 403
        assert ask(two, who, "DELETE", f"/projects/{MINE}").status_code == 403
    made = ask(two, "adam", "POST", "/projects", {"name": "new"})
    assert (made.status_code, made.json()["n_members"]) == (201, 0)
    assert ask(two, "adam", "POST", "/projects", {"name": "new"}).status_code == 409
    link = ask(two, "ida", "POST", "/shares", {"analysis_id": two.ids["analysis_id"], "with_pictures": False}).json()
    opening = {"token": link["path"].removeprefix("/s#")}
    assert two.client.post("/api/v1/shares/open", json=opening).status_code == 204
    assert two.client.get("/api/v1/shared").status_code == 200
    assert ask(two, "adam", "DELETE", f"/projects/{THEIRS}").status_code == 204
    assert two.client.get("/api/v1/shared").status_code == 404
    assert two.client.post("/api/v1/shares/open", json=opening).status_code == 404
    assert names(ask(two, "ida", "GET", "/cohorts")) == []
    assert ask(two, "ida", "GET", f"/cohorts/{two.ids['cohort_id']}").status_code == 404


def test_a_membership_that_ends_closes_addresses_that_were_signed_and_previews(two: TwoProjects) -> None:
    case = ask(two, "ida", "GET", f"/cases/{two.ids['case_id']}").json()
    address = f"/api/v1/images/{case['signed']}/T2"
    draft = ask(two, "ida", "POST", "/shares/drafts", {"analysis_id": two.ids["analysis_id"]}).json()["page"]
    assert two.client.get(address).status_code == 200
    assert two.client.get(draft, headers=two.headers["ida"]).status_code == 200
    ask(two, "adam", "DELETE", f"/projects/{THEIRS}/members/ida")
    assert two.client.get(address).status_code == 404
    assert two.client.get(draft, headers=two.headers["ida"]).status_code == 403  # a researcher nowhere any more


def test_a_membership_that_ends_closes_an_open_stream(two: TwoProjects) -> None:
    with two.database.write() as session:
        session.get_one(Job, two.ids["job_id"]).state = "running"
    seen: list[str] = []
    with two.client.stream("GET", f"/api/v1/jobs/{two.ids['job_id']}/events", headers=two.headers["ida"]) as stream:
        for line in stream.iter_lines():  # ends: a stream that went on would hold the test up
            if line.startswith("data") and not seen:
                with two.database.write() as session:
                    projects.end_member(session, THEIRS, "ida", "adam")
            seen.append(line)
    assert sum(line.startswith("data") for line in seen) == 1


def test_a_viewer_there_who_is_a_researcher_here_reads_there_and_writes_nothing(two: TwoProjects) -> None:
    assert ask(two, "vic", "GET", "/me").json()["role"] == "researcher"
    assert ask(two, "vic", "GET", f"/analyses/{two.ids['analysis_id']}").status_code == 200
    assert ask(two, "vic", "POST", "/stars", {"analysis_id": two.ids["analysis_id"]}).status_code == 200
    note = {"analysis_id": two.ids["analysis_id"], "text": "x"}
    assert ask(two, "vic", "POST", "/notes", note).status_code == 404
    assert ask(two, "vic", "GET", f"/analyses/{two.ids['analysis_id']}/bundle.zip").status_code == 404
    assert ask(two, "vic", "GET", "/shares").json()["items"] == []
    assert ask(two, "vic", "DELETE", f"/notes/{two.ids['note_id']}").status_code == 404


def test_an_owner_deletes_notes_of_others_in_that_project_alone(two: TwoProjects) -> None:
    with two.database.write() as session:
        projects.set_member(session, THEIRS, "eve", "researcher", "adam")
    path = f"/notes/{two.ids['note_id']}"
    assert ask(two, "eve", "DELETE", path).status_code == 403  # an owner, but of another project
    with two.database.write() as session:
        projects.set_member(session, THEIRS, "eve", "owner", "adam")
    assert ask(two, "eve", "DELETE", path).status_code == 204


def test_a_view_belongs_to_the_project_of_what_it_names_and_else_to_its_user(two: TwoProjects) -> None:
    def saved(who: str, name: str, query: dict[str, str]) -> str | None:
        answer = ask(two, who, "POST", "/saved-views", {"name": name, "page": "map", "query": query})
        assert answer.status_code == 201, answer.text
        project: str | None = answer.json()["project_id"]
        return project

    assert saved("vic", "of theirs", {"case": two.ids["case_id"]}) == THEIRS
    assert saved("vic", "of two", {}) is None
    assert saved("eve", "of mine", {"analysis": two.ids["analysis_id"]}) == MINE  # as if it were not there
    assert names(ask(two, "ida", "GET", "/saved-views")) == ["CANARY view", "of theirs"]
    assert names(ask(two, "eve", "GET", "/saved-views")) == ["of mine"]
    assert names(ask(two, "vic", "GET", "/saved-views")) == ["CANARY view", "of mine", "of theirs", "of two"]
    with two.database.read() as session:
        alone = session.scalars(select(SavedView.id).where(SavedView.name == "of two")).one()
    assert ask(two, "adam", "DELETE", f"/saved-views/{alone}").status_code == 404
    with two.database.write() as session:
        projects.end_member(session, THEIRS, "vic", "adam")
    again = ask(two, "vic", "POST", "/saved-views", {"name": "of theirs", "page": "map", "query": {}})
    assert again.status_code == 409  # a name of one's own, in whatever project


def test_names_of_cohorts_are_taken_in_their_project_alone(two: TwoProjects) -> None:
    body = {"params": {"kind": "synth_tables", "cohort": server.COHORT_NAME, "patients": 60}}
    assert ask(two, "ida", "POST", "/jobs", body).status_code == 409
    made = ask(two, "eve", "POST", "/jobs", body)
    assert (made.status_code, made.json()["project_id"]) == (202, MINE)
    with two.database.read() as session:
        of = dict(session.execute(select(Cohort.project_id, Cohort.name)).all())
    assert of == {THEIRS: server.COHORT_NAME, MINE: server.COHORT_NAME}


def test_whoever_writes_in_two_projects_says_where_a_new_cohort_goes(two: TwoProjects) -> None:
    body: dict[str, object] = {"params": {"kind": "synth_tables", "cohort": "new", "patients": 60}}
    with two.database.write() as session:
        projects.set_member(session, THEIRS, "vic", "researcher", "adam")
    open_question = ask(two, "vic", "POST", "/jobs", body)
    assert (open_question.status_code, open_question.json()["detail"]) == (
        422,
        "Say in which project; you may write in mine, theirs.",
    )
    assert "which project" in ask(two, "vic", "POST", "/jobs/plan", body).json()["refusal"]
    assert ask(two, "vic", "POST", "/jobs", body | {"project_id": THEIRS}).json()["project_id"] == THEIRS
    chain = {"steps": [{"name": "a", "params": body["params"]}], "project_id": MINE}
    assert [job["project_id"] for job in ask(two, "vic", "POST", "/jobs/chain", chain).json()] == [MINE]
    assert ask(two, "eve", "POST", "/jobs", body | {"project_id": THEIRS}).status_code == 404
    assert ask(two, "adam", "POST", "/jobs", body | {"project_id": THEIRS}).status_code == 404


def test_no_job_mixes_two_projects(two: TwoProjects) -> None:
    """Not even for a researcher of both: the result would show the members of one what is the other's."""
    with two.database.write() as session:
        projects.set_member(session, THEIRS, "vic", "researcher", "adam")
        session.add(Cohort(id="of-mine", project_id=MINE, name="c", kind="images"))
        session.flush()
        session.add(Encoder(id="e", cohort_id="of-mine", name="e", arch="a", sha256="", stage="pre", cache_key="e"))
    params = {"kind": "analyze", "cohort_id": two.ids["cohort_id"], "task": "pirads", "roi": "gland"}
    mixed = ask(two, "vic", "POST", "/jobs", {"params": params | {"pre_encoder_id": "e"}})
    assert (mixed.status_code, "does not exist" in mixed.json()["detail"]) == (404, True)
    after = {"params": {"kind": "extract", "cohort_id": "of-mine"}, "after": [two.ids["job_id"]]}
    assert ask(two, "vic", "POST", "/jobs", after).status_code == 404
    chain = {
        "steps": [
            {"name": "one", "params": {"kind": "synth_tables", "cohort": "new", "patients": 60}},
            {"name": "two", "params": params},
        ],
        "project_id": MINE,
    }
    assert ask(two, "vic", "POST", "/jobs/chain", chain).status_code in (404, 422)
    said = {"params": params, "project_id": MINE}
    assert ask(two, "vic", "POST", "/jobs", said).status_code == 422


def test_a_key_of_ones_own_in_a_project_one_left_is_taken_and_shows_nothing(two: TwoProjects) -> None:
    body = {
        "params": {"kind": "analyze", "cohort_id": two.ids["cohort_id"], "task": "pirads", "roi": "gland", "seed": 7}
    }
    link = {"analysis_id": two.ids["analysis_id"], "with_pictures": False}
    key = {"Idempotency-Key": "k"}
    first = ask(two, "ida", "POST", "/jobs", body, **key)
    assert first.status_code == 202, first.text
    assert ask(two, "ida", "POST", "/jobs", body, **key).json()["id"] == first.json()["id"]
    assert ask(two, "ida", "POST", "/shares", link, **key).status_code == 201
    with two.database.write() as session:
        projects.set_member(session, MINE, "ida", "researcher", "adam")
        projects.end_member(session, THEIRS, "ida", "adam")
    assert ask(two, "ida", "POST", "/jobs", body, **key).status_code == 409
    other = {"params": {"kind": "synth_tables", "cohort": "new", "patients": 60}}
    assert ask(two, "ida", "POST", "/jobs", other, **key).status_code == 409
    assert ask(two, "ida", "POST", "/shares", link, **key).status_code == 409


def test_a_job_sees_its_own_project_alone(two: TwoProjects) -> None:
    """The worker's session is limited, too: nothing of another project is copied or named in an answer."""
    with two.database.write() as session:
        job = session.get_one(Job, two.ids["job_id"])
        job.project_id, job.state = MINE, "running"
    run.execute(server.settings_of(two.client.app.state.settings.data_dir), two.ids["job_id"])  # type: ignore[attr-defined]  # TestClient types its app as plain ASGI
    with two.database.read() as session:
        ended = session.get_one(Job, two.ids["job_id"])
        assert (ended.state, ended.error.startswith("There is no cohort")) == ("failed", True), ended.error
        assert len(session.scalars(select(Analysis.id)).all()) == 1


def test_fields_that_say_the_project(two: TwoProjects) -> None:
    cohort = s.Cohort.model_validate(ask(two, "ida", "GET", f"/cohorts/{two.ids['cohort_id']}").json())
    job = s.Job.model_validate(ask(two, "ida", "GET", f"/jobs/{two.ids['job_id']}").json())
    assert (cohort.project_id, job.project_id) == (THEIRS, THEIRS)
