"""Logs as one JSON object a line on stderr, for programs that collect logs (RADIOMICLENS_LOG_FORMAT=json).

A line has `time`, `level`, `logger`, `message`, and `request_id` and `job_id` where it is about one. Of an error it has
the type and the place, not the text: the texts of errors carry names of files and patients.
"""

import logging
import sys
import traceback
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from backend.operations import line_context
from backend.settings import Settings

OWN = ("backend", "radiomiclens")
"""Loggers of ours, which also say what is no warning; those of others begin at warnings."""
FRAMES_SHOWN = 8


class JsonLines(JsonFormatter):
    """Formats a record as one line of JSON."""

    def __init__(self) -> None:
        super().__init__("%(message)s", json_ensure_ascii=True)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Time, level, logger, request and job, then what the line itself says."""
        log_data["time"] = self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z"
        log_data["level"], log_data["logger"] = record.levelname.lower(), record.name
        about = {"request_id": line_context.request_id.get(), "job_id": line_context.job_id.get()}
        log_data |= {name: known for name, known in about.items() if known is not None}
        super().add_fields(log_data, record, message_dict)

    def converter(self, seconds: float | None) -> Any:
        """Times are UTC."""
        from time import gmtime

        return gmtime(seconds)

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        """The type of an error and where it arose, innermost first."""
        frames = traceback.extract_tb(ei[2])[-FRAMES_SHOWN:]
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
        return f"{ei[0].__name__ if ei[0] else 'error'} at {places}"


def configure(settings: Settings, stream: TextIO | None = None) -> bool:
    """Writes the logs of this process as JSON where the settings ask for it; gives whether they do."""
    if settings.log_format != "json":
        return False
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO)
    return True
