"""The words of a shared page that its reader may not know, and what the page does not say."""

from collections.abc import Sequence

from backend.queries.shared_page import lay_words
from backend.queries.shared_page.findings import Findings, Line
from backend.queries.shared_page.people import hide_small_counts, people
from backend.science.analysis.report import Report
from shared import schemas as s

RESEARCH_ONLY = "Research use only: nothing here says anything about the diagnosis or treatment of a single patient."
CAUTIONS = ("region_of_some", "lesion_roi")
"""Codes of alerts that a clinician must know, too; the others are about numbers that this page does not show."""
SMALL = {"few_studies", "small_cohort"}
EMBEDDING = s.SharedWord(
    word="the model",
    text="A network that turns an image into a list of numbers, its embedding: all that later steps see of it. What "
    "can be read from these numbers is what the model represents.",
)
FINE_TUNING = s.SharedWord(
    word="training",
    text="Fine-tuning: further training of a network that exists already, for one task. This page compares the network "
    "before it with the network after it.",
)
BY_CHANCE = s.SharedWord(
    word="by chance",
    text="What would be seen without any true effect, only because patients differ. Of ten changes that such pages "
    "show, about one may be chance.",
)
CLEARLY = s.SharedWord(
    word="clearly",
    text="How much of the differences between patients can be read from the model, in patients held out from the "
    "reading: R² above chance.",
)
LABEL_BORNE = s.SharedWord(
    word="follows from",
    text="Read better after fine-tuning only because the feature goes with what was trained for. Nothing more was "
    "learned of it (label-borne).",
)
MAP = s.SharedWord(
    word="map",
    text="The feature measured around each point of the region: yellow where it is high, dark blue where it is low.",
)


def words(found: Findings, lines: Sequence[Line], *, borne: bool, bars: bool, mapped: bool) -> list[s.SharedWord]:
    """The words that stand on the page, those of its features first."""
    classes = list(dict.fromkeys(line.feature_class for line in lines))[:3]
    own = [s.SharedWord(word=lay_words.kind(one), text=kind_text(one)) for one in classes if lay_words.measures(one)]
    shown = [EMBEDDING, FINE_TUNING, *([CLEARLY] if bars else []), BY_CHANCE]
    return [*own, *shown, *([LABEL_BORNE] if borne and found.label else []), *([MAP] if mapped else [])]


def kind_text(feature_class: str) -> str:
    """What a kind of features measures, with the name that papers use."""
    return f"{lay_words.capital(lay_words.measures(feature_class))} ({lay_words.term(feature_class)} features)."


def cannot_say(found: Findings, report: Report) -> list[str]:
    """What the page does not say, the patient first."""
    cautions = [alert for alert in report.alerts if alert.code in CAUTIONS]
    few = any(alert.code in SMALL for alert in report.alerts)
    return [
        RESEARCH_ONLY,
        *([f"Real patients: {found.drawn[0].lower()}{found.drawn[1:]}"] if found.drawn else []),
        "That the model represents something does not make it a cause, nor show that the model uses it.",
        *([] if found.n_runs > 1 else ["One training was looked at; another one may change other things."]),
        f"Other hospitals, scanners and diseases: it rests on {people(found.n_patients)} of one cohort.",
        *(["Single features: the study is small, so only kinds of features are told."] if few else []),
        *(hide_small_counts(alert.sentence) for alert in cautions),
    ]
