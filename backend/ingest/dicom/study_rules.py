"""How a DICOM study is read under a protocol: which series, which masks, and on which image's grid."""

from collections.abc import Mapping, Sequence

from backend.errors import Refusal
from backend.ingest.dicom.protocol_series import choose_by_protocol
from backend.ingest.dicom.seg_grid import Lattice
from backend.ingest.dicom.seg_masks import masks
from backend.ingest.dicom.seg_placing import DRAWN, Drawings
from backend.ingest.dicom.seg_protocol import masks_of_protocol
from backend.ingest.dicom.seg_references import Instance, Point
from backend.ingest.dicom.series import choose_series
from backend.ingest.dicom.series_choice import Chosen
from backend.ingest.dicom.stacks import Stacks
from backend.ingest.dicom.volume import Volume
from shared.schemas.protocol import Protocol

OF_PROSTATE = ("T2", "ADC", "DWI")
"""In the order in which masks are looked for on their grids."""


class StudyRules:
    """The rules of the prostate, or of another protocol."""

    def __init__(self, protocol: Protocol | None) -> None:
        self._protocol = protocol
        self.reference = protocol.reference if protocol else OF_PROSTATE[0]
        others = [name for name in protocol.modality_names if name != self.reference] if protocol else OF_PROSTATE[1:]
        self.modalities: tuple[str, ...] = (self.reference, *others)
        self.required = protocol.required_modalities if protocol else OF_PROSTATE

    def choose(self, stacks: Stacks, named: Mapping[str, str] | None = None, drawn: Drawings | None = None) -> Chosen:
        """The series of each modality. Raises Rejection where a named one does not exist."""
        if self._protocol is None:
            return choose_series(stacks.facts, named)
        sources = drawn.sources if drawn else frozenset()
        drawn_on = [at for at, stack in enumerate(stacks.slices) if any(one.instance_uid in sources for one in stack)]
        return choose_by_protocol(stacks.facts, self._protocol, named, frozenset(drawn_on))

    def masks(
        self, drawn: Drawings, grids: Sequence[Lattice], places: Mapping[Instance, Point]
    ) -> tuple[dict[str, Volume | Refusal], dict[str, str]]:
        """The masks that objects of the study draw, and notes by code."""
        if self._protocol is None:
            return masks(drawn, grids, places)
        return masks_of_protocol(drawn, grids, places, self._protocol)

    def needed(self, drawn: dict[str, Volume | Refusal]) -> tuple[dict[str, Volume | Refusal], dict[str, str]]:
        """The masks without those that cannot be used and that the study need not have; a finding on these."""
        if self._protocol is None:
            return drawn, {}
        optional = [DRAWN + region.name for region in self._protocol.regions if not region.required]
        faults = [mask.sentence for name in optional if isinstance(mask := drawn.get(name), Refusal)]
        kept = {name: mask for name, mask in drawn.items() if name not in optional or isinstance(mask, Volume)}
        return kept, {"mask_left_out": " ".join(faults)} if faults else {}

    def left_out(self, decided: Chosen) -> dict[str, str]:
        """A finding on modalities that the study need not have and that several series fit."""
        tied = [why for name, why in decided.undecided.items() if name in decided.tied and name not in self.required]
        return {"series_left_out": " ".join(tied)} if tied else {}
