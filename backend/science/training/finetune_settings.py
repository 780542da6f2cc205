"""Settings of a fine-tuning: the paper's recipe by default, options of ProFound's published code, and more."""

from dataclasses import dataclass
from typing import Literal

from backend.errors import BadSettings
from backend.science.compute.precision import PrecisionChoice, check_precision
from backend.science.encoders.adapters import ADAPTATIONS, Adapt
from backend.science.encoders.registry import check_architecture


@dataclass(frozen=True)
class FinetuneSettings:
    """Settings of a fine-tuning; the defaults are the paper's recipe.

    What the paper leaves open (batch, decay, schedule) is a setting.

    `batch`: cases per forward pass; `accumulate`: batches per optimiser step. `layer_decay`: each earlier encoder
    stage has this fraction of the next one's learning rate. `keep`: weights of the last epoch (as the paper) or of the
    one with the lowest validation loss. `patience`: epochs without a lower validation loss after which the run
    ends, 0 = never. `clip_norm`: longest gradient, 0 = any. `adapt`: the whole encoder is trained, nothing of it, or
    a low-rank part (`encoders.adapters`). `checkpoint_every`: the encoder of every k-th epoch is kept, 0 = none.
    `settle_norms`: BatchNorm's statistics are measured on the training cases before every evaluation.
    `segmenter_width`: 512 in ProFound; 32 to 64 on a CPU.
    """

    arch: str = "convnextv2-tiny"
    epochs: int = 100
    batch: int = 4
    lr: float = 1e-3
    weight_decay: float = 0.01
    decay_head: bool = True
    layer_decay: float = 1.0
    warmup_epochs: int = 0
    cosine: bool = False
    balanced: bool = False
    augment: bool = False
    augment_intensity: bool = False
    dice_cross_entropy: bool = False
    segmenter_width: int = 512
    keep: Literal["last", "best"] = "last"
    patience: int = 0
    accumulate: int = 1
    checkpoint_activations: bool = False
    precision: PrecisionChoice = "auto"
    clip_norm: float = 0.0
    adapt: Adapt = "full"
    lora_rank: int = 8
    settle_norms: bool = False
    checkpoint_every: int = 0

    def __post_init__(self) -> None:
        check_architecture(self.arch)
        check_precision(self.precision)
        if min(self.epochs, self.batch, self.accumulate, self.lora_rank) < 1 or self.segmenter_width < 2:
            raise BadSettings(
                "Fine-tuning needs at least one epoch, one case a batch, one batch a step, a LoRA rank of 1 and a "
                "segmenter width of 2."
            )
        if min(self.warmup_epochs, self.patience, self.checkpoint_every) < 0:
            raise BadSettings("Warm-up, patience and the distance of checkpoints cannot be negative; give 0 or more.")
        if self.lr <= 0.0 or min(self.weight_decay, self.clip_norm) < 0.0 or not 0.0 < self.layer_decay <= 1.0:
            raise BadSettings(
                "Fine-tuning needs a positive rate, no negative weight decay or clipping and a layer decay in (0, 1]."
            )
        if self.keep not in ("last", "best"):
            raise BadSettings(f"Weights of the {self.keep!r} epoch cannot be kept; choose last or best.")
        if self.adapt not in ADAPTATIONS:
            raise BadSettings(f"An encoder cannot be adapted in the way {self.adapt!r}; choose full, frozen or lora.")
