"""Who a browser of the dashboard is, by its cookies."""

from unittest.mock import MagicMock

from starlette.requests import HTTPConnection

from backend.web import visitor


def test_share_cookies_make_nobody_a_visitor_and_cost_no_read() -> None:
    database = MagicMock()
    cookies = {f"radiomiclens_share_{n}": str(n) for n in range(3000)} | {"radiomiclens_share": "x"}
    header = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
    connection = HTTPConnection({"type": "http", "headers": [(b"cookie", header)]})
    assert visitor.visitor_of(database, connection, auth=True) is None
    assert database.read.call_count == 0
