"""The input that an encoder from elsewhere says it takes, and its pooling, as a request's fields."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend.errors import BadSettings
from backend.models import Encoder
from shared.encoder_facts import facts_of, no_stages, segments, stages_of
from shared.schemas import EncoderInput

if TYPE_CHECKING:
    from backend.science.encoders.encoder_kinds import InputFacts, Pooling

USUAL = EncoderInput()


def pooling_of(given: EncoderInput) -> "Pooling":
    """How slices and modalities become one embedding."""
    from backend.science.encoders.encoder_kinds import Pooling  # torch

    return Pooling(given.slice_pool, given.modality_pool)


def with_own(given: EncoderInput, facts: "InputFacts", arch: str) -> EncoderInput:
    """The input with the size and spacing that the encoder brings. Raises BadSettings where the request says others."""
    changed = {}
    for name, own in (("size_zyx", facts.size_zyx), ("spacing_zyx_mm", facts.spacing_zyx_mm)):
        asked = getattr(given, name)
        if own is None or asked == own:
            continue
        if asked != getattr(USUAL, name):
            what, option = ("voxels", "--size") if name == "size_zyx" else ("mm", "--spacing")
            sides, others = (" x ".join(f"{side:g}" for side in each) for each in (own, asked))
            raise BadSettings(f"The encoder {arch} takes {sides} {what}, not {others}; leave {option} out.")
        changed[name] = own
    return given.model_copy(update=changed)


def check_stages(encoders: Sequence[Encoder]) -> int:
    """The number of stages of both encoders. Raises BadSettings where one has none, or they are not as many."""
    for encoder in encoders:
        if not stages_of(encoder.settings):
            raise BadSettings(no_stages(encoder.name))
    numbers = sorted({stages_of(encoder.settings) for encoder in encoders})
    if len(numbers) > 1:
        raise BadSettings(f"One encoder has {numbers[0]} stages and the other {numbers[1]}; they cannot be compared.")
    return numbers[0]


def check_learnable(parent: Encoder, task: str) -> None:
    """Raise BadSettings where the encoder cannot be fine-tuned for the task."""
    facts = facts_of(parent.settings)
    if task == "lesion_seg" and not segments(parent.settings):
        raise BadSettings(
            f"The encoder {parent.name} has no stage maps of a volume, which segmentation needs; choose a task on the "
            "embedding (pirads, volume), or another encoder."
        )
    if task == "lesion_seg" and facts.get("prepare"):
        raise BadSettings(
            f"The encoder {parent.name} cuts its own input, so it is not known where in it a lesion mask lies; choose "
            "a task on the embedding (pirads), or another encoder."
        )
    if task == "volume" and (facts.get("modalities") or facts.get("prepare")):
        raise BadSettings(
            f"The volume task sees T2 alone, which cannot be made of the own input of the encoder {parent.name}; "
            "choose another task."
        )
