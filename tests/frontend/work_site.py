"""A running API over a real database, and the dashboard opened on it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from streamlit.testing.v1 import AppTest

from backend.app import create_app
from backend.settings import Settings
from backend.storage.database import Database
from frontend.state import session_keys
from shared.client import ApiError, Client
from shared.cookies import SHARE_COOKIE
from shared.schemas import Problem, SharedView

APP = Path(__file__).parents[2] / "frontend" / "app.py"


@dataclass(frozen=True)
class Site:
    """A running API: its address, a caller of it, its settings, and the ids in it (empty where nothing was filled)."""

    url: str
    client: Client
    settings: Settings
    cohort_id: str = ""
    analysis_id: str = ""

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Its database, for what only a worker may write."""
        database = Database(self.settings)
        yield database
        database.close()

    def cookie_of(self, token: str) -> str:
        """What a browser gets for the token of a share link."""
        answer = httpx.post(f"{self.url}/api/v1/shares/open", json={"token": token}, headers={"Origin": self.url})
        if answer.is_error:
            raise ApiError(Problem.model_validate_json(answer.content))
        return str(answer.cookies[SHARE_COOKIE])

    def open_link(self, token: str) -> SharedView:
        """What that browser is shown."""
        with Client(self.url, share_token=self.cookie_of(token)) as visitor:
            return visitor.shared_view()

    def page(self, name: str, **query: str) -> AppTest:
        """The dashboard after opening `/name?query`."""
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.session_state[session_keys.PICTURES_DRAWN] = (
            True  # nothing draws pictures here, and the rest of a case waits for them
        )
        app.query_params.update(query)
        app.switch_page(f"pages/{name}.py")
        return app.run()


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The API on a free port of this machine, in a thread."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        api = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="error"))
        thread = threading.Thread(target=api.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        while not api.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        api.should_exit = True
        thread.join()


def words(app: AppTest) -> str:
    """All text a reader sees in the main part of a page, as one string without Markdown escapes."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "code")
    found = [element.value for kind in kinds for element in getattr(app.main, kind)]
    found += [fold.label for fold in app.main.expander]
    return "\n".join(str(text) for text in found).replace("\\", "")
