"""Cached reads of projects, for the signed-in user."""

from frontend.api.cached_read import SECOND, cached_read
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import ApiError, Client


@cached_read(ttl=30 * SECOND, max_entries=200)
def listed(client: Client) -> Listed[s.Project]:
    """The user's own projects by name; for an administrator all of them."""
    return client.projects()


def own() -> list[s.Project]:
    """The projects that the user is a member of; none where they cannot be read: nobody is kept from a page by that."""
    try:
        return [one for one in listed.or_raise() if one.role is not None]
    except ApiError:
        return []
