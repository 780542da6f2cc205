"""Reads of the API that are kept for a while, for each signed-in user apart, or for all who see the same.

A read is written once, as a function of the client:

    @cached_read(ttl=60, max_entries=500)
    def case(client: Client, case_id: str) -> s.CaseDetail: ...

and called without it: `case(case_id)`.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, Generic, ParamSpec, TypeVar

import streamlit as st

from frontend.api.connection import cache_user, cache_view, client
from frontend.api.kept_values import KeptValues, clear_every
from frontend.api.refusals import answer_or_stop
from shared.client import Client

SECOND = 1.0
MINUTE = 60 * SECOND

P = ParamSpec("P")
T = TypeVar("T")


class CachedRead(Generic[P, T]):
    """A read by the signed-in user, answered from memory while its entry is young enough.

    An entry belongs to a server, a session and the arguments, so no user gets what another one read, and to what the
    session sees, so nobody gets what they read before they left a project. One that is `shared` belongs to all sessions
    that see the same: the server says which they are, at each run of a page.
    """

    def __init__(
        self,
        read: Callable[Concatenate[Client, P], T],
        ttl: float,
        max_entries: int,
        show_spinner: str | None,
        shared: bool,
    ) -> None:
        self.read, self.shared = read, shared
        self._spinner = show_spinner
        self._kept: KeptValues[T] = KeptValues(ttl, max_entries)
        update_wrapper(self, read)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer; where the API refuses, its sentence is shown and the page ends."""
        return answer_or_stop(self.or_raise, *args, **kwargs)

    def or_raise(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer; raises ApiError where the API refuses."""
        whose = cache_view() if self.shared else f"{cache_user()} {cache_view()}"
        return self._kept.get((whose, args, tuple(sorted(kwargs.items()))), lambda: self._ask(*args, **kwargs))

    def clear(self) -> None:
        """Drops the entries of this read, of all users."""
        self._kept.clear()

    def _ask(self, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._spinner is None:
            return self.read(client(), *args, **kwargs)
        with st.spinner(self._spinner):
            return self.read(client(), *args, **kwargs)


def cached_read(
    *, ttl: float, max_entries: int, show_spinner: str | None = None, shared: bool = False
) -> Callable[[Callable[Concatenate[Client, P], T]], CachedRead[P, T]]:
    """Make a function of the client a cached read of the signed-in user.

    Args:
        ttl: lifetime of an entry in seconds: short for what grows, long for what never changes.
        max_entries: entries kept of this read, the oldest leave first.
        show_spinner: text shown while the API is asked.
        shared: whether the answer is the same for all who see the same: no names, no signed addresses in it.
    """

    def decorate(read: Callable[Concatenate[Client, P], T]) -> CachedRead[P, T]:
        return CachedRead(read, ttl, max_entries, show_spinner, shared)

    return decorate


def clear_all() -> None:
    """Drops every cached read: a finished job may have added to any list."""
    clear_every()
