"""Encoder inputs and lesion masks of a cohort's cases: computed once, then cached."""

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
    """Encoder inputs of cases, (3, D, H, W) float32 each, read one by one."""

    def __init__(self, files: BlobStore, cases: Sequence[Case], input_settings: EncoderInput) -> None:
        self._files, self._cases, self._input_settings = files, cases, input_settings

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # a cohort is never sliced
        case, input_settings = self._cases[row], self._input_settings

        def make() -> NDArray[np.float32]:
            return encoder_input(
                load_prepared(self._files, case, input_settings.orientation),
                input_settings.size_zyx,
                input_settings.spacing_zyx_mm,
                zero_below=input_settings.zero_below,
            )

        return cached(self._files, _key(case, input_settings, "images", IMAGES), make)

    def whole(self, row: int) -> NDArray[np.float32]:
        """Return the uncropped case at the encoder's spacing, (3, D, H, W) float32, for sliding windows; not cached."""
        given = self._input_settings
        case = load_prepared(self._files, self._cases[row], given.orientation)
        return encoder_volume(case, given.spacing_zyx_mm, zero_below=given.zero_below)

    def read_all(self, progress: Callable[[str, int, int], None]) -> None:
        """Fill the cache, so that training never waits for resampling; reports progress."""
        for done, _ in enumerate(in_order(self.__getitem__, range(len(self)), READERS), start=1):
            progress("reading images", done, len(self))


def lesion_masks(files: BlobStore, cases: Sequence[Case], input_settings: EncoderInput) -> list[NDArray[np.uint8]]:
    """Lesion masks (D, H, W) in the encoder's window; all zero for a case without lesion."""

    def mask(case: Case) -> NDArray[np.uint8]:
        if not case.lesion_ml:
            return np.zeros(input_settings.size_zyx, dtype=np.uint8)

        def make() -> NDArray[np.uint8]:
            return encoder_mask(
                load_prepared(files, case, input_settings.orientation),
                "lesion",
                input_settings.size_zyx,
                input_settings.spacing_zyx_mm,
            )

        return cached(files, _key(case, input_settings, "lesion", ("T2", "lesion")), make)

    return [mask(case) for case in cases]


def cached(files: BlobStore, key: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
    """Return an array from the cache of derived files; computed and stored where it is missing."""
    stored = files.cached(key)
    if stored is not None:
        found: NDArray[Any] = np.load(io.BytesIO(stored), allow_pickle=False)
        return found
    array = make()
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    files.cache(key, buffer.getvalue())
    return array


def _key(case: Case, input_settings: EncoderInput, what: str, kinds: Sequence[str]) -> str:
    """Cache key of an input; includes the gland, because the window may be centred on it."""
    volumes = volume_key(case.volumes, (*kinds, "gland"))
    dumped = input_settings.model_dump(mode="json", exclude={"coverage"})
    return request_key(f"encoder {what}", code=TRAINING_CODE, given=dumped, volumes=volumes)
