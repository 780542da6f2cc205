"""What a series is: an axial T2, a diffusion image, an ADC map, or nothing that is taken, with the reason.

ImageType speaks first, then the b-value, the direction of diffusion, echo time and geometry, then the description. The
protocol's name counts only where none of these tells.
"""

from dataclasses import dataclass
from typing import Literal

from backend.ingest.dicom.series_facts import SeriesFacts

Role = Literal["T2", "DWI", "ADC", ""]
T2_ECHO_MS = 70.0  # spin echo images beyond it are T2 weighted
SHORT_ECHO_MS = 30.0  # and below it T1 or proton density weighted
PICTURES = {
    "capture": "a screen capture",
    "localizer": "a localizer",
    "colour": "a colour picture or fusion, no measured image",
    "projection": "a projection (MIP)",
    "reformat": "a reformat of another series",
    "subtraction": "a subtraction",
    "drawing": "a mask or drawing",
}
NO_MAPS = {
    "not_a_map": "a ratio, fit, error or model map",
    "statistic": "a map of an error or another statistic",
    "exponential": "an exponential map, no ADC",
}
NO_T2 = {
    "star": "T2* weighted",
    "t1": "T1 weighted",
    "proton": "proton density weighted",
    "map": "a map",
    "other": "another kind of examination",
    "computed": "a computed image",
    "not_a_map": NO_MAPS["not_a_map"],
}
DIFFUSION = {"trace", "diffusion", "b"}


@dataclass(frozen=True)
class Kind:
    """What a series is taken for, or nothing, and why."""

    role: Role
    why: str


def kind_of(facts: SeriesFacts) -> Kind:
    """The kind of a series; the protocol's name is asked where type, tags and description do not tell."""
    kind = _kind(facts, facts.named.meanings, "named")
    if not kind.role and not facts.named.meanings and facts.protocol:
        by_protocol = _kind(facts, facts.protocol_named.meanings, "by its protocol's name")
        if by_protocol.role or facts.protocol_named.meanings:
            return by_protocol
    return kind


def _kind(facts: SeriesFacts, words: frozenset[str], named: str) -> Kind:
    stated = facts.type_words
    for meaning, why in PICTURES.items():
        if meaning in stated | words:
            return Kind("", why)
    if facts.phases:
        return Kind("", "a phase, real or imaginary image")
    if facts.capture:
        return Kind("", "a secondary capture")
    told = _by_type(stated, words) or _by_b_value(facts, words) or _by_name(stated, words, named)
    return told or _t2(facts, words, named)


def _by_type(stated: frozenset[str], words: frozenset[str]) -> Kind | None:
    """By ImageType; a name that says exponential, ratio, fit or error still excludes a map."""
    both = stated | words
    of_diffusion = both & {"adc", "trace", "diffusion", "b", "tensor"}
    for meaning, why in NO_MAPS.items():
        if meaning in both and (of_diffusion or not both & {"t2", "turbo"}):
            return Kind("", why)
    if "tensor" in stated:
        return Kind("", "a map of anisotropy or of the tensor")
    if "adc" in stated:
        return Kind("ADC", "an ADC map by ImageType")
    if "trace" in stated or {"computed", "diffusion"} <= stated:
        return Kind("DWI", "diffusion by ImageType")
    return None


def _by_b_value(facts: SeriesFacts, words: frozenset[str]) -> Kind | None:
    """By tags of diffusion: what a scanner acquired with them is no map, whatever its protocol is called."""
    told = facts.b_value is not None or facts.directional or facts.isotropic
    plain = facts.b_value != 0 or facts.directional or facts.isotropic or bool(words & DIFFUSION)
    if not (told and plain) or (not facts.is_original and words & {"adc", "tensor"}):
        return None
    return Kind("DWI", "diffusion by its b-value" if facts.b_value is not None else "diffusion by its direction")


def _by_name(stated: frozenset[str], words: frozenset[str], named: str) -> Kind | None:
    """By the description's words."""
    if "tensor" in words and (words | stated) & {"diffusion", "adc", "trace", "b"}:
        return Kind("", "a map of anisotropy or of the tensor")
    if "adc" in words:
        if "trace" in words or {"computed", "diffusion"} <= words:
            return Kind("", "named both ADC and a diffusion image, and no tag tells which")
        return Kind("ADC", f"an ADC map, {named} so")
    if words & DIFFUSION or "diffusion" in stated:
        if words & {"b"} and "t2" in words and not words & {"diffusion", "trace"}:
            return Kind("", "named both T2 and a b-value, and no tag tells which")
        return Kind("DWI", f"diffusion, {named} so" if words & DIFFUSION else "diffusion by ImageType")
    return Kind("", "a map of anisotropy") if "tensor" in words and "t2" not in words else None


def _t2(facts: SeriesFacts, words: frozenset[str], named: str) -> Kind:
    """An axial T2, or why it is none."""
    stated, echo = facts.type_words, facts.spin_echo_ms
    for meaning, why in NO_T2.items():
        if meaning in stated | words:
            return Kind("", why)
    long_echo = echo is not None and echo >= T2_ECHO_MS
    is_named = "t2" in stated | words
    if "dynamic" in stated | words and not (long_echo and is_named):
        return Kind("", "dynamic or perfusion")
    if facts.echo in ("gradient", "planar"):
        return Kind("", f"{'a gradient' if facts.echo == 'gradient' else 'an echo planar'} image, no T2")
    if echo is not None and echo < SHORT_ECHO_MS:
        return Kind("", f"a spin echo with an echo time of {echo:g} ms, too short for T2")
    if not (is_named or long_echo):
        return Kind("", f"{_plane(facts)}, but neither named T2 nor a spin echo with an echo time of T2")
    if not facts.axial:
        return Kind("", f"T2, but {_plane(facts)}; an axial one is taken")
    if facts.is_processed:
        return Kind("", "T2, but derived from another series (ImageType DERIVED, SECONDARY)")
    if is_named:
        return Kind("T2", f"{'T2 by ImageType' if 't2' in stated else f'{named} T2'}, axial")
    return Kind("T2", f"spin echo with an echo time of {echo:g} ms, axial")


def _plane(facts: SeriesFacts) -> str:
    return facts.orientation or ("axial" if facts.axial else "not axial")
