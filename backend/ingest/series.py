"""Which series of a study is the axial T2, the high-b image and the ADC map, with the reason in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LOWEST_HIGH_B = 500.0  # s/mm2
B_IN_NAME = re.compile(r"b(?:[-_ =]|val(?:ue)?)*(\d{3,4})(?!\d)")


@dataclass(frozen=True)
class SeriesFacts:
    """What tells series apart. `image_type` upper case, `description` lower case; `b_value` in s/mm2 where stated."""

    number: int
    image_type: tuple[str, ...]
    description: str
    b_value: float | None
    axial: bool

    @property
    def is_adc(self) -> bool:
        """ADC and high-b images share sequence name and geometry: only ImageType and description differ."""
        return "ADC" in self.image_type or re.search(r"(?<![a-z])adc", self.description) is not None

    @property
    def is_diffusion(self) -> bool:
        """Any diffusion-weighted image or map."""
        words = r"diff|dwi|trace|bval|calc_b"
        return "DIFFUSION" in self.image_type or self.is_adc or re.search(words, self.description) is not None

    @property
    def high_b(self) -> float | None:
        """The b-value of the tags, else the one the description names."""
        named = B_IN_NAME.search(self.description)
        return self.b_value if self.b_value is not None else float(named[1]) if named else None

    @property
    def is_t2(self) -> bool:
        """Named T2, axial, and neither a localizer nor diffusion nor a contrast series."""
        other = "LOCALIZER" in self.image_type or re.search(r"loc|scout|dyn|twist|sub", self.description)
        named = re.search(r"t2|tse", self.description) is not None
        return named and self.axial and not other and not self.is_diffusion


@dataclass(frozen=True)
class Choice:
    """The series taken for a modality: index into the list given, and why."""

    index: int
    reason: str


def choose_series(series: Sequence[SeriesFacts]) -> dict[str, Choice]:
    """Modality -> choice for those of T2, DWI, ADC that the study holds.

    Of several that fit, the one acquired last is taken (a repeat usually follows a patient's movement), and said so.
    """
    numbered = list(enumerate(series))
    found = {
        "T2": [(i, s, "named T2, axial") for i, s in numbered if s.is_t2],
        "ADC": [(i, s, "an ADC map by image type or name") for i, s in numbered if s.is_adc],
        "DWI": _high_b(numbered),
    }
    choices = {}
    for modality, candidates in found.items():
        if candidates:
            index, chosen, why = max(candidates, key=lambda candidate: (candidate[1].number, candidate[0]))
            others = sorted({s.number for _, s, _ in candidates} - {chosen.number})
            last = f"; the last of {len(others) + 1} that fit (also {', '.join(map(str, others))})" if others else ""
            choices[modality] = Choice(index, f"series {chosen.number}: {why}{last}")
    return choices


def _high_b(numbered: list[tuple[int, SeriesFacts]]) -> list[tuple[int, SeriesFacts, str]]:
    """The diffusion images of the highest b-value."""
    weighted = [(i, s) for i, s in numbered if s.is_diffusion and not s.is_adc]
    highest = max((s.high_b for _, s in weighted if s.high_b is not None), default=None)
    if highest is None or highest < LOWEST_HIGH_B:
        return []
    return [
        (i, s, f"diffusion with the highest b-value, {highest:g} s/mm2") for i, s in weighted if s.high_b == highest
    ]
