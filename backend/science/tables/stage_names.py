"""Which stage a file of embeddings is of, as far as its name tells: before fine-tuning, after it, or a control."""

import re
from typing import Literal

Stage = Literal["pre", "ft", "control"]
WORDS: dict[Stage, frozenset[str]] = {
    "control": frozenset({"control", "controls", "shuffled", "shuffle", "ctrl", "permuted"}),
    "ft": frozenset({"ft", "after", "finetuned", "finetune", "tuned", "post", "adapted", "fine"}),
    "pre": frozenset(
        {"pre", "before", "base", "baseline", "pretrained", "pretrain", "frozen", "initial", "init", "original"}
    ),
}
"""Words of names by stage; the first stage that has one of a name's words is meant, so `ft_control` is a control."""


def stage_named(file: str) -> Stage | None:
    """The stage that the words of a file's name tell, such as ft for `study_ft-run2.csv`; None where they do not."""
    stem = file.lower().rsplit("/", 1)[-1].split(".", 1)[0]
    words = set(re.split(r"[^a-z]+", stem))
    return next((stage for stage, known in WORDS.items() if words & known), None)
