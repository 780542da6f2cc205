"""Everything of an analysis by the API."""

import io
import zipfile

from starlette.testclient import TestClient

from tests.api import server


def test_a_viewer_may_not_take_the_tables_away(
    reader: TestClient, researcher: TestClient, filled: server.Filled
) -> None:
    where = f"/api/v1/analyses/{filled.analysis_id}/bundle.zip"
    assert reader.get(where).status_code == 403
    answer = researcher.get(where)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "report.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
