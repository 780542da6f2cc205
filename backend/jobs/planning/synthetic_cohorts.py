"""Which synthetic cohort is drawn for a protocol: prostates, brains, chests, or an organ made up from its names."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.errors import BadSettings
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import WindowIntensity

if TYPE_CHECKING:
    from backend.science.synthetic.made_up import Organ
    from backend.science.synthetic.organ_cohorts import Outcome

Grid = tuple[float, float, float]
Size = tuple[int, int, int]
BRAIN, CHEST = "brain-glioma-mri", "lung-ct"
LAYOUTS = {BRAIN: "bids"}
"""Layouts in which cohorts of other organs are written; a manifest unless named here."""
USUAL = (0.0, 1000.0)
STORED = 32000.0
"""Values of images are stored with 16 bits."""


def check_drawable(protocol: Protocol) -> None:
    """Raises BadSettings for a protocol that names nothing to draw."""
    if protocol.open:
        raise BadSettings(
            f"The protocol {protocol.name} names no modality, so no cohort can be drawn for it; choose {BRAIN} or "
            f"{CHEST}, or list the modalities and regions in a file of your own."
        )


def check_enlargement(protocol: Protocol, enlarged: float) -> None:
    """Raises BadSettings where findings cannot be drawn larger than in life."""
    if enlarged != 1 and not protocol.is_prostate:
        raise BadSettings(
            "Only the findings of drawn prostates can be enlarged; leave the enlargement of findings out."
        )


def layout_of(protocol: Protocol) -> str:
    """The layout in which a cohort of the protocol is written."""
    return "picai" if protocol.is_prostate else LAYOUTS.get(protocol.name, "manifest")


def draw(
    directory: Path,
    protocol: Protocol,
    cases: int,
    seed: int,
    spacing: Grid | None,
    size: Size | None,
    progress: Callable[[int, int, str], None] | None,
    enlarged: float = 1.0,
) -> list[dict[str, Any]]:
    """Write a cohort into a new folder; gives the rows of its clinical.csv. Raises BadSettings or Conflict."""
    check_drawable(protocol)
    check_enlargement(protocol, enlarged)
    if protocol.is_prostate:
        from backend.science.synthetic.cohort import write_cohort

        return list(write_cohort(directory, cases, seed, None, spacing, size, progress, enlarged))
    from backend.science.synthetic import organ_cohorts

    asked = organ_cohorts.Asked(cases, seed, spacing, size, progress)
    if protocol.name == BRAIN:
        return list(organ_cohorts.write_brains(directory, asked))
    if protocol.name == CHEST:
        return list(organ_cohorts.write_chests(directory, asked))
    return list(organ_cohorts.write_made_up(directory, asked, _organ(protocol), _outcomes(protocol)))


def _organ(protocol: Protocol) -> "Organ":
    from backend.science.synthetic.made_up import Organ, Part, grid_of

    z, y, x = protocol.grid.size_zyx
    spacing, size = grid_of(protocol.grid.spacing_mm, (x, y, z))
    parts = [Part(one.name, tuple(sorted(one.codes)), one.volume_column) for one in protocol.regions]
    return Organ({one.name: _range(protocol, one.name) for one in protocol.modalities}, parts, spacing, size)


def _range(protocol: Protocol, modality: str) -> tuple[float, float]:
    """Lowest and highest value of a modality: those of its window, or of what an encoder sees."""
    window = next(one.window for one in protocol.modalities if one.name == modality)
    intensity = protocol.intensity.get(modality)
    if window == "auto":
        window = intensity.window if isinstance(intensity, WindowIntensity) else USUAL
    low, high = (min(max(end, -STORED), STORED) for end in window)
    return (low, high) if low < high else USUAL


def _outcomes(protocol: Protocol) -> list["Outcome"]:
    from backend.science.synthetic.organ_cohorts import Outcome

    return [
        Outcome(one.kind, one.columns or (one.column or "",), one.classes)
        for one in protocol.targets
        if one.kind != "mask"
    ]
