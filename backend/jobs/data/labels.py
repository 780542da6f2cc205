"""The cases that a fine-tuning learns from: those with a value of its target, and what of them is part of its key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.jobs.data.case_targets import case_value, region_of
from backend.jobs.data.channels import with_images
from backend.models import Case
from backend.science.tables.target_counts import TargetCounts
from backend.science.tables.target_values import NoValue, Value
from backend.storage.cache_keys import cases_key
from backend.storage.cohort_protocol import check_target
from shared.protocol_words import target_words
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

GLAND = "gland"
"""The prostate's: the window of an encoder may be laid around it, so it is part of every key."""


@dataclass(frozen=True)
class Labels:
    """Cases with the value of each.

    Attributes:
        protocol: of their cohort.
        target: what is learnt.
        cases: those with a value and with every image that is seen.
        values: of these cases; of a mask the volume of its region in mL.
        counts: of all cases that were looked at.
        left_out: a sentence on each case that lacks an image.
    """

    protocol: Protocol
    target: ProtocolTarget
    cases: tuple[Case, ...]
    values: tuple[Value, ...]
    counts: TargetCounts
    left_out: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What sentences call the target."""
        return target_words(self.protocol, self.target.name)

    @property
    def cautions(self) -> list[str]:
        """Sentences on studies that are not learnt from though somebody meant them to be."""
        return [*self.counts.sentences(self.words), *self.left_out]

    def key_parts(self, sides: Mapping[str, str]) -> dict[str, Any]:
        """What a training's key has of images, labels and split; of the prostate the parts of earlier versions."""
        region = region_of(self.protocol, self.target)
        masks = (GLAND,) if region is None else (GLAND, region.name)
        parts: dict[str, Any] = {
            "cases": cases_key(self.cases, masks, self.protocol.modality_names),
            "split": {case.study_id: sides[case.study_id] for case in self.cases},
        }
        if self.protocol.is_prostate:
            return parts | {"labels": {case.study_id: [case.pirads, case.gland_ml] for case in self.cases}}
        labels = {case.study_id: value for case, value in zip(self.cases, self.values, strict=True)}
        return parts | {"labels": labels, "target": self.target.model_dump(mode="json", exclude={"label"})}

    def of_side(self, sides: Mapping[str, str], side: str) -> list[Value]:
        """The values of the cases on one side of the split."""
        return [value for case, value in zip(self.cases, self.values, strict=True) if sides[case.study_id] == side]


def labels_of(protocol: Protocol, task: str, cases: Sequence[Case], channels: Sequence[str]) -> Labels:
    """The cases that have a value of a target and an image of every channel. Raises UnknownName for another target.

    Images that the protocol requires are there: without them a study is not accepted.
    """
    check_target(protocol, task)
    target = next(one for one in protocol.targets if one.name == task)
    optional = [name for name in channels if name not in protocol.required_modalities]
    seen, left_out = with_images(cases, optional)
    found = [case_value(protocol, target, case) for case in seen]
    known = [(case, value) for case, value in zip(seen, found, strict=True) if not isinstance(value, NoValue)]
    return Labels(
        protocol=protocol,
        target=target,
        cases=tuple(case for case, _ in known),
        values=tuple(value for _, value in known),
        counts=TargetCounts.of(found),
        left_out=tuple(left_out),
    )
