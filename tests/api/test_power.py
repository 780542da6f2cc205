"""What an older analysis could have seen is measured once it is looked at, once, whichever researcher looks."""

from sqlalchemy import delete, select
from starlette.testclient import TestClient

from backend.models import Job
from backend.storage.database import Database
from tests.api import server


def test_the_first_look_queues_one_self_check_and_no_second(client: TestClient, own: server.Filled) -> None:
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        session.execute(delete(Job).where(Job.kind == "selfcheck"))
    where = f"/api/v1/analyses/{own.analysis_id}/power"
    assert client.post(where, headers=server.bearer(client, "viewer")).status_code == 403  # viewers start no job
    for role in ("researcher", "admin", "researcher"):
        answer = client.post(where, headers=server.bearer(client, role))
        assert (answer.status_code, answer.json()) == (202, None)
    with database.read() as session:
        queued = session.scalars(select(Job).where(Job.kind == "selfcheck")).all()
        assert [(job.params["analysis_id"], job.state) for job in queued] == [(own.analysis_id, "queued")]
    with database.write() as session:
        session.scalars(select(Job).where(Job.kind == "selfcheck")).one().state = "failed"
    client.post(where, headers=server.bearer(client, "researcher"))
    with database.read() as session:
        assert len(session.scalars(select(Job).where(Job.kind == "selfcheck")).all()) == 1
    database.close()


def test_an_unknown_analysis_is_said_so(client: TestClient) -> None:
    answer = client.post("/api/v1/analyses/none/power", headers=server.bearer(client, "researcher"))
    assert answer.status_code == 404
