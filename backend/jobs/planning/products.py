"""What a job makes that later jobs need, as the registry of job kinds and the plans name it."""

from typing import Literal, Protocol

Product = Literal["cohort", "tables", "radiomics", "pretrained_encoder", "finetuned_encoder", "imported_encoder"]
"""`tables` are a cohort's embeddings before and after fine-tuning with its radiomics. An `imported_encoder` is one
before fine-tuning or one after it."""

PRE_ENCODER: tuple[Product, ...] = ("pretrained_encoder", "imported_encoder")
"""Ask for them with `task=None`: an encoder that is imported with a task is one after fine-tuning."""
FT_ENCODER: tuple[Product, ...] = ("finetuned_encoder", "imported_encoder")
"""Ask for them with the task."""


class Pending(Protocol):
    """Whether a job that a request waits for will make one of some products for a cohort."""

    def __call__(self, products: tuple[Product, ...], cohort_id: str, **params: object) -> bool: ...
