"""The inputs of a cohort's cases for an embedding: those that can be read, one after the other, the others named."""

from collections.abc import Iterator, Sequence

from backend.errors import BadImage, Damaged
from backend.jobs.data.encoder_inputs import EncoderInputs
from backend.models import Case
from backend.science.compute.prefetch import READERS, in_order
from backend.science.types import Float32Array
from backend.storage.blob_store import BlobStore
from shared.schemas import EncoderInput

Fits = tuple[int, int]
"""Channels and smallest side of what an encoder takes."""


class ReadableInputs:
    """The inputs of the cases that can be read; the others are named in `refused` and never stop a cohort."""

    def __init__(
        self, files: BlobStore, cases: Sequence[Case], given: EncoderInput, task: str | None, fits: Fits
    ) -> None:
        self._inputs = EncoderInputs(files, cases, given)
        self._cases, self._given, self._task, self._fits = cases, given, task, fits
        self.accepted: list[Case] = []
        self.refused: list[str] = []

    def __iter__(self) -> Iterator[Float32Array]:
        read = in_order(self._input, range(len(self._cases)), READERS)
        for case, seen in zip(self._cases, read, strict=True):
            if isinstance(seen, str):
                self.refused.append(f"Study {case.study_id} has no embedding: {seen}")
                continue
            self.accepted.append(case)
            yield seen

    def _input(self, row: int) -> Float32Array | str:
        """What the encoder is fed of a case, or why it cannot be."""
        from backend.science.embedding.embed import check_case  # torch
        from backend.science.training.tasks import task_input

        sliding = self._given.coverage == "sliding"
        try:
            whole = self._inputs.whole(row) if sliding else self._inputs[row]
            seen = task_input(whole, self._task or "")
            check_case(seen, *self._fits, row, self._given.size_zyx if sliding else None)
        except (BadImage, Damaged) as error:
            return error.sentence
        return seen
