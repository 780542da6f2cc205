"""Everything of an analysis by the API."""

import io
import zipfile

from starlette.testclient import TestClient

from tests.api import server


def test_a_viewer_may_not_take_the_tables_away(client: TestClient, own: server.Filled) -> None:
    where = f"/api/v1/analyses/{own.analysis_id}/bundle.zip"
    assert client.get(where, headers=server.bearer(client, "viewer")).status_code == 403
    answer = client.get(where, headers=server.bearer(client, "researcher"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "report.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
