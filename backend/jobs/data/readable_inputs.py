"""Inputs of a cohort's cases for an embedding; cases that cannot be read are skipped and named."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from backend.errors import BadImage, Damaged
from backend.jobs.data.channels import target_channels
from backend.jobs.data.encoder_inputs import EncoderInputs
from backend.models import Case
from backend.science.compute.prefetch import READERS, in_order
from backend.science.imaging.encoder_input import alone
from backend.science.types import Float32Array
from backend.storage.blob_store import BlobStore
from shared.schemas import EncoderInput
from shared.schemas.protocol import Protocol

if TYPE_CHECKING:
    from backend.science.encoders.base import Encoder


class ReadableInputs:
    """Iterator over the inputs of readable cases; the others are named in `refused`."""

    def __init__(
        self,
        files: BlobStore,
        cases: Sequence[Case],
        protocol: Protocol,
        input_settings: EncoderInput,
        task: str | None,
        encoder: "Encoder",
    ) -> None:
        self._inputs = EncoderInputs(files, cases, protocol, input_settings, encoder.facts)
        self._cases, self._input_settings, self._encoder = cases, input_settings, encoder
        self._kept = target_channels(protocol, task, self._inputs.channels, own=encoder.facts.preparation is not None)
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
        """The encoder input of a case, or the reason why there is none."""
        from backend.science.embedding.embed import check_case  # torch

        sliding = self._input_settings.coverage == "sliding"
        try:
            whole = self._inputs.whole(row) if sliding else self._inputs[row]
            seen = whole if self._kept is None else alone(whole, self._kept)
            check_case(seen, self._encoder, row, self._input_settings.size_zyx if sliding else None)
        except (BadImage, Damaged) as error:
            return error.sentence
        return seen
