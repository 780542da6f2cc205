"""Encoder inputs and lesion masks of a cohort's cases: computed once, then cached."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadImage
from backend.models import Case
from backend.science.compute.prefetch import READERS, in_order
from backend.science.imaging.encoder_input import encoder_input, encoder_mask, encoder_volume
from backend.science.imaging.prepare import PreparedCase
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMAGES, TRAINING_CODE, request_key, volume_key
from backend.storage.volumes import load_prepared
from shared.protocols.reader import prostate
from shared.schemas import EncoderInput

if TYPE_CHECKING:
    from backend.science.encoders.encoder_kinds import InputFacts, Preparation


class EncoderInputs(Sequence[NDArray[np.float32]]):
    """Encoder inputs of cases, (C, D, H, W) float32 each, read one by one.

    C are three modalities, or those of `facts`; an encoder's own preprocessing makes what it wants.
    """

    def __init__(
        self,
        files: BlobStore,
        cases: Sequence[Case],
        input_settings: EncoderInput,
        facts: "InputFacts | None" = None,
    ) -> None:
        self._files, self._cases, self._input_settings = files, cases, input_settings
        self._modalities = facts.modalities if facts is not None and facts.modalities else IMAGES
        self._preparation = None if facts is None else facts.preparation

    def __len__(self) -> int:
        return len(self._cases)

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # a cohort is never sliced
        case, input_settings = self._cases[row], self._input_settings

        def make() -> NDArray[np.float32]:
            prepared = load_prepared(self._files, case, prostate(), input_settings.orientation)
            if self._preparation is not None:
                return prepared_by(self._preparation, prepared)
            return encoder_input(
                prepared,
                input_settings.size_zyx,
                input_settings.spacing_zyx_mm,
                self._modalities,
                zero_below=input_settings.zero_below,
            )

        return cached(self._files, _key(case, input_settings, "images", IMAGES, self._own()), make)

    def _own(self) -> dict[str, Any]:
        """What of the encoder's own input is part of the cache key; nothing for the usual one."""
        own: dict[str, Any] = {} if self._modalities == IMAGES else {"modalities": list(self._modalities)}
        return own if self._preparation is None else own | {"prepare": self._preparation.key}

    def whole(self, row: int) -> NDArray[np.float32]:
        """Return the uncropped case at the encoder's spacing, (3, D, H, W) float32, for sliding windows; not cached."""
        given = self._input_settings
        case = load_prepared(self._files, self._cases[row], prostate(), given.orientation)
        if self._preparation is not None:
            return prepared_by(self._preparation, case)
        return encoder_volume(case, given.spacing_zyx_mm, self._modalities, zero_below=given.zero_below)

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
                load_prepared(files, case, prostate(), input_settings.orientation),
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


def prepared_by(preparation: "Preparation", case: PreparedCase) -> NDArray[np.float32]:
    """What an encoder's own preprocessing makes of a case. Raises BadImage where it fails."""
    try:
        return np.asarray(preparation.prepare(case), dtype=np.float32)
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadImage(
            f"The encoder's own preprocessing failed on it ({type(error).__name__}: {str(error)[:120]})."
        ) from error


def _key(
    case: Case, input_settings: EncoderInput, what: str, kinds: Sequence[str], own: Mapping[str, Any] | None = None
) -> str:
    """Cache key of an input; includes the gland, because the window may be centred on it."""
    volumes = volume_key(case.volumes, (*kinds, "gland"))
    dumped = input_settings.model_dump(mode="json", exclude={"coverage", "slice_pool", "modality_pool"})
    rest = {"own": dict(own)} if own else {}
    return request_key(f"encoder {what}", code=TRAINING_CODE, given=dumped, volumes=volumes, **rest)
