"""Encoders in labels: which run of a recipe one is, or which control; runs of one recipe are alike but for that."""

from collections.abc import Sequence

from shared import schemas as s
from shared.encoder_facts import unusual_words

CONTROLS = {"shuffled_labels": "shuffled labels"}


def place(encoder: s.Encoder, known: Sequence[s.Encoder] = ()) -> str:
    """`run 2 of 5`, `control: shuffled labels, 1 of 2`; the counts are of `known`, and left out where it holds none."""
    if encoder.recipe_id is None or encoder.run_number is None:
        return "" if encoder.control is None else f"control: {CONTROLS[encoder.control]}"
    alike = [one for one in known if one.recipe_id == encoder.recipe_id and one.control == encoder.control]
    number = encoder.run_number + 1
    if encoder.control is None:
        return f"run {number} of {len(alike)}" if alike else f"run {number}"
    return f"control: {CONTROLS[encoder.control]}, {f'{number} of {len(alike)}' if alike else number}"


def choices(found: Sequence[s.Encoder]) -> dict[str, str]:
    """A label by id, newest recipe first; within a recipe its runs, then its controls, so that no control leads.

    A run that has no sibling is called by its name alone.
    """
    return {encoder.id: _label(encoder, found) for encoder in ordered(found)}


def ordered(found: Sequence[s.Encoder]) -> list[s.Encoder]:
    """The newest recipe first, by the time of its first run, as the server chooses where no encoder is named."""
    recipes: dict[str, list[s.Encoder]] = {}
    for encoder in found:
        recipes.setdefault(encoder.recipe_id or encoder.id, []).append(encoder)
    within = [sorted(one, key=lambda e: (e.control or "", e.run_number or 0)) for one in recipes.values()]
    newest_first = sorted(within, key=lambda one: one[0].created_at, reverse=True)
    return [encoder for one in newest_first for encoder in one]


def _label(encoder: s.Encoder, found: Sequence[s.Encoder]) -> str:
    words = place(encoder, found)
    alone = words == "run 1 of 1"
    seen = "".join(f" · {word}" for word in unusual_words(encoder.settings))
    return f"{'' if alone or not words else f'{words} · '}{encoder.name} {encoder.sha256[:4]}{seen}"
