"""The part of report.html on causes: what its template needs beside the report itself."""

from collections.abc import Sequence
from typing import Any

from backend.science.analysis.report_causes import ClinicalReport
from backend.science.analysis.report_trust import TrustReport
from backend.science.report.causes_text import USE_WORDS, content_sentence, use_sentences
from backend.science.text_format import words_only

READING_WORDS = {
    "better": "read better",
    "worse": "read worse",
    "same": "as before",
    "not_read": "not read",
}
ACQUISITION = {
    *("center", "centre", "site", "hospital", "institution"),
    *("scanner", "manufacturer", "vendor", "model", "field_t", "field_strength", "coil", "protocol"),
}
"""Columns of where and how an image was made: they tell nothing of the patient, but may go with the label."""


def causes_part(trust: TrustReport) -> dict[str, Any]:
    """Sentences, rows and words of the part, by the names in `causes.html.j2`."""
    return {
        "told_used": use_sentences(trust.use),
        "told_new": content_sentence(trust.new_content),
        "told_lost": content_sentence(trust.lost_content),
        "used": sorted(trust.use.groups, key=lambda one: -(one.used or 0.0)) if trust.use else [],
        "use_words": USE_WORDS,
        "reading_words": READING_WORDS,
        "shortcuts": possible_shortcuts(trust.clinical),
    }


def possible_shortcuts(columns: Sequence[ClinicalReport]) -> list[str]:
    """Names of columns of the image's making that are read better after fine-tuning."""
    return [words_only(one.name) for one in columns if one.reading == "better" and one.name.lower() in ACQUISITION]


def weight_change(share: float | None) -> str:
    """`1.7 %` of the weights' size; `not trained` where nothing changed."""
    if share is None:
        return "–"
    return "not trained" if share == 0 else f"{100 * share:.1f} %"


def percent_or_dash(share: float | None) -> str:
    """A share in whole percent with a real minus sign; a dash where there is none."""
    return "–" if share is None else f"{100 * share:z.0f} %".replace("-", "−")
