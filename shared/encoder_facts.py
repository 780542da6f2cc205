"""What an encoder's record says of one that differs from ProFound's: its stages, slices, channels and preprocessing.

The record is `settings["facts"]` of an encoder; it is not there for an encoder that differs in nothing.
"""

from collections.abc import Mapping
from typing import Any

from shared.encoder_input_words import described, scaled, unusual
from shared.schemas import EncoderInput

USUAL_STAGES = 4
USUAL_INTENSITY = "z-score nonzero"
OVER_SLICES = {"mean": "the mean", "max": "the maximum"}
OF_MODALITIES = {"concatenate": "side by side", "average": "averaged"}


def facts_of(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts in an encoder's settings; empty for an encoder like ProFound's."""
    found: Mapping[str, Any] = settings.get("facts", {})
    return found


def stages_of(settings: Mapping[str, Any]) -> int:
    """How many stages the encoder has; 0 = the pooled embedding alone."""
    return int(facts_of(settings).get("stages", USUAL_STAGES))


def segments(settings: Mapping[str, Any]) -> bool:
    """Whether a segmenter can be built on the encoder's stages."""
    return bool(facts_of(settings).get("segments", True))


def no_stages(name: str) -> str:
    """Why there is nothing to show along the stages of an encoder."""
    return f"The encoder {name} has no stages, only the pooled embedding, so nothing can be followed along its stages."


def fact_words(settings: Mapping[str, Any]) -> list[str]:
    """What differs from ProFound's way of seeing a case, in words: `2-D by slice, the mean over slices`."""
    facts, given = facts_of(settings), settings.get("input") or {}
    words = []
    if facts.get("slice_wise"):
        words.append(f"2-D by slice, {OVER_SLICES[given.get('slice_pool', 'mean')]} over slices")
    if facts.get("one_channel"):
        words.append(f"each modality alone, {OF_MODALITIES[given.get('modality_pool', 'concatenate')]}")
    if modalities := given.get("modalities") or facts.get("modalities"):
        words.append(f"sees {', '.join(modalities)}")
    words += intensity_words(settings)
    if facts.get("prepare"):
        words.append(f"its own preprocessing, version {facts['prepare']}")
    if "stages" in facts:
        words.append(f"{facts['stages']} stages" if facts["stages"] else "no stages")
    return words


def intensity_words(settings: Mapping[str, Any]) -> list[str]:
    """The intensities of another protocol than the prostate's, where they are not the usual z-score."""
    found = (settings.get("seen") or {}).get("intensity", {})
    return [f"{name}: {scaled(how)}" for name, how in found.items() if how != USUAL_INTENSITY]


def unusual_words(settings: Mapping[str, Any]) -> list[str]:
    """What of an encoder's way of seeing a case is unusual; nothing for imported embeddings."""
    given = settings.get("input")
    return [] if given is None else [*unusual(EncoderInput.model_validate(given)), *fact_words(settings)]


def seen_words(settings: Mapping[str, Any]) -> str | None:
    """What the encoder sees of a case, in words; None for imported embeddings."""
    given = settings.get("input")
    if given is None:
        return None
    window = EncoderInput.model_validate(given).model_copy(update={"modalities": None})  # the facts name them
    intensities = (settings.get("seen") or {}).get("intensity", {"": USUAL_INTENSITY}).values()
    return ", ".join([described(window, zeros=USUAL_INTENSITY in intensities), *fact_words(settings)])
