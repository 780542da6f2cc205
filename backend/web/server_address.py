"""Where this server is found."""

from backend.settings import Settings

ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 (compared, not bound)


def local_url(settings: Settings) -> str:
    """The address under which the server's own machine reaches it."""
    return f"http://{ANY.get(settings.host, settings.host)}:{settings.port}"
