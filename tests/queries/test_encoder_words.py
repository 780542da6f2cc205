"""The input of an encoder in the words of provenance: the unusual is named in a share, all of it on the Overview."""

from backend.models import Encoder
from backend.queries.encoder_words import encoder_words
from shared import schemas as s
from shared.encoder_input_words import described

UNUSUAL = s.EncoderInput(orientation="as_stored", zero_below=1e-5)


def encoder(given: s.EncoderInput | None, stage: str = "ft") -> Encoder:
    settings = {} if given is None else {"input": given.model_dump(mode="json")}
    return Encoder(arch="convnextv2-tiny", sha256="1a2b3c4d5e", stage=stage, epoch=3, settings=settings)


def test_a_share_names_what_is_unusual_of_the_input() -> None:
    assert encoder_words(encoder(None)) == "convnextv2-tiny 1a2b3c4d, epoch 3"
    assert encoder_words(encoder(s.EncoderInput(), "pre")) == "convnextv2-tiny 1a2b3c4d"
    expected = "convnextv2-tiny 1a2b3c4d, epoch 3, axes as stored, zero below 1e-05 of the usual maximum"
    assert encoder_words(encoder(UNUSUAL)) == expected


def test_the_overview_describes_all_of_it() -> None:
    size = "64 x 224 x 224 voxels (z, y, x) of 1 x 0.5 x 0.5 mm"
    assert described(s.EncoderInput()) == f"{size}, axes LPS, only 0 is zero"
    assert described(UNUSUAL) == f"{size}, axes as stored, zero below 1e-05 of the usual maximum"
