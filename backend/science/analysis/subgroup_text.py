"""What a report says of the part of a cohort that was analysed; nothing where it was all of it."""

from backend.science.analysis.report import Report
from backend.science.text_format import count, counted, words_only

LONGEST = 200
"""Letters of conditions in words; a lasso of studies is told by their number."""


def subgroup_words(report: Report) -> str:
    """The conditions in words, without anything that could be markup; empty where all was analysed."""
    return "" if report.subgroup is None else words_only(report.subgroup.words, LONGEST)


def subgroup_title(report: Report) -> str:
    """What follows a title or stands in a figure: `subgroup: PSA above 10`."""
    return f"subgroup: {subgroup_words(report)}" if report.subgroup else ""


def subgroup_sentence(report: Report) -> str | None:
    """The first sentence of an answer: whose numbers these are."""
    if report.subgroup is None:
        return None
    return f"{_size(report)}: {subgroup_words(report)}."


def shared_subgroup_sentence(report: Report) -> str | None:
    """The same for people outside: by which columns the patients were chosen, without values of the cohort's tables."""
    if report.subgroup is None:
        return None
    chosen_by = [words_only(one) for one in report.subgroup.columns]
    return f"{_size(report)}, chosen by {_listed(chosen_by)}."


def methods_sentence(report: Report) -> str:
    """For the methods text, a blank before it."""
    if report.subgroup is None:
        return ""
    whole = counted(report.subgroup.n_patients_all, "patient")
    return f" They are a subgroup of the cohort's {whole}, chosen by: {subgroup_words(report)}."


def _size(report: Report) -> str:
    whole = 0 if report.subgroup is None else report.subgroup.n_patients_all
    return f"These numbers are of a subgroup, {count(report.n_patients)} of the cohort's {counted(whole, 'patient')}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
