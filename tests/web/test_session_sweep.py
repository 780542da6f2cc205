"""A closed page is freed in time: in a process of its own, for Streamlit has one runtime a process."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

SITE = """
import gc, json, sys, time
from pathlib import Path
from starlette.testclient import TestClient
from streamlit import config, runtime
from streamlit.runtime.app_session import AppSession
from backend.asgi import create_site
from backend.settings import Settings
from backend.storage.database import upgrade
from backend.web import session_sweep
settings = Settings(data_dir=Path(sys.argv[1]), auth=False)
upgrade(settings)
def sessions():
    gc.collect()
    return sum(isinstance(one, AppSession) for one in gc.get_objects())
with TestClient(create_site(settings), base_url="http://localhost") as browser:
    options = [config.get_option("server.disconnectedSessionTTL"), config.get_option("runner.postScriptGC")]
    seen = []
    with browser.websocket_connect("ws://localhost/_stcore/stream", headers={"Origin": "http://localhost"}):
        seen.append(sessions())
    while runtime.get_instance()._session_mgr.list_active_sessions():
        time.sleep(0.01)
    session_sweep.drop_due_sessions()
    seen.append(sessions())  # kept for a broken connection
    cache = runtime.get_instance()._session_mgr._session_storage._cache
    cache.expire(cache.timer() + session_sweep.SECONDS_KEPT + 1)
    seen.append(sessions())
print(json.dumps([options, seen]))
"""


def test_a_closed_page_is_kept_for_half_a_minute_and_then_freed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SITE, str(tmp_path)], check=True, capture_output=True, text=True)
    options, seen = json.loads(done.stdout.splitlines()[-1])
    assert options == [30, False]
    assert seen == [1, 1, 0]


FREED = """
import psutil
from backend.web.session_sweep import free_memory
held = [bytes(60_000) for _ in range(4_000)]  # below the size that is given back at once
last = bytes(60_000)  # stays, above all that is freed
del held
before = psutil.Process().memory_info().rss
free_memory()
print((before - psutil.Process().memory_info().rss) >> 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps and gives back")
def test_what_was_needed_at_once_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], check=True, capture_output=True, text=True)
    assert int(done.stdout) > 100  # of 240 MB
