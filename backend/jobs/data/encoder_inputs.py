"""What an encoder sees of the cases of a cohort, and the masks it learns from: computed once, then cached."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.models import Case
from backend.science.compute.prefetch import READERS, in_order
from backend.science.imaging.encoder_input import encoder_input, encoder_mask, encoder_volume
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMAGES, TRAINING_CODE, request_key, volume_key
from backend.storage.volumes import load_prepared
from shared.schemas import EncoderInput


class EncoderInputs(Sequence[NDArray[np.float32]]):
    """The cases as an encoder sees them, (3, D, H, W) float32 each, read one by one."""

    def __init__(self, files: BlobStore, cases: Sequence[Case], given: EncoderInput) -> None:
        self._files, self._cases, self._given = files, cases, given

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # a cohort is never sliced
        case, given = self._cases[row], self._given

        def make() -> NDArray[np.float32]:
            return encoder_input(load_prepared(self._files, case), given.size_zyx, given.spacing_zyx_mm)

        return cached(self._files, _key(case, given, "images", IMAGES), make)

    def whole(self, row: int) -> NDArray[np.float32]:
        """The case uncropped at the encoder's spacing, (3, D, H, W) float32, for sliding windows; never cached."""
        return encoder_volume(load_prepared(self._files, self._cases[row]), self._given.spacing_zyx_mm)

    def read_all(self, progress: Callable[[str, int, int], None]) -> None:
        """Fills the cache, so that training never waits for a resampling, and says how far it is."""
        for done, _ in enumerate(in_order(self.__getitem__, range(len(self)), READERS), start=1):
            progress("reading images", done, len(self))


def lesion_masks(files: BlobStore, cases: Sequence[Case], given: EncoderInput) -> list[NDArray[np.uint8]]:
    """Lesion masks (D, H, W) in the encoder's window; all zero for a case without lesion."""

    def mask(case: Case) -> NDArray[np.uint8]:
        if not case.lesion_ml:
            return np.zeros(given.size_zyx, dtype=np.uint8)

        def make() -> NDArray[np.uint8]:
            return encoder_mask(load_prepared(files, case), "lesion", given.size_zyx, given.spacing_zyx_mm)

        return cached(files, _key(case, given, "lesion", ("T2", "lesion")), make)

    return [mask(case) for case in cases]


def cached(files: BlobStore, key: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """An array from the cache of derived files, made and kept where it is not there."""
    stored = files.cached(key)
    if stored is not None:
        found: NDArray[Any] = np.load(io.BytesIO(stored), allow_pickle=False)
        return found
    array = make()
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    files.cache(key, buffer.getvalue())
    return array


def _key(case: Case, given: EncoderInput, what: str, kinds: Sequence[str]) -> str:
    """The gland takes part: the window of an encoder may be laid around it."""
    volumes = volume_key(case.volumes, (*kinds, "gland"))
    dumped = given.model_dump(mode="json", exclude={"coverage"})
    return request_key(f"encoder {what}", code=TRAINING_CODE, given=dumped, volumes=volumes)
