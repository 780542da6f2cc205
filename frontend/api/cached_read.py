"""Reads of the API that Streamlit keeps for a while, for each signed-in user apart.

A read is written once, as a function of the client:

    @cached_read(ttl=60, max_entries=500)
    def case(client: Client, case_id: str) -> s.CaseDetail: ...

and called without it: `case(case_id)`.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, Generic, ParamSpec, TypeVar

import streamlit as st

from frontend.api.connection import cache_user, client
from frontend.api.refusals import answer_or_stop
from shared.client import Client

SECOND = 1.0
MINUTE = 60 * SECOND

P = ParamSpec("P")
T = TypeVar("T")


class CachedRead(Generic[P, T]):
    """A read by the signed-in user, answered from the cache while its entry is young enough.

    An entry belongs to a read, a server, a session and the arguments, so no user gets what another one read.
    """

    def __init__(
        self, read: Callable[Concatenate[Client, P], T], ttl: float, max_entries: int, show_spinner: str | bool
    ) -> None:
        def stored(user: str, _client: Client, *args: P.args, **kwargs: P.kwargs) -> T:  # noqa: ARG001 (the cache key)
            return read(_client, *args, **kwargs)

        # Streamlit tells functions apart by module and name: without these, all reads would share their entries.
        stored.__module__, stored.__qualname__ = read.__module__, read.__qualname__
        self._stored = st.cache_data(ttl=ttl, max_entries=max_entries, show_spinner=show_spinner)(stored)
        update_wrapper(self, read)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer; where the API refuses, its sentence is shown and the page ends."""
        return answer_or_stop(self.or_raise, *args, **kwargs)

    def or_raise(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer; raises ApiError where the API refuses."""
        return self._stored(cache_user(), client(), *args, **kwargs)

    def clear(self) -> None:
        """Drops the entries of this read, of all users."""
        self._stored.clear()


def cached_read(
    *, ttl: float, max_entries: int, show_spinner: str | bool = False
) -> Callable[[Callable[Concatenate[Client, P], T]], CachedRead[P, T]]:
    """Make a function of the client a cached read of the signed-in user.

    Args:
        ttl: lifetime of an entry in seconds: short for what grows, long for what never changes.
        max_entries: entries kept of this read, the oldest leave first.
        show_spinner: text shown while the API is asked; False for none.
    """

    def decorate(read: Callable[Concatenate[Client, P], T]) -> CachedRead[P, T]:
        return CachedRead(read, ttl, max_entries, show_spinner)

    return decorate


def clear_all() -> None:
    """Drops every cached read: a finished job may have added to any list."""
    st.cache_data.clear()
