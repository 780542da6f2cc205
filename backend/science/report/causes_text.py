"""Sentences on causes: what the task uses, what is new or lost."""

from backend.science.analysis.report_causes import ContentReport, GroupUse, UseReport
from backend.science.tables.glossary import group_words
from backend.science.text_format import named, words_only

USE_WORDS = {
    "used": "the task uses it",
    "not_used": "carried, not used here",
    "unclear": "unclear",
    "not_decodable": "cannot be decoded",
}


def use_sentences(use: UseReport | None) -> list[str]:
    """Groups without which the head loses skill, largest loss first; that nothing can be said where it has none."""
    if use is None:
        return []
    label = words_only(use.label)
    head = f"the given head, scored on {label}" if use.head_given else f"a linear head on {label}"
    if use.head_low is None or use.head_low <= 0:
        whose = f"The given head, scored on {label}," if use.head_given else f"A linear head on {label}"
        return [f"{whose} is not shown to be better than chance, so what it uses cannot be said."]
    used = sorted((one for one in use.groups if one.use == "used"), key=lambda one: -(one.used or 0.0))
    if not used:
        return [f"No group of features is shown to be used by {head}."]
    return [f"Used by {head}: {named([_loss(one) for one in used])}."]


def _loss(group: GroupUse) -> str:
    """`T2 GLCM (34 % of its skill is lost without it [20, 48])`."""
    low, high = (f"{100 * (end or 0.0):.0f}" for end in (group.low, group.high))
    share = f"{100 * (group.used or 0.0):.0f} % of its skill is lost without it"
    return f"{group_words(group.group)} ({share} [{low}, {high}])"


def content_sentence(content: ContentReport | None) -> str:
    """The headline as a sentence; empty where nothing was computed."""
    return f"{content.headline[:1].upper()}{content.headline[1:]}." if content and content.headline else ""
