"""Names and lifetimes of the two cookies that the backend sets and the dashboard reads."""

from datetime import timedelta

SESSION_COOKIE = "radiomiclens_session"
"""Cookie of a signed-in browser; its value is a session token."""
SESSION_LIFETIME = timedelta(hours=12)
SHARE_COOKIE = "radiomiclens_share"
"""Cookie of a browser that opened a share link; it opens that link's snapshot and nothing else."""
SHARE_LIFETIME = timedelta(hours=12)
