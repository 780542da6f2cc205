"""How cases are embedded, and what was really done: names and settings that need no torch."""

from dataclasses import dataclass, field
from typing import Literal

from backend.errors import BadSettings
from backend.science.imaging.sliding_window import Triple

Layer = Literal["pooled", "stage1", "stage2", "stage3", "stage4"]
LAYERS: tuple[Layer, ...] = ("stage1", "stage2", "stage3", "stage4", "pooled")
Precision = Literal["float32", "bf16"]
PrecisionChoice = Literal["auto", "float32", "bf16"]

CHECKED_CASES = 4
TOLERANCE = 0.05
"""Largest |bf16 - float32| / |float32| (L2 norms of one case's layer) that is let through; a bf16 number has 8 bits."""


@dataclass(frozen=True)
class EmbedSettings:
    """`precision`: auto is bf16 on CUDA and float32 elsewhere. `prefetch`: cases read ahead while one is embedded.

    `window` (D, H, W): cases larger than it are covered by windows that overlap by at least the share `overlap`, and
    an embedding is the mean over the windows; None embeds each case as it is.
    """

    batch: int = 4
    precision: PrecisionChoice = "auto"
    prefetch: int = 2
    window: Triple | None = None
    overlap: float = 0.5

    def __post_init__(self) -> None:
        if self.batch < 1 or self.prefetch < 0:
            raise BadSettings("Embedding needs a batch of at least one case and no negative number of cases ahead.")
        if self.precision not in ("auto", "float32", "bf16"):
            raise BadSettings(f"There is no precision {self.precision!r}; choose auto, float32 or bf16.")
        if not 0.0 <= self.overlap < 1.0:
            raise BadSettings("The overlap of windows must be at least 0 and below 1.")


@dataclass
class EmbedRecord:
    """What a run of embeddings really did; `sentences` are for the job's log."""

    device: str
    precision: Precision
    batch: int
    cases: int = 0
    windows: int = 0
    halved: bool = False
    checked: int = 0
    largest_difference: float | None = None
    sentences: list[str] = field(default_factory=list)
