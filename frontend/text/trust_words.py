"""Words for what the trust block says: its flags, what they mean, and what its R² is called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared import schemas as s

FLAGS: dict[str, str] = {
    "stronger": "stronger",
    "weaker": "weaker",
    "probable_stronger": "probably stronger",
    "probable_weaker": "probably weaker",
    "kept": "kept",
    "label_borne": "label-borne",
    "unchanged": "unchanged",
    "not_decodable": "not decodable",
    "underpowered": "underpowered",
    "too_few": "too few patients",
}
MEANING: dict[str, str] = {
    "stronger": "carried more after fine-tuning than the change that all features share explains",
    "weaker": "carried less after fine-tuning than the change that all features share explains",
    "probable_stronger": "probably carried more (read with its group); alone it is not beyond chance",
    "probable_weaker": "probably carried less (read with its group); alone it is not beyond chance",
    "kept": "lost less than the typical feature; its own R² fell, so nothing was gained",
    "label_borne": "carried more because it goes with the label; given the label it or its group passes no test",
    "unchanged": "no change beyond its interval and the margin",
    "not_decodable": "cannot be read from the embedding in either stage",
    "underpowered": "decodable, but this cohort is too small to see a change of 0.15",
    "too_few": "too few patients for any flag; 40 are needed",
}
LESS_THAN_TYPICAL = {
    "stronger": "carried more than the typical feature",
    "weaker": "carried less than the typical feature",
    "probable_stronger": "probably carried more than the typical feature (read with its group)",
    "probable_weaker": "probably carried less than the typical feature (read with its group)",
}
"""The meanings where most groups moved: an untouched feature then differs from the typical one."""
MOST_MOVED = "most_groups_moved"
UP, DOWN = ("stronger", "probable_stronger"), ("weaker", "probable_weaker")
CHANGED = (*UP, *DOWN, "kept", "label_borne")
"""Flags that say a feature changed; the others say why nothing is told of it."""
ABOVE_CHANCE, CROSS_VALIDATED = "R² above chance", "cross-validated R²"


@dataclass(frozen=True, slots=True)
class TrustWords:
    """The words of one analysis; version 1 measured R² without its chance level."""

    flags: Mapping[str, str]
    meaning: Mapping[str, str]
    r2: str = ABOVE_CHANCE

    @property
    def r2_first(self) -> str:
        """Its R² as the first word of a sentence."""
        return f"{self.r2[0].upper()}{self.r2[1:]}"

    def flag(self, name: str | None) -> str:
        """`not decodable`; a dash where an analysis has no flags."""
        return "–" if name is None else self.flags.get(name, name)


PLAIN = TrustWords(FLAGS, MEANING)


def of(trust: s.TrustSummary | None, alerts: Sequence[s.Alert]) -> TrustWords:
    """The words of an analysis: where most groups gained, `weaker` is only less than the typical feature."""
    r2 = CROSS_VALIDATED if trust is not None and trust.version == 1 else ABOVE_CHANCE
    if not any(alert.code == MOST_MOVED for alert in alerts):
        return TrustWords(FLAGS, MEANING, r2)
    gained = trust is not None and (trust.shared_change or 0.0) > 0
    renamed = {"weaker": "less than typical", "probable_weaker": "probably less than typical"}
    return TrustWords(FLAGS | renamed if gained else FLAGS, MEANING | LESS_THAN_TYPICAL, r2)


def flag(name: str | None) -> str:
    """A flag in words where it stands without its analysis."""
    return PLAIN.flag(name)
