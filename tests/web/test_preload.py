import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import gc, json, sys
from backend.web.preload import preload_dashboard
preload_dashboard()
seen = [name for name in ("frontend.cases.view", "frontend.drawn.heat", "pandas", "torch", "frontend.app")
        if name in sys.modules]
print(json.dumps([gc.get_freeze_count(), len(gc.get_objects()), seen]))
"""


def test_what_pages_need_is_imported_and_out_of_the_collectors_sight() -> None:
    """In a process of its own: freezing would hold this one's objects too. torch would take the server's memory."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    frozen, looked_through, seen = json.loads(done.stdout)
    assert seen == ["frontend.cases.view", "frontend.drawn.heat", "pandas"]
    assert frozen > 100_000
    assert looked_through < 5_000


SITE = """
import gc, json, sys
from pathlib import Path
from starlette.testclient import TestClient
from backend.storage.database import upgrade
from backend.settings import Settings
from backend.asgi import create_site
settings = Settings(data_dir=Path(sys.argv[1]), auth=False)
upgrade(settings)
with TestClient(create_site(settings), base_url="http://localhost") as browser:
    page = browser.get("/cases").text
    name = page.split('src="./static/')[1].split('"')[0]
    script = browser.get(f"/static/{name}")
    strange = browser.get(f"/static/{name}", headers={"Host": "elsewhere.example"})
print(json.dumps([gc.get_freeze_count(), script.headers["content-encoding"], script.headers["x-content-type-options"],
                  strange.status_code]))
"""


def test_a_site_is_prepared_when_it_starts_and_guards_its_files(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SITE, str(tmp_path)], check=True, capture_output=True, text=True)
    frozen, encoding, sniffing, strange = json.loads(done.stdout.splitlines()[-1])
    assert frozen > 100_000
    assert (encoding, sniffing, strange) == ("gzip", "nosniff", 400)
