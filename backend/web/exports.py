"""Exports in the audit log: whoever takes a table, figure or file away leaves a row, before the answer is sent."""

from collections.abc import Iterator

from fastapi import Depends, Request

from backend.access import audit
from backend.web.authorization import CurrentUser
from backend.web.dependencies import DatabaseDep


def _noted(request: Request, database: DatabaseDep, user: CurrentUser) -> Iterator[None]:
    """Notes an export once its route has answered; a refused one gave nothing away.

    The target is the first id of the address. The rest of it and the query may hold what people typed.
    """
    yield
    target = str(next(iter(request.path_params.values()), ""))
    with database.write() as session:
        audit.record(session, user.name, "export", target, what=request.scope["route"].path)


EXPORT = Depends(_noted, scope="function")
"""Of every route whose answer is a file to keep. Named among a route's `dependencies`, it ends after all of the
route's own, so no session of the request is open any more when it writes."""
