"""The verdict line of a shared page, made from stored flags by rules: it never claims more than they do."""

from collections.abc import Sequence
from typing import Literal

from backend.queries.shared_page import lay_words
from backend.queries.shared_page.findings import Findings, Line
from backend.queries.shared_page.null_result import null_verdict, stopped_verdict
from backend.queries.shared_page.people import people
from backend.queries.shared_page.reading import named, of_reading
from shared import schemas as s

GAINED_IN_CONTROLS = ("stronger", "kept", "probable_stronger", "label_borne")
LOST_IN_CONTROLS = ("weaker", "probable_weaker")


def verdict(found: Findings) -> s.SharedVerdict:
    """One line and what it rests on; changes that passed the tests before those that are only likely."""
    if found.stops or not found.has_trust:
        return stopped_verdict(found)
    up, down = of_reading(found, "up"), of_reading(found, "down")
    borne = of_reading(found, "label_borne")
    if up or down:
        sentences = [*_other(found, up, down), *_seen(found, [*up, *down]), *_of_change(found, up, borne)]
        return _verdict("change", _headline(found, up, down), sentences)
    if borne:
        sentences = [*_seen(found, borne), *_follows(found)]
        return _verdict("label_borne", _headline(found, borne, []), [*sentences, *_common(found)])
    likely_up = _likely(found, "likely_up")
    likely_down = _likely(found, "likely_down")
    if likely_up or likely_down:
        headline = _headline(found, likely_up, likely_down, probably="probably ")
        sentences = [
            *_other(found, likely_up, likely_down, "probably "),
            f"This was seen in {people(found.n_patients)}. It is likely, not certain: by itself it could be chance.",
            *_label_unknown(found, likely_up),
        ]
        return _verdict("likely", headline, [*sentences, *_common(found)])
    return null_verdict(found)


def leading(found: Findings) -> list[Line]:
    """The lines that the verdict speaks of, the largest effect first; empty where nothing changed."""
    if found.stops or not found.has_trust:
        return []
    changed = of_reading(found, "up", "down") or of_reading(found, "label_borne")
    return changed or [*_likely(found, "likely_up"), *_likely(found, "likely_down")]


def _verdict(kind: s.VerdictKind, headline: str, sentences: Sequence[str]) -> s.SharedVerdict:
    return s.SharedVerdict(kind=kind, headline=headline, sentences=list(sentences))


def _likely(found: Findings, wanted: Literal["likely_up", "likely_down"]) -> list[Line]:
    """Groups that probably changed, else features that did."""
    return of_reading(found, wanted) or of_reading(found, wanted, lines=found.features)


def _headline(found: Findings, more: Sequence[Line], less: Sequence[Line], probably: str = "") -> str:
    """What was gained or lost, whichever has the largest effect."""
    first, word = (more, "more") if _more_first(more, less) else (less, "less")
    return f"After {found.training}, the model {probably}represents {_what(found, first)} {word} strongly."


def _other(found: Findings, more: Sequence[Line], less: Sequence[Line], probably: str = "") -> list[str]:
    """The other direction, where both moved."""
    if not more or not less:
        return []
    second, word = (less, "less") if _more_first(more, less) else (more, "more")
    return [f"It {probably}represents {_what(found, second)} {word} strongly."]


def _more_first(more: Sequence[Line], less: Sequence[Line]) -> bool:
    return not less or bool(more and abs(more[0].effect or 0.0) >= abs(less[0].effect or 0.0))


def _what(found: Findings, lines: Sequence[Line]) -> str:
    return f"some features of {named(found, lines)}" if lines[0].name else named(found, lines)


def _seen(found: Findings, lines: Sequence[Line]) -> list[str]:
    """In how many people and trainings, and that it is beyond chance; what shuffled answers change as well is said."""
    sentences = [f"This was seen in {people(found.n_patients)}{_runs(found, lines)}, and is unlikely to be chance."]
    too = [line for line in lines if _in_controls(found, line)]
    if too:
        what = "it" if len(too) == len(lines) else named(found, too)
        sentences.append(f"Training on shuffled answers changed {what} too, so that need not come from the task.")
    return sentences


def _in_controls(found: Findings, line: Line) -> bool:
    flag = (found.controls or {}).get(line.key, "")
    return flag in (GAINED_IN_CONTROLS if (line.effect or 0.0) > 0 else LOST_IN_CONTROLS)


def _runs(found: Findings, lines: Sequence[Line]) -> str:
    if found.n_runs < 2:
        return ""
    known = [line.runs_agree for line in lines if line.runs_agree is not None]
    if len(known) < len(lines):
        return f" over {lay_words.spelled(found.n_runs)} trainings"
    if min(known) == found.n_runs:
        return f" and in {'both' if found.n_runs == 2 else 'all ' + lay_words.spelled(found.n_runs)} trainings"
    at_least = "" if len(set(known)) == 1 else "at least "
    return f" and in {at_least}{min(known)} of {found.n_runs} trainings"


def _of_change(found: Findings, up: Sequence[Line], borne: Sequence[Line]) -> list[str]:
    """What of a gain stays given the label, what other gains only follow from it, and what all features did."""
    sentences = []
    if up and found.label:
        stays = [line for line in up if (line.given_label_low or 0.0) > 0]
        if len(stays) == len(up):
            sentences.append(f"It does not only follow from {found.label}: a gain remains once {found.label} is known.")
        else:
            sentences.append(f"How much of the gain follows from {found.label} itself is not certain.")
    sentences += _label_unknown(found, up)
    if borne:
        sentences.append(
            f"{lay_words.capital(named(found, borne))} gained too, but that follows from {found.label} itself."
        )
    return [*sentences, *_common(found)]


def _label_unknown(found: Findings, gained: Sequence[Line]) -> list[str]:
    if not gained or found.label:
        return []
    return ["Whether the gain only follows from what the model was trained for was not examined."]


def _follows(found: Findings) -> list[str]:
    label = found.label or "what was learned"
    return [f"It follows from {label} itself: once {label} is known, no further gain is shown."]


def _common(found: Findings) -> list[str]:
    """What all features did together, where it is beyond error: changes are told beside it."""
    if found.shared_change is None:
        return []
    word = "less" if found.shared_change < 0 else "more"
    sentence = f"All features together are read {word} clearly than before; the changes told here stand out from that."
    if found.shared_goes_with_label and found.label:
        sentence += f" The common change follows from {found.label} itself."
    return [sentence]
