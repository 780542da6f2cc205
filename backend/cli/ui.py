"""One process of the dashboard behind `serve --ui-processes N`, which starts it as `python -m backend.cli.ui`."""

import os
import socket
import sys
import threading
from typing import TYPE_CHECKING

from backend.cli.data_dir import settings_of
from backend.storage.folder_modes import keep_private

if TYPE_CHECKING:
    import uvicorn

SECONDS_TO_FINISH_ANSWERS = 3


def ui(listening: int) -> None:
    """Serve the dashboard alone on a socket (its descriptor) of the process that started this one, until that ends."""
    import uvicorn

    from backend.asgi import create_dashboard
    from backend.cli.open_file_limit import raise_descriptor_limit

    settings = settings_of(None)
    raise_descriptor_limit()
    config = uvicorn.Config(
        create_dashboard(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=64 * 2**20,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH_ANSWERS,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_stop_with_parent, args=(server,), daemon=True).start()
    with socket.socket(fileno=listening) as bound:
        server.run([bound])


def _stop_with_parent(server: "uvicorn.Server") -> None:
    while os.read(0, 4096):
        pass
    server.should_exit = True


if __name__ == "__main__":
    keep_private()
    ui(int(sys.argv[1]))
