"""Verdicts of results that show no change, or that cannot be read: what was looked for, what could have been seen."""

from statistics import median

from backend.queries.shared_page import lay_words
from backend.queries.shared_page.findings import Findings, Line
from backend.queries.shared_page.people import people
from backend.queries.shared_page.reading import named, of_reading
from backend.science.text_format import count, percent
from backend.science.trust.thresholds import MARGIN
from shared import schemas as s

FEWEST_PATIENTS = 40
POWER_80 = 2.8
"""Standard errors of an effect that is found in four of five repetitions (`science/trust/jackknife/flags.py`)."""
UNREADABLE = {
    "too_few_patients": (
        "Too few patients to say what training changed.",
        f"A verdict needs at least {FEWEST_PATIENTS} patients.",
    ),
    "rows_mismatched": (
        "This result cannot be read yet.",
        "The numbers after training do not seem to belong to the right studies. The sender must check them first.",
    ),
    "collapse": (
        "After training, the model lost most of what it represented.",
        "Single changes mean nothing then, so none is shown.",
    ),
    "trust_version_1": (
        "This result was made by an early version of the method.",
        "Its verdicts are less sure, so none is shown. The sender can run the analysis again.",
    ),
}
"""What stops a reading -> the line that says so, and the sentence below it."""
WITHOUT_TRUST = (
    "This result cannot tell a change from chance.",
    "It was made without the tests that a verdict needs. The sender can run the analysis again.",
)


def stopped_verdict(found: Findings) -> s.SharedVerdict:
    """Of a result that must not be read before something is mended."""
    headline, sentence = next((UNREADABLE[code] for code in UNREADABLE if code in found.stops), WITHOUT_TRUST)
    sentences = [sentence]
    if "too_few_patients" in found.stops:
        sentences.insert(0, f"There were {people(found.n_patients)}.")
    return s.SharedVerdict(kind="stopped", headline=headline, sentences=sentences)


def null_verdict(found: Findings) -> s.SharedVerdict:
    """Of a result in which no change is shown."""
    same, unknown = of_reading(found, "same"), of_reading(found, "unknown")
    readable = [line for line in found.groups if line.flag != "not_decodable"]
    beside = of_reading(found, "relative")
    if not readable:
        headline = "The features we measured cannot be read from the model, neither before nor after training."
        sentences = [f"So this study of {people(found.n_patients)} says nothing about a change."]
    elif found.shared_change is not None:
        word = "less" if found.shared_change < 0 else "more"
        headline = f"After {found.training}, the model represents all measured features {word} strongly, about alike."
        sentences = [f"No kind of feature stands out in {people(found.n_patients)}."]
        if found.shared_goes_with_label and found.label:
            sentences.append(f"The common change follows from {found.label} itself.")
    elif same or beside:
        headline = f"After {found.training}, no change is shown in what the model represents."
        sentences = [f"This was looked for in {people(found.n_patients)}."]
    else:
        headline = "This study is too small to say what training changed."
        sentences = [f"There were {people(found.n_patients)}; a change of a size that matters could have been missed."]
    if beside:
        what = lay_words.capital(named(found, beside))
        sentences.append(f"{what} differs from the other features, but did not {_own(beside)}.")
    if (same or beside) and any(line.flag == "underpowered" for line in unknown):
        sentences.append("Some kinds of features could not be judged in a study of this size.")
    return s.SharedVerdict(kind="null", headline=headline, sentences=sentences)


def looked_for(found: Findings) -> list[str]:
    """What was looked for, and what size could have been seen."""
    kinds = list(dict.fromkeys(lay_words.kind(line.feature_class) for line in found.groups))
    where = lay_words.listed(list(found.modalities))
    sentences = [
        f"Looked for: changes in {count(found.n_features)} features ({lay_words.listed(kinds)}) on {where}, measured "
        f"in the {found.region} of {people(found.n_patients)}."
    ]
    size = detectable(found)
    if size is not None:
        sentences.append(
            f"Could have been seen: a change of {percent(size)} of full clarity or more in a typical kind of feature, "
            "in four of five such studies."
        )
    unread = [line for line in found.groups if line.flag == "not_decodable"]
    if unread and len(unread) < len(found.groups):
        sentences.append(f"Cannot be read from the model at all, so not judged: {named(found, unread)}.")
    return sentences


def detectable(found: Findings) -> float | None:
    """The change of R2 that four of five such studies would have found in a typical group; None where unknown."""
    errors = [line.se for line in found.groups if line.se is not None and line.flag != "not_decodable"]
    return max(MARGIN, POWER_80 * median(errors)) if errors else None


def _own(lines: list[Line]) -> str:
    signs = {(line.effect or 0.0) > 0 for line in lines}
    return f"{'gain or lose' if len(signs) == 2 else 'gain' if signs == {True} else 'lose'} by itself"
