"""Code that answers requests goes round the limit of projects in the places listed here, and nowhere else."""

import re

from tests.source_tree import ROOT

ROOMS = ("routers", "queries", "rendering", "web")
ROUND_IT = {
    r"WholeDatabaseDep": {"web/project_access.py": "defined", "routers/metrics.py": "numbers of the server"},
    r"LinksDatabaseDep": {"web/project_access.py": "defined", "routers/shared.py": "share links are no user's"},
    r"\bunlimited\(": {
        "routers/quotas.py": "an admin sees how much of a project's disk is taken, and not by what",
        "routers/saved_views.py": "a name is taken by one's view in any project",
        "routers/shares.py": "a key is taken by one's link in any project",
    },
    r"app\.state\.database\b": {
        "web/authorization.py": "reads who asks",
        "web/project_access.py": "limits it",
    },
    r"__table__|local_table|exec_driver_sql": {},
}
"""What goes round it -> the files that may, with the reason."""


def test_nothing_else_goes_round_the_limit() -> None:
    for pattern, allowed in ROUND_IT.items():
        found = {
            path.relative_to(ROOT / "backend").as_posix()
            for room in ROOMS
            for path in (ROOT / "backend" / room).rglob("*.py")
            if re.search(pattern, path.read_text())
        }
        assert found == set(allowed), pattern
