"""What a list of the API holds: its items, and the rows of it that could not be read."""

from collections.abc import Iterable
from typing import TypeVar

from shared import schemas as s

T = TypeVar("T")


class Listed(list[T]):
    """The items of every page of a list; `unreadable` names the damaged rows, which the items lack."""

    def __init__(self, items: Iterable[T] = (), unreadable: Iterable[s.UnreadableRow] = ()) -> None:
        super().__init__(items)
        self.unreadable = list(unreadable)
