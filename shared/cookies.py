"""Names and lifetimes of the cookies that the backend sets; the dashboard reads those of sessions and share links."""

from datetime import timedelta

SESSION_COOKIE = "radiomiclens_session"
"""Cookie of a signed-in browser; its value is a session token."""
SESSION_LIFETIME = timedelta(hours=12)
BROWSER_COOKIE = "radiomiclens_browser"
"""Cookie of a browser that signed in before: it opens nothing; failed passwords of others do not count against it."""
BROWSER_LIFETIME = timedelta(days=365)
SHARE_COOKIE = "radiomiclens_share"
"""Cookie of a browser that opened a share link; it opens that link's snapshot and nothing else."""
SHARE_LIFETIME = timedelta(hours=12)


def share_cookie(share_id: str) -> str:
    """The cookie of one share link: a browser may have several links open. `SHARE_COOKIE` is that of the newest."""
    return f"{SHARE_COOKIE}_{share_id}"
