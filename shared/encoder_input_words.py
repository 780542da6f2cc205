"""The input of an encoder in words, for lists of encoders, provenance and notes."""

from collections.abc import Mapping
from typing import Any

from shared.schemas import EncoderInput


def unusual(given: EncoderInput) -> list[str]:
    """What differs from ProFound's input as we prepare it: axes of the file, a threshold of zero."""
    words = ["axes as stored"] if given.orientation == "as_stored" else []
    return words + ([f"zero below {given.zero_below:g} of the usual maximum"] if given.zero_below else [])


def described(given: EncoderInput, *, zeros: bool = True) -> str:
    """The whole input: `64 x 224 x 224 voxels (z, y, x) of 1 x 0.5 x 0.5 mm, axes LPS, only 0 is zero`.

    `zeros`: whether an intensity asks for what counts as zero.
    """
    size = " x ".join(map(str, given.size_zyx))
    spacing = " x ".join(f"{mm:g}" for mm in given.spacing_zyx_mm)
    axes = "as stored" if given.orientation == "as_stored" else "LPS"
    zero = f"zero below {given.zero_below:g} of the usual maximum" if given.zero_below else "only 0 is zero"
    words = [f"{size} voxels (z, y, x) of {spacing} mm", f"axes {axes}", *([zero] if zeros else [])]
    return ", ".join([*words, *(given.modalities or ())])


def scaled(intensity: str | Mapping[str, Any]) -> str:
    """An intensity of a protocol as it is recorded, in words: `-1000 to 400 become 0 to 1`."""
    if isinstance(intensity, str):
        return "as it is" if intensity == "none" else intensity
    (rule, (low, high)), *_ = intensity.items()
    ends = f"{low:g} to {high:g}" if rule == "window" else f"percentiles {low:g} to {high:g}"
    return f"{ends} become 0 to 1"


def difference(before: EncoderInput, after: EncoderInput) -> list[str]:
    """A caution where two encoders that are compared do not see the same input; empty where they do."""
    if before == after:
        return []
    whole = {"crop": "its centre", "sliding": "all of it"}
    words = [f"{described(one)}, {whole[one.coverage]}" for one in (before, after)]
    return [
        f"Its input is not that of the encoder before fine-tuning ({words[1]}; before: {words[0]}); part of any change "
        "between the two is that of the input."
    ]
