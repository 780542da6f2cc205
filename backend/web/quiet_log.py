"""A log that bad requests cannot flood: a warning about an address is written once a minute."""

import logging
from typing import Any

from backend.web.once_in import OnceIn

MINUTE_SECONDS = 60.0


class QuietLog(logging.LoggerAdapter[logging.Logger]):
    """The server's log for one connection; errors of the program are written always."""

    def __init__(self, logger: logging.Logger, address: str, noted: OnceIn) -> None:
        super().__init__(logger, {})
        self.level = logger.level  # uvicorn reads it
        self.address, self.noted = address, noted

    def warning(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """One line for an address, a message and a minute."""
        if self.noted.passes(f"{self.address} {msg}"):
            said = str(msg).rstrip(".")
            super().warning(f"{said} ({self.address}; once a minute).", *args, **kwargs)
