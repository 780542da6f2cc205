"""The page behind a share link as HTML: plain, without any request outside of this server, light enough for a phone."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template
from starlette.responses import HTMLResponse

from shared import schemas as s

STATIC = Path(__file__).parent / "static"
FRAMED_BY = {False: "'none'", True: "'self'"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
FULL_WORDS = {
    1.0: "A full bar would be read without error.",
    0.5: "A full bar would be half of what could be read without error.",
    0.25: "A full bar would be a quarter of what could be read without error.",
}
RANKS = {"stop": "Stop", "warning": "Doubt", "info": "Note"}
MOST_SENTENCES = MOST_SHIFTS = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """What the link itself knows: when it was sent, and until when it opens."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where the pictures of a page are: the beginning of their addresses, and what stands behind their names."""

    base: str
    query: str = ""


def page_response(view: s.SharedView, sent: Sent, pictures: Pictures, *, preview: bool = False) -> HTMLResponse:
    """The page of a snapshot of any version; a `preview` may stand in a frame of the dashboard."""
    html = page_html(view, sent, pictures)
    headers = {"Content-Security-Policy": f"{POLICY}; frame-ancestors {FRAMED_BY[preview]}"}
    return HTMLResponse(html, headers=headers | ({"X-Frame-Options": "SAMEORIGIN"} if preview else {}))


def page_html(view: s.SharedView, sent: Sent, pictures: Pictures) -> str:
    """A snapshot of the first version has no page of its own kind: it is shown with the parts that it has."""
    known = {"sent_at": sent.at, "until": sent.until, "pictures": pictures.base, "query": pictures.query}
    if view.page is None:
        alerts = sorted(view.alerts, key=lambda alert: list(RANKS).index(alert.rank))
        return _template("clinician_version_1.html.jinja").render(
            view=view,
            sentences=view.sentences[:MOST_SENTENCES],
            shifts=view.shifts[:MOST_SHIFTS],
            cautions=[alert for alert in alerts if alert.rank != "info"],
            notes=[alert for alert in alerts if alert.rank == "info"],
            ranks=RANKS,
            **known,
        )
    full = "" if view.page.bars is None else FULL_WORDS[view.page.bars.full]
    return _template("clinician.html.jinja").render(page=view.page, full_words=full, **known)


def trouble_response(status: int, heading: str, sentence: str) -> HTMLResponse:
    """What a reader sees in place of a page that cannot be shown."""
    html = _template("clinician_trouble.html.jinja").render(heading=heading, sentence=sentence)
    headers = {"Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'"}
    return HTMLResponse(html, status_code=status, headers=headers)


def day(moment: datetime) -> str:
    """`30 Nov 2026`, of the time in UTC."""
    return f"{moment.day} {moment:%b %Y}"


@cache
def _environment() -> Environment:
    pages = Environment(loader=FileSystemLoader(STATIC), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters["day"] = day
    return pages


def _template(name: str) -> Template:
    return _environment().get_template(name)
