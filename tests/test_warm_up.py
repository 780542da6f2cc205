import json
import subprocess
import sys

SCRIPT = """
import gc, json, sys
from backend.warm_up import warm_up
warm_up()
seen = [name for name in ("frontend.case_view", "frontend.charts.heatmap", "pandas", "torch", "frontend.app")
        if name in sys.modules]
print(json.dumps([gc.get_freeze_count(), len(gc.get_objects()), seen]))
"""


def test_what_pages_need_is_imported_and_out_of_the_collectors_sight() -> None:
    """In a process of its own: freezing would hold this one's objects too. torch would take the server's memory."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    frozen, looked_through, seen = json.loads(done.stdout)
    assert seen == ["frontend.case_view", "frontend.charts.heatmap", "pandas"]
    assert frozen > 100_000
    assert looked_through < 5_000
