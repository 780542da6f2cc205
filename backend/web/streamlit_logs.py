"""The dashboard's framework writes its logs as JSON, too: it gives each of its loggers a handler of its own."""

import logging

from streamlit import logger as streamlit_logger

from backend.operations.json_lines import JsonLines


def streamlit_logs_as_json() -> None:
    """Gives every logger of the framework, made or still to be made, a handler that writes lines of JSON."""
    streamlit_logger.setup_formatter = _as_json
    streamlit_logger.update_formatter()


def _as_json(logger: logging.Logger) -> None:
    old = getattr(logger, "streamlit_console_handler", None)
    if old is not None:
        logger.removeHandler(old)
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger.streamlit_console_handler = handler  # type: ignore[attr-defined] # where the framework looks for it
    logger.addHandler(handler)
