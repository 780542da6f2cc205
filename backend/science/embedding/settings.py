"""Settings and record of an embedding run; imports no torch."""

from dataclasses import dataclass, field

from backend.errors import BadSettings
from backend.science.compute.precision import Precision, PrecisionChoice, check_precision
from backend.science.types import Size

Layer = str
"""`pooled`, or `stage1`, `stage2`, ..."""
POOLED: Layer = "pooled"
USUAL_STAGES = 4


def layers_of(stages: int) -> tuple[Layer, ...]:
    """The layers of an encoder of so many stages: its stages, first to last, then `pooled`."""
    return (*(f"stage{number}" for number in range(1, stages + 1)), POOLED)


LAYERS = layers_of(USUAL_STAGES)

CHECKED_CASES = 4
TOLERANCE = 0.05
"""Largest |bf16 - float32| / |float32| (L2 norms of one case's layer) that is accepted; bf16 has 8 bits."""


@dataclass(frozen=True)
class EmbedSettings:
    """Settings of an embedding run.

    `precision`: auto is bf16 on CUDA and float32 elsewhere. `prefetch`: cases read ahead while one is embedded.
    `window` (D, H, W): cases larger than it are covered by windows that overlap by at least the share `overlap`, and
    an embedding is the mean over the windows; None embeds each case as it is.
    """

    batch: int = 4
    precision: PrecisionChoice = "auto"
    prefetch: int = 2
    window: Size | None = None
    overlap: float = 0.5

    def __post_init__(self) -> None:
        if self.batch < 1 or self.prefetch < 0:
            raise BadSettings("Embedding needs a batch of at least one case and no negative number of cases ahead.")
        check_precision(self.precision)
        if not 0.0 <= self.overlap < 1.0:
            raise BadSettings("The overlap of windows must be at least 0 and below 1.")


@dataclass
class EmbedRecord:
    """Record of what an embedding run did; `sentences` are for the job's log."""

    device: str
    precision: Precision
    batch: int
    cases: int = 0
    windows: int = 0
    halved: bool = False
    checked: int = 0
    largest_difference: float | None = None
    sentences: list[str] = field(default_factory=list)
