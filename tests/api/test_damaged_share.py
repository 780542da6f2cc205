"""One share row that cannot be read leaves the list of the others."""

import sqlite3
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from shared import schemas as s
from tests.api import server
from tests.api.links import make


@pytest.mark.parametrize("damage", ["snapshot = '{'", "expires_at = 'never'", "label = CAST(x'ff41' AS TEXT)"])
def test_the_row_says_so_and_the_rest_is_listed(client: TestClient, own: server.Filled, damage: str) -> None:
    bad, good = make(client, own), make(client, own)
    with closing(sqlite3.connect(own.folder / "radiomiclens.sqlite")) as database, database:
        database.execute(f"UPDATE shares SET {damage} WHERE id = ?", (bad.id,))
    headers = server.bearer(client, "researcher")
    answer = client.get("/api/v1/shares", headers=headers)
    assert answer.status_code == 200, answer.text
    found = {share.id: share for share in s.Page[s.Share].model_validate(answer.json()).items}
    assert (found[bad.id].label, found[bad.id].state) == ("unreadable", "damaged")
    assert found[good.id].state == "active"
    assert client.get("/api/v1/shares.csv", headers=headers).text.count("unreadable") == 1
