"""Cached reads of notes, stars and saved views, for the signed-in user."""

from frontend.api.cached_read import SECOND, cached_read
from shared import schemas as s
from shared.calls.listed import Listed
from shared.client import Client


@cached_read(ttl=5 * SECOND, max_entries=500)
def notes(
    client: Client, analysis_id: str | None = None, feature: str | None = None, case_id: str | None = None
) -> Listed[s.Note]:
    """The notes on one thing, newest first."""
    return client.notes(analysis_id, feature, case_id)


@cached_read(ttl=5 * SECOND, max_entries=200)
def stars(client: Client) -> Listed[s.Star]:
    """The user's own stars."""
    return client.stars()


@cached_read(ttl=5 * SECOND, max_entries=200)
def saved_views(client: Client) -> Listed[s.SavedView]:
    """The saved views of all users, by name."""
    return client.saved_views()
