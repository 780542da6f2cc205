"""Fine-tuning recipes for cohorts of tens of studies; the paper's own recipe is `FinetuneParams` without options.

Why these: docs/decisions/0013. They are what the demo and "Everything on a cohort" use.
"""

from typing import Any

SMALL_COHORT: dict[str, dict[str, Any]] = {
    "pirads": {"lr": 3e-4, "cosine": True, "augment": True, "balanced": True, "settle_norms": True},
    "volume": {"lr": 3e-4, "cosine": True, "augment": True, "settle_norms": True},
    "lesion_seg": {"lr": 1e-3, "cosine": True, "decoder_width": 32},
}
"""Options of `FinetuneParams` by the prostate's targets."""
BY_KIND: dict[str, dict[str, Any]] = {
    "class": SMALL_COHORT["pirads"],
    "ordinal": SMALL_COHORT["pirads"],
    "number": SMALL_COHORT["volume"],
    "survival": SMALL_COHORT["volume"],
    "mask": SMALL_COHORT["lesion_seg"],
}
"""The same by the kind of a target, for any protocol."""
