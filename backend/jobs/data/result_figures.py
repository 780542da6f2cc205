"""Figures of a stored analysis as files, drawn as its bundle draws them and kept in the cache by what they are of."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from sqlalchemy.orm import Session

from backend.errors import Cancelled
from backend.jobs.data.result_frames import groups_frame
from backend.models import Analysis
from backend.queries.stored_report import report_of
from backend.science.analysis.report import Report
from backend.science.report.publication_figures import DOTS_PER_INCH, Wanted, drawn, figure_names
from backend.science.report.publication_panels import PANELS
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key
from shared import schemas as s

FIGURE_CODE = 1
"""Raised when the same analysis would be drawn differently, so that caches and browsers forget what they have."""

KEPT_DPI = (100, 150, 200, 300, 600)
"""PNGs of these are kept; of every other number of dots they would fill the disk one after another."""


def figures_of(row: Analysis) -> list[s.FigureFile]:
    """The figures that an analysis has, by name and in words."""
    return [s.FigureFile(name=name, title=PANELS[name].title) for name in figure_names(report_of(row))]


@dataclass(frozen=True, slots=True)
class FigureContent:
    """What the figures of one analysis are drawn from, read from the database."""

    analysis_id: str
    cohort: str
    report: Report
    groups: pd.DataFrame


def figure_content(session: Session, row: Analysis) -> FigureContent:
    """Read an analysis for its figures; drawing needs no database then."""
    return FigureContent(row.id, row.cohort.name, report_of(row), groups_frame(session, row.id))


def figure_file(
    files: BlobStore,
    content: FigureContent,
    *,
    name: str,
    preset: str,
    form: str,
    dpi: int,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[str, bytes]:
    """The hash of all that a figure shows and its bytes, from the cache or drawn now.

    Raises BadSettings for a figure that the analysis has not, Cancelled where nobody waits for it any more.
    """
    dpi = dpi if form == "png" else DOTS_PER_INCH  # lines have none, and one file is kept of them
    asked = {"name": name, "preset": preset, "form": form, "dpi": dpi}
    key = request_key("figure", code=FIGURE_CODE, analysis=content.analysis_id, cohort=content.cohort, asked=asked)
    kept = files.cached(f"{key}.{form}")
    if kept is None:
        if cancelled():
            raise Cancelled("The figure is no longer wanted.")
        kept = drawn(content.report, content.groups, Wanted(name, preset, form, dpi), content.cohort)
        if dpi in KEPT_DPI:
            files.cache(f"{key}.{form}", kept)
    return key, kept
