"""What a share link shows, frozen when it is made: one page with its pictures, and nobody's identity.

Everything is copied by allow-list: case ids, study and patient ids, dates, names, paths and free text of the import
stay behind. Cases get pseudonyms drawn anew for every link, counts of people below 5 are hidden, ages over 89 are 90+.
Snapshots of the first version stay as they are: they have no `page`, and are shown with the parts that they have.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from backend.errors import BadSettings
from backend.models import Analysis
from backend.queries.shared_page.page import Texts, page_of
from backend.queries.shared_page.people import hide_small_counts
from backend.queries.shared_page.words import CAUTIONS
from backend.queries.stored_report import alerts, report_of
from backend.storage.blob_store import BlobStore
from shared import schemas as s

VERSION = 2
MOST_BYTES = 4_000_000
"""Of the pictures of one link."""


def freeze(
    session: Session, files: BlobStore, analysis: Analysis, days: int, texts: Texts, *, with_pictures: bool
) -> tuple[s.SharedView, dict[str, bytes]]:
    """The snapshot of an analysis and its pictures by name.

    Pictures only where the caller confirmed by `with_pictures` that no text is burned into the images. Raises
    BadSettings where the sender's words name a study, or where the pictures are too large for a link.
    """
    page, pictures = page_of(session, files, analysis, texts, with_pictures=with_pictures)
    refuse_large(pictures)
    known = alerts(report_of(analysis))
    cautions = [alert for alert in known if alert.rank == "stop" or alert.code in CAUTIONS]
    view = s.SharedView(
        version=VERSION,
        title=title_of(page),
        sentences=[page.verdict.headline, *page.verdict.sentences],
        cannot_say=page.cannot_say,
        shifts=[],
        groups=[],
        alerts=[one.model_copy(update={"sentence": hide_small_counts(one.sentence)}) for one in cautions],
        provenance=page.made_of,
        expires_in_days=days,
        with_pictures=with_pictures,
        page=page,
    )
    return view, dict(pictures)


def rewritten(view: s.SharedView, texts: Texts, days: int) -> s.SharedView:
    """The same snapshot with other words of the sender: what was previewed stays, to the pixel."""
    if view.page is None:
        raise ValueError("a snapshot of the first version has no words of its sender")
    page = view.page.model_copy(
        update={"sender": texts.sender, "title": texts.title, "message": texts.message},
    )
    return view.model_copy(update={"page": page, "title": title_of(page), "expires_in_days": days})


def title_of(page: s.SharedPage) -> str:
    """The sender's title, else the verdict."""
    return page.title or page.verdict.headline


def refuse_large(pictures: Mapping[str, bytes]) -> None:
    """Raises BadSettings where the pictures of a link would take more than 4 MB."""
    size = sum(len(one) for one in pictures.values())
    if size > MOST_BYTES:
        raise BadSettings(
            f"The pictures of this link take {size / 1e6:.1f} MB, and it may have {MOST_BYTES // 1_000_000} MB; make "
            "it without pictures."
        )
