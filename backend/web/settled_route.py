"""Routes that lock nothing while they wait: a session ends its transaction in the thread that used it.

A request passes through several threads: its dependencies, its function, the check of its answer. Threads are few. A
reader who kept its lock of the database while it waited for the next thread would hold up a writer; new readers wait
behind that writer, in all the threads there are; and none of them could go on until the busy time is over.
"""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

P = ParamSpec("P")
T = TypeVar("T")


def settled(function: Callable[P, T]) -> Callable[P, T]:
    """The same function; it commits the sessions among its arguments where it returns, and leaves them usable."""

    @wraps(function)
    def in_one_thread(*args: P.args, **kwargs: P.kwargs) -> T:
        found = function(*args, **kwargs)
        for value in (*args, *kwargs.values()):
            if isinstance(value, Session) and value.in_transaction():
                value.commit()
        return found

    return in_one_thread


class SettledRoute(APIRoute):
    """A route whose function is `settled`; a coroutine has threads of its own choice, and is left as it is."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **rest: Any) -> None:
        super().__init__(path, endpoint if iscoroutinefunction(endpoint) else settled(endpoint), **rest)
