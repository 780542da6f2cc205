"""An encoder in the words of a share link: architecture, weights, epoch and what is unusual of its input."""

from backend.models import Encoder
from backend.science.text_format import words_only
from shared.encoder_input_words import unusual
from shared.schemas import EncoderInput


def encoder_words(encoder: Encoder) -> str:
    """`convnextv2-tiny 1a2b3c4d, epoch 3, axes as stored`."""
    words = [f"{words_only(encoder.arch)} {encoder.sha256[:8]}"]
    words += [] if encoder.epoch is None or encoder.stage == "pre" else [f"epoch {encoder.epoch}"]
    given = encoder.settings.get("input")
    return ", ".join(words + ([] if given is None else unusual(EncoderInput.model_validate(given))))
