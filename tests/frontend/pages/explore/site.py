"""A running API over a real database, and the dashboard opened on it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from streamlit.testing.v1 import AppTest

from backend.app import create_app
from backend.settings import Settings
from shared.client import Client

APP = Path(__file__).parents[4] / "frontend" / "app.py"


@dataclass(frozen=True)
class Site:
    """A server's address."""

    url: str

    @property
    def client(self) -> Client:
        """A caller of it."""
        return Client(self.url)

    def page(self, name: str, **query: str) -> AppTest:
        """The dashboard after opening `/name?query`."""
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.query_params = dict(query)
        app.run()  # the bare address leads to the overview, and tells AppTest which pages there are
        if name == "overview":
            return app
        app.query_params = dict(query)
        return app.switch_page(f"pages/{name}.py").run()


@contextmanager
def serving(settings: Settings) -> Iterator[Site]:
    """The API on a free port of this machine, in a thread."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        api = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error"))
        thread = threading.Thread(target=api.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        while not api.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield Site(f"http://127.0.0.1:{taken.getsockname()[1]}")
        api.should_exit = True
        thread.join(timeout=20)
