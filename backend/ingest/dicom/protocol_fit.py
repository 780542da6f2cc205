"""Whether a series is a modality of a protocol: its rules, its name and aliases, and what no volume is made of."""

from dataclasses import dataclass

from backend.ingest.dicom.protocol_words import holds, pieces, vocabulary_of, with_agent, words_of_modality
from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.series_kind import NO_MAPS, PICTURES
from backend.ingest.dicom.series_words import words_of
from backend.ingest.identifiers.letters import word_set
from shared.schemas.dicom_rule import DicomRule
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolModality

FEWEST = 3  # slices of a volume
SCOUTS = word_set("topogram scout scouts localizer localiser scanogram surview dose exposure screen")
"""Words of a CT that is no volume; a planning CT is one."""
OF_DIFFUSION = frozenset(("adc", "trace", "diffusion", "tensor", "b"))
TELLING = frozenset(("image_type", "b_value", "echo_time_ms", "inversion_time_ms"))
"""Conditions that tell a modality without a word of its name."""
ANY = DicomRule.model_construct()
"""The rule of a modality that gives none."""


@dataclass(frozen=True)
class Fit:
    """Whether a series fits a modality, and why or why not, in a few words."""

    fits: bool
    why: str


class Fitting:
    """The series of a study beside the words of a protocol."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._vocabulary = vocabulary_of(protocol)

    def no_volume(self, facts: SeriesFacts) -> str:
        """What a series is that is no volume of any modality; nothing for others."""
        words = set(self._words(facts))
        if facts.slices < FEWEST:
            return f"fewer than {FEWEST} slices"
        if facts.capture:
            return "a secondary capture"
        if facts.phases:
            return "a phase, real or imaginary image"
        if facts.kind in ("CT", "PT"):
            if "localizer" in facts.type_words or words & SCOUTS:
                return "a localizer or a picture of the dose"
            told, asked = facts.type_words, frozenset[str]()
        else:
            asked = self._asked_meanings
            told = facts.type_words | facts.named.meanings
        kinds = PICTURES if facts.kind in ("CT", "PT") else {**PICTURES, **NO_MAPS}
        return next((why for meaning, why in kinds.items() if meaning in told - asked), "")

    def fit(self, facts: SeriesFacts, modality: ProtocolModality) -> Fit:
        """Whether a series that may be a volume fits a modality."""
        rule, words, why = modality.dicom or ANY, self._words(facts), list[str]()
        if rule.modality and facts.kind != rule.modality:
            return Fit(False, f"{facts.kind or 'of a kind that is not stated'}, no {rule.modality}")
        why += [facts.kind] if rule.modality else []
        if rule.plane and facts.orientation != rule.plane:
            return Fit(False, f"{facts.orientation or 'of no plane'}, not {rule.plane}")
        why += [rule.plane] if rule.plane else []
        lacking = [value for value in rule.image_type if value.upper() not in facts.image_type]
        if lacking:
            return Fit(False, f"ImageType lacks {lacking[0].upper()}")
        why += ["ImageType " + " ".join(rule.image_type).upper()] if rule.image_type else []
        name = self._named(modality, rule, words)
        tags = _tagged(facts, rule, is_named=bool(name.why))
        for found in (name, tags, _contrast(facts, rule, words), _diffusion(facts, modality, rule)):
            if not found.fits:
                return found
            why += [found.why] if found.why else []
        why += [f"kernel {facts.kernel}"] if facts.kernel else []
        return Fit(True, ", ".join(why))

    def _named(self, modality: ProtocolModality, rule: DicomRule, words: tuple[str, ...]) -> Fit:
        banned = next((word for word in rule.not_words if holds(words, word)), None)
        if banned is not None:
            return Fit(False, f"named {banned}")
        found = next((word for word in words_of_modality(modality) if holds(words, word)), None)
        if found is not None:
            return Fit(True, f"named {found}")
        alone = len(self._protocol.modalities) == 1 and rule is not ANY
        if not rule.words and (rule.given & TELLING or rule.modality in ("CT", "PT") or alone):
            return Fit(True, "")
        if not self._says_anything(words) and rule.given & {"inversion_time_ms", "b_value"}:
            return Fit(True, "")
        return Fit(False, f"not named {modality.name}")

    def _words(self, facts: SeriesFacts) -> tuple[str, ...]:
        """The words of the description, or of the protocol's name where that says nothing."""
        words = pieces(facts.description, self._vocabulary)
        return words if self._says_anything(words) or not facts.protocol else pieces(facts.protocol, self._vocabulary)

    def _says_anything(self, words: tuple[str, ...]) -> bool:
        return any(holds(words, word) for one in self._protocol.modalities for word in words_of_modality(one))

    @property
    def _asked_meanings(self) -> frozenset[str]:
        """What the protocol's own words mean, which is then no reason to leave a series out."""
        names = [word for one in self._protocol.modalities for word in words_of_modality(one)]
        return frozenset(meaning for name in names for meaning in words_of(name).meanings)


def _tagged(facts: SeriesFacts, rule: DicomRule, *, is_named: bool) -> Fit:
    """Echo and inversion time, as far as they are stated; a series without a telling name has to state them."""
    told = []
    for what, ends, value in (
        ("echo time", rule.echo_time_ms, facts.echo_ms),
        ("inversion time", rule.inversion_time_ms, facts.inversion_ms),
    ):
        if ends is None or (value is None and is_named):
            continue
        if value is None:
            return Fit(False, f"{what} not stated")
        if not ends[0] <= value <= ends[1]:
            return Fit(False, f"{what} {value:g} ms, not {ends[0]:g} to {ends[1]:g}")
        told.append(f"{what} {value:g} ms")
    return Fit(True, ", ".join(told))


def _contrast(facts: SeriesFacts, rule: DicomRule, words: tuple[str, ...]) -> Fit:
    if rule.contrast is None:
        return Fit(True, "")
    found, why = with_agent(facts, words)
    return Fit(found == rule.contrast, why)


def _diffusion(facts: SeriesFacts, modality: ProtocolModality, rule: DicomRule) -> Fit:
    """The b-value that is asked for; without one, a diffusion image is no modality that is not called so."""
    if rule.b_value is None:
        told = facts.type_words | facts.named.meanings
        asked = words_of(" ".join(words_of_modality(modality))).meanings
        is_one = bool(facts.b_value) or facts.directional or bool(told & OF_DIFFUSION)
        return Fit(not is_one or bool(asked & OF_DIFFUSION), "a diffusion image or map" if is_one else "")
    if facts.high_b is None:
        return Fit(False, "b-value not stated")
    if not isinstance(rule.b_value, str) and facts.high_b != rule.b_value:
        return Fit(False, f"b = {facts.high_b:g} s/mm2, not {rule.b_value:g}")
    return Fit(True, f"b = {facts.high_b:g} s/mm2")
