"""An encoder in the words of a share link: architecture, weights, epoch and what is unusual of its input."""

from backend.models import Encoder
from backend.science.text_format import words_only
from shared.encoder_facts import unusual_words


def encoder_words(encoder: Encoder) -> str:
    """`convnextv2-tiny 1a2b3c4d, epoch 3, axes as stored`."""
    words = [f"{words_only(encoder.arch)} {encoder.sha256[:8]}"]
    words += [] if encoder.epoch is None or encoder.stage == "pre" else [f"epoch {encoder.epoch}"]
    return ", ".join(words + unusual_words(encoder.settings))
