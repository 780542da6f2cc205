"""Which request or job a line of the log is about: set once, read by every line that is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("id of the request that is being answered", default=None)
job_id: ContextVar[str | None] = ContextVar("id of the job that is being run", default=None)


@contextmanager
def about_request(known: str) -> Iterator[None]:
    """Lines that are written within the block are about this request."""
    token = request_id.set(known)
    try:
        yield
    finally:
        request_id.reset(token)
