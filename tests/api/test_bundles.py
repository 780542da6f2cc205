"""Everything of an analysis by the API."""

import io
import threading
import zipfile

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from backend.jobs.data import result_folder
from backend.models import Audit
from tests.api import server
from tests.api.links import database_of


def test_a_viewer_may_not_take_the_tables_away(client: TestClient, own: server.Filled) -> None:
    where = f"/api/v1/analyses/{own.analysis_id}/bundle.zip"
    assert client.get(where, headers=server.bearer(client, "viewer")).status_code == 403
    answer = client.get(where, headers=server.bearer(client, "researcher"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "report.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


def test_bundles_wait_for_each_other_apart_from_other_requests(
    client: TestClient, own: server.Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle of 3 312 features takes 10 s: forty of them took every thread of the server for minutes."""
    made: list[str] = []
    zipped = result_folder.zipped
    monkeypatch.setattr(
        result_folder, "zipped", lambda files: (made.append(threading.current_thread().name), zipped(files))[1]
    )
    where = f"/api/v1/analyses/{own.analysis_id}/bundle.zip"
    assert client.get(where, headers=server.bearer(client, "researcher")).status_code == 200
    assert [name.startswith("bundle") for name in made] == [True]
    with database_of(client).read() as session:
        assert session.scalar(select(func.count()).where(Audit.action == "analysis.export")) == 1
