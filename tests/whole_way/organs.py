"""The organs that go the whole way in tests: their protocol, a coarse grid, the region, and the targets to learn."""

from dataclasses import dataclass
from typing import Any

from shared import schemas as s

GRID: dict[str, Any] = {"spacing_xyz_mm": (4, 4, 5), "size_xyz": (24, 24, 16)}
SEEN = s.EncoderInput(size_zyx=(16, 16, 16), spacing_zyx_mm=(6.0, 6.0, 6.0))
LIVER = s.Protocol.model_validate(
    {
        "name": "liver-mri",
        "modalities": [{"name": "HBP", "required": True, "reference": True}, {"name": "ART-late", "unit": "a.u."}],
        "regions": [
            {"name": "tumor", "required": True, "volume_column": "tumor_volume"},
            {"name": "segments", "kind": "labels", "codes": {1: "left", 2: "right"}},
        ],
        "targets": [
            {"name": "response", "kind": "class", "column": "Response", "classes": ["no", "yes"]},
            {"name": "score", "kind": "number", "column": "score"},
        ],
        "grid": {"spacing_mm": [2, 2, 3], "size_zyx": [32, 48, 48]},
        "intensity": {"HBP": "z-score nonzero", "ART-late": {"percentile": [1, 99]}},
    }
)
"""A protocol that nothing in the program names."""
SIX = s.Protocol.model_validate(
    {
        "name": "six-channels",
        "modalities": [
            {"name": f"M{n}", "required": n < 3, "reference": n == 1, "window": [0, 1000]} for n in range(6)
        ],
        "regions": [{"name": "spot", "required": True}],
        "targets": [
            {"name": "stage", "kind": "ordinal", "column": "stage", "classes": ["I", "II", "III"]},
            {"name": "spot_seg", "kind": "mask", "region": "spot", "modalities": ["M1", "M4"]},
        ],
        "grid": {"spacing_mm": [3, 3, 3], "size_zyx": [24, 32, 32]},
        "intensity": {"M0": "min-max", "M1": {"window": [0, 900]}, "M2": "z-score", "M3": "none"},
    }
)
"""Six modalities, three of which may be missing."""


@dataclass(frozen=True)
class Organ:
    """What is asked of one cohort."""

    protocol: str | s.Protocol
    roi: str
    modalities: tuple[str, ...]
    masks: tuple[str, ...]
    targets: tuple[str, ...]

    @property
    def name(self) -> str:
        """The protocol's name."""
        return self.protocol if isinstance(self.protocol, str) else self.protocol.name


ORGANS = (
    Organ("brain-glioma-mri", "tumor", ("T1ce", "FLAIR", "T1", "T2"), ("tumor",), ("idh", "survival", "tumor_seg")),
    Organ("lung-ct", "nodule", ("CT",), ("nodule", "lung"), ("malignant", "survival")),
    Organ(LIVER, "tumor", ("HBP", "ART-late"), ("tumor", "segments"), ("response", "score")),
    Organ(SIX, "spot", tuple(f"M{n}" for n in range(6)), ("spot",), ("stage", "spot_seg")),
)
