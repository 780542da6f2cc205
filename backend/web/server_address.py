"""The address of this server as its own machine reaches it."""

from backend.settings import Settings

LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 (compared, not bound)


def local_url(settings: Settings) -> str:
    """The http address of the server for a client on the same machine."""
    return f"http://{LOOPBACK_OF.get(settings.host, settings.host)}:{settings.port}"
