"""Words for the audit log: kinds of actions, and the details of a row."""

from shared import schemas as s
from shared.csv_cells import neutral

KINDS = {
    "": "Everything",
    "session.": "Sign-ins",
    "session.refuse": "Refused sign-ins",
    "share.": "Share links",
    "export": "Files taken away",
    "job.": "Jobs",
    "user.": "Users",
    "token.": "Tokens",
    "project.": "Projects",
}
"""How an action begins -> what such rows are about."""


def details(entry: s.AuditEntry) -> str:
    """`way=link address=10.0.0.7`, as plain text."""
    return neutral(" ".join(f"{name}={value}" for name, value in entry.detail.items()))
