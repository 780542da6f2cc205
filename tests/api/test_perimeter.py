"""The perimeter every request passes: where a server may listen, whose host names and pages it answers."""

import pytest
from starlette.testclient import TestClient

from backend.app import create_app
from backend.errors import BadSettings
from tests.api import server
from tests.api.test_tokens import login_token


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "prostates.example.org"])
def test_a_server_without_sign_in_stays_on_this_machine(tmp_path: server.Path, host: str) -> None:
    with pytest.raises(BadSettings, match="Without sign-in"):
        create_app(server.settings_of(tmp_path, auth=False, host=host))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "",
        "127.0.0.1@evil.example",
        "[::",
        "x@localhost",
        "localhost:1@localhost",
        "localhost/evil",
        "localhost?x",
        "localhost:abc",
        "[::1]x",
        "localhost:123456",
    ],
)
def test_a_foreign_host_name_gets_400(empty: TestClient, host: str) -> None:
    answer = empty.get("/api/v1/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-host")


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:8501", "LOCALHOST"])
def test_the_machines_own_names_are_answered(empty: TestClient, host: str) -> None:
    assert empty.get("/api/v1/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_foreign_page_may_not_write(empty: TestClient, headers: dict[str, str]) -> None:
    body = {"token": login_token(empty)}
    refused = empty.post("/api/v1/session", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign-origin")
    assert empty.post("/api/v1/session", json=body, headers={"Origin": server.ORIGIN}).status_code == 200
