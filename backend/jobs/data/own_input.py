"""The input that an encoder from elsewhere says it takes, and its pooling, as a request's fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.errors import BadSettings
from backend.jobs.data.channels import channels_of
from backend.models import Encoder
from backend.storage.seen_images import own_grid
from shared.encoder_facts import no_stages, stages_of
from shared.schemas import EncoderInput
from shared.schemas.protocol import Protocol

if TYPE_CHECKING:
    from backend.science.encoders.base import Encoder as LoadedNetwork
    from backend.science.encoders.encoder_kinds import InputFacts, Pooling

HOW_CHOSEN = "(input.modalities, --modalities A,B)"


def pooling_of(given: EncoderInput) -> "Pooling":
    """How slices and modalities become one embedding."""
    from backend.science.encoders.encoder_kinds import Pooling  # torch

    return Pooling(given.slice_pool, given.modality_pool)


@dataclass(frozen=True)
class View:
    """What an import has to make the input of an encoder of: the protocol, and whether modalities were asked for."""

    protocol: Protocol
    told: bool

    def of(self, given: EncoderInput, encoder: "LoadedNetwork", arch: str) -> EncoderInput:
        """The input with the size, spacing and modalities that the encoder's own code brings. Raises BadSettings."""
        return self._modalities(self._grid(given, encoder.facts, arch), encoder.facts, arch)

    def _grid(self, given: EncoderInput, facts: "InputFacts", arch: str) -> EncoderInput:
        changed = {}
        for name, own in (("size_zyx", facts.size_zyx), ("spacing_zyx_mm", facts.spacing_zyx_mm)):
            asked = getattr(given, name)
            if own is None or asked == own:
                continue
            if asked != own_grid(self.protocol)[name]:
                what, option = ("voxels", "--size") if name == "size_zyx" else ("mm", "--spacing")
                sides, others = (" x ".join(f"{side:g}" for side in each) for each in (own, asked))
                raise BadSettings(f"The encoder {arch} takes {sides} {what}, not {others}; leave {option} out.")
            changed[name] = own
        return given.model_copy(update=changed)

    def _modalities(self, given: EncoderInput, facts: "InputFacts", arch: str) -> EncoderInput:
        if facts.preparation is not None:
            if self.told:
                raise BadSettings(f"The encoder {arch} makes its input of a case itself; leave modalities out.")
            return given.model_copy(update={"modalities": None})
        if not facts.modalities:
            return given
        if self.told:
            channels = channels_of(given, None, self.protocol)
            if len(channels) != len(facts.modalities) and not facts.one_channel:
                raise BadSettings(misfit(arch, len(facts.modalities), channels))
            return given
        unknown = [name for name in facts.modalities if name not in self.protocol.modality_names]
        if unknown:
            raise BadSettings(
                f"The encoder {arch} sees {', '.join(facts.modalities)}, and the protocol {self.protocol.name} has "
                f"{', '.join(self.protocol.modality_names)}; say which stand for them, in their order {HOW_CHOSEN}."
            )
        own = None if self.protocol.is_prostate else facts.modalities  # its record is that of earlier versions
        return given.model_copy(update={"modalities": own})


def misfit(arch: str, takes: int, channels: Sequence[str]) -> str:
    """Why weights of so many channels cannot see these modalities, and what to do."""
    counted = "1 channel" if takes == 1 else f"{takes} channels"
    there = f"{len(channels)} {'modality' if len(channels) == 1 else 'modalities'} ({', '.join(channels)})"
    return (
        f"The weights of {arch} take {counted}, and the input has {there}; choose {takes}, one of them several times "
        f"if need be {HOW_CHOSEN}."
    )


def check_stages(encoders: Sequence[Encoder]) -> int:
    """The number of stages of both encoders. Raises BadSettings where one has none, or they are not as many."""
    for encoder in encoders:
        if not stages_of(encoder.settings):
            raise BadSettings(no_stages(encoder.name))
    numbers = sorted({stages_of(encoder.settings) for encoder in encoders})
    if len(numbers) > 1:
        raise BadSettings(f"One encoder has {numbers[0]} stages and the other {numbers[1]}; they cannot be compared.")
    return numbers[0]
