"""The channels of an encoder's input: which modalities of a cohort it sees, in which order, and for which target."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend.errors import BadSettings
from backend.models import Case
from backend.science.imaging.intensity import Intensity
from backend.storage.cohort_protocol import check_modality
from backend.storage.seen_images import declared
from shared.schemas import EncoderInput
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import PercentileIntensity, WindowIntensity

if TYPE_CHECKING:
    from backend.science.encoders.encoder_kinds import InputFacts


def with_modalities(given: EncoderInput, protocol: Protocol, cases: Sequence[Case]) -> EncoderInput:
    """The input with its modalities named: those asked for, else all that every case has.

    An input of the prostate that names none, or its three, names none. Raises UnknownName for a modality that the
    protocol does not have, BadSettings for one that no case has, or a setting that means nothing for them.
    """
    for name in given.modalities or ():
        check_modality(protocol, name)
    if protocol.is_prostate and given.modalities in (None, protocol.modality_names):
        return given.model_copy(update={"modalities": None})
    found = given.modalities or _shared(protocol, cases)
    absent = [name for name in found if cases and not any(has(case, name) for case in cases)]
    if absent:
        raise BadSettings(f"No accepted study has a {absent[0]} image; choose the modalities that there are.")
    if given.zero_below and not any(rule.rule == "z-score nonzero" for rule in intensities(protocol, found).values()):
        raise BadSettings(
            f"Values that count as zero matter to the intensity z-score nonzero, which {', '.join(found)} of the "
            f"protocol {protocol.name} do not have; leave zero_below out."
        )
    return given.model_copy(update={"modalities": tuple(found)})


def _shared(protocol: Protocol, cases: Sequence[Case]) -> tuple[str, ...]:
    """Modalities that every case has; without cases those that the protocol requires."""
    if not cases:
        return protocol.required_modalities
    return tuple(name for name in protocol.modality_names if all(has(case, name) for case in cases))


def has(case: Case, modality: str) -> bool:
    """Whether the case has an image of the modality."""
    return any(volume.kind == modality for volume in case.volumes)


def channels_of(given: EncoderInput, facts: "InputFacts | None", protocol: Protocol) -> tuple[str, ...]:
    """Modality of every channel: as the input names them, else the encoder's own code, else all of the protocol."""
    return given.modalities or (facts.modalities if facts is not None else ()) or protocol.modality_names


def with_images(cases: Sequence[Case], channels: Sequence[str]) -> tuple[list[Case], list[str]]:
    """The cases that have every channel's image, and a sentence on each of the others."""
    kept, sentences = [], []
    for case in cases:
        missing = [name for name in dict.fromkeys(channels) if not has(case, name)]
        if missing:
            sentences.append(f"Study {case.study_id} is left out: it has no {' and no '.join(missing)} image.")
        else:
            kept.append(case)
    return kept, sentences


def target_channels(
    protocol: Protocol, task: str | None, channels: Sequence[str], *, own: bool = False
) -> tuple[int, ...] | None:
    """Positions of the channels that a target is learnt from; None = all.

    Raises BadSettings where there are none, or the encoder makes its input itself (`own`).
    """
    target = None if task is None else protocol.target(task)
    if target is None or not target.modalities:
        return None
    wanted = ", ".join(target.modalities)
    if own:
        raise BadSettings(
            f"The target {target.name} sees {wanted} alone, which cannot be made of the own input of this encoder; "
            "choose another target."
        )
    kept = tuple(at for at, modality in enumerate(channels) if modality in target.modalities)
    if not kept:
        raise BadSettings(
            f"The target {target.name} is learnt from {wanted}, and this encoder sees {', '.join(channels)}; choose "
            "another target or encoder."
        )
    return None if len(kept) == len(channels) else kept


def intensities(protocol: Protocol, modalities: Sequence[str]) -> dict[str, Intensity]:
    """The rule of each modality."""
    return {name: _rule(protocol, name) for name in modalities}


def _rule(protocol: Protocol, modality: str) -> Intensity:
    found = protocol.intensity.get(modality)
    if isinstance(found, WindowIntensity):
        return Intensity("window", found.window)
    if isinstance(found, PercentileIntensity):
        return Intensity("percentile", found.percentile)
    return Intensity(declared(protocol, modality))
