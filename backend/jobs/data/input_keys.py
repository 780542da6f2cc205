"""Names the input under which an embedding was made, without loading what computes one."""

from backend.models import Encoder
from backend.storage.cache_keys import IMAGES, IMPORTED, TRAINING_CODE, request_key
from shared.schemas import EncoderInput

SEEN_BY_TASK = {"volume": ("T2",)}
"""Modalities a task lets through, where not all three; both stages are embedded on what the task sees."""


def input_key(given: EncoderInput, task: str | None) -> str:
    """Names the input of an embedding: size, spacing and modalities."""
    seen = SEEN_BY_TASK.get(task or "", IMAGES)
    left_out = {"coverage"} if given.coverage == "crop" else set()  # what older versions knew keeps its name
    dumped = given.model_dump(mode="json", exclude=left_out)
    return request_key("input", code=TRAINING_CODE, given=dumped, modalities=list(seen))


def input_key_of(pre: Encoder, ft: Encoder, task: str) -> tuple[str, str]:
    """The input under which each of the two encoders is read for a task; imported embeddings have only one."""
    before, after = (
        IMPORTED
        if encoder.arch == IMPORTED
        else input_key(EncoderInput.model_validate(encoder.settings["input"]), task)
        for encoder in (pre, ft)
    )
    return before, after
