"""Who a browser is, by its cookies."""

from unittest.mock import MagicMock

import pytest

from backend.access import share_links
from backend.errors import NotFound
from backend.web import visitor


def test_thousands_of_share_cookies_cost_few_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str | None] = []

    def opened(_session: object, cookie: str | None) -> None:
        reads.append(cookie)
        raise NotFound("no")

    monkeypatch.setattr(share_links, "opened_share", opened)
    same = {f"radiomiclens_share_{n}": "same" for n in range(500)}
    others = {f"radiomiclens_share{n}": str(n) for n in range(2500)}
    assert visitor.visitor_of(MagicMock(), same | others, auth=True) is None
    assert len(reads) == visitor.MAX_LINKS
    assert reads[:2] == ["same", "0"]
