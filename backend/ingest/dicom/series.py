"""Chooses the axial T2, the high-b image and the ADC map among the series of a study, with a reason each.

Image type and description decide, then b-value, orientation and geometry; a person may name another series instead.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.ingest.rejection import Rejection

MIN_HIGH_B = 500.0  # s/mm2
B_IN_NAME = re.compile(r"b(?:[-_ =]|val(?:ue)?)*(\d{3,4})(?!\d)")
T2_ECHO_MS = 70.0  # spin echo images beyond it are T2 weighted
# what a description may show: anything else could be a name
KNOWN_WORDS = re.compile(
    r"t1|t2w?|tse|fse|frfse|haste|blade|propeller|space|tra|ax|axial|sag|sagittal|cor|coronal|obl|ep2d|epi|diff|dwi|dti|"
    r"adc|trace|tracew|calc|bval|b\d{1,4}|dyn|dist|dyndist|dyndistcalc|fs|fatsat|loc|localizer|scout|prostate|pelvis|"
    r"highres|hr|zoomit|resolve|perf|twist|vibe|dce|map|\d{1,4}"
)


@dataclass(frozen=True)
class SeriesFacts:
    """The properties by which series are chosen: `image_type` upper case, `description` lower case, `b_value` s/mm2.

    `key` names it for people; `plane` is in-plane spacing (mm), rows and columns, `ends` the first and last position
    (mm), `problem` why it can be no volume here, `directional` one gradient direction instead of the mean of several.
    """

    number: int
    image_type: tuple[str, ...]
    description: str
    b_value: float | None
    axial: bool
    key: str = ""
    slices: int = 0
    plane: tuple[float, float, int, int] = (0.0, 0.0, 0, 0)
    ends: tuple[float, ...] = ()
    spin_echo_ms: float | None = None
    problem: str = ""
    mixed_b: bool = False
    directional: bool = False

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
    def is_localizer(self) -> bool:
        """A planning image."""
        return "LOCALIZER" in self.image_type or re.search(r"loc|scout|plan", self.description) is not None

    @property
    def t2_reason(self) -> str:
        """Why this is an axial T2, or nothing."""
        other = (
            self.is_localizer
            or self.is_diffusion
            or re.search(r"dyn|twist|dce|sub|t2\*|t2_?star|map|t1", self.description)
        )
        if not self.axial or other:
            return ""
        if re.search(r"t2|tse", self.description):
            return "named T2, axial"
        if self.spin_echo_ms is not None and self.spin_echo_ms >= T2_ECHO_MS:
            return f"spin echo with an echo time of {self.spin_echo_ms:g} ms, axial"
        return ""

    @property
    def words(self) -> str:
        """The description with every word that is not a known one left out."""
        words = re.split(r"[^a-z0-9]+", self.description)
        return " ".join(word for word in words if KNOWN_WORDS.fullmatch(word))

    @property
    def why(self) -> str:
        """What this series is taken for, or why it fits nothing."""
        if self.problem:
            return self.problem
        if self.is_localizer:
            return "a localizer"
        if self.is_adc:
            return "an ADC map by image type or name"
        if self.is_diffusion:
            return "diffusion, b-value not stated" if self.high_b is None else f"diffusion, b = {self.high_b:g} s/mm2"
        return self.t2_reason or ("axial, but not named T2" if self.axial else "not axial")

    def same_grid(self, other: "SeriesFacts") -> bool:
        """Whether two series have the same slices: an ADC map is computed from its diffusion images."""
        near = all(abs(a - b) < 1.0 for a, b in zip(self.ends, other.ends, strict=True))
        return self.slices == other.slices and self.plane == other.plane and near


@dataclass(frozen=True)
class Choice:
    """The series taken for a modality: index into the list given, why, and whether a person named it."""

    index: int
    reason: str
    overridden: bool = False


Numbered = list[tuple[int, SeriesFacts, str]]


def choose_series(series: Sequence[SeriesFacts], named: Mapping[str, str] | None = None) -> dict[str, Choice]:
    """Modality -> choice for those of T2, DWI, ADC that the study holds; `named` overrides by key.

    Of several that fit, T2 takes the finest, ADC the one on the high-b image's grid; then the one acquired last (a
    repeat usually follows a patient's movement). Raises Rejection where a named series does not exist.
    """
    choices = {modality: _choose_named(series, modality, key) for modality, key in (named or {}).items()}
    if "T2" not in choices:
        found = [(i, s, s.t2_reason) for i, s in enumerate(series) if s.t2_reason]
        finest = min((s.plane[0] for _, s, _ in found), default=0.0)
        _take(choices, "T2", found, [each for each in found if each[1].plane[0] <= finest * 1.05])
    if "DWI" not in choices:
        found = _high_b(series)
        _take(choices, "DWI", found, found)
    if "ADC" not in choices:
        found = [(i, s, "an ADC map by image type or name") for i, s in enumerate(series) if s.is_adc]
        dwi = series[choices["DWI"].index] if "DWI" in choices else None
        _take(choices, "ADC", found, [each for each in found if dwi and each[1].same_grid(dwi)])
    return choices


def _take(choices: dict[str, Choice], modality: str, found: Numbered, best: Numbered) -> None:
    """The last of the best, sound ones before others; the rest is mentioned."""
    candidates = best or found
    if not candidates:
        return
    index, chosen, why = max(candidates, key=lambda each: (not each[1].problem, each[1].number, each[0]))
    others = sorted({_with_problem(s) for _, s, _ in found if s is not chosen}, key=_order)
    how = (
        "the last"
        if len(candidates) > 1
        else "the finest"
        if modality == "T2"
        else "the one on the high-b image's grid"
    )
    more = f"; {how} of {len(others) + 1} that fit (also {', '.join(others)})" if others else ""
    choices[modality] = Choice(index, f"series {chosen.key or chosen.number}: {why}{more}")


def _with_problem(series: SeriesFacts) -> str:
    """The key of a series that was not taken, and in short why it could not be."""
    key = series.key or str(series.number)
    return f"{key}, which {re.split(r', so |;', series.problem)[0]}" if series.problem else key


def _choose_named(series: Sequence[SeriesFacts], modality: str, key: str) -> Choice:
    index = next((i for i, each in enumerate(series) if key.strip() == each.key), None)
    if index is None:
        keys = ", ".join(sorted((each.key for each in series), key=_order))
        raise Rejection(
            f"There is no series {key[:20]!r} to take for {modality}; the study has {keys}.", "dicom_series"
        )
    return Choice(index, f"series {key.strip()}: named for {modality} by the importer ({series[index].why})", True)


def _order(key: str) -> tuple[int, str]:
    number = re.match(r"\d+", key)
    return (int(number[0]) if number else 0, key)


def _high_b(series: Sequence[SeriesFacts]) -> Numbered:
    """The diffusion images of the highest b-value."""
    weighted = [(i, s) for i, s in enumerate(series) if s.is_diffusion and not s.is_adc]
    highest = max((s.high_b for _, s in weighted if s.high_b is not None), default=None)
    if highest is None or highest < MIN_HIGH_B:
        return []
    why = f"diffusion with the highest b-value, {highest:g} s/mm2"
    found = [(i, s, why) for i, s in weighted if s.high_b == highest]
    return [each for each in found if not each[1].directional] or found  # the mean of all directions before single ones
