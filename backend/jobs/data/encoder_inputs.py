"""Encoder inputs and masks of a cohort's cases: computed once, then cached."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadImage
from backend.jobs.data.channels import channels_of, intensities
from backend.jobs.data.region_volumes import region_ml
from backend.models import Case
from backend.science.compute.prefetch import READERS, in_order
from backend.science.imaging.encoder_input import encoder_input, encoder_mask, encoder_volume, is_multiple
from backend.science.imaging.prepare import PreparedCase
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMAGES, TRAINING_CODE, request_key, volume_key
from backend.storage.seen_images import seen_images
from backend.storage.volumes import images_and_masks, load_prepared, prepared
from shared.schemas import EncoderInput
from shared.schemas.protocol import Protocol

if TYPE_CHECKING:
    from backend.science.encoders.encoder_kinds import InputFacts, Preparation


class EncoderInputs(Sequence[NDArray[np.float32]]):
    """Encoder inputs of cases, (C, D, H, W) float32 each, read one by one.

    C are the modalities of the input, else those of `facts`, else all of the protocol; an encoder's own preprocessing
    makes what it wants.
    """

    def __init__(
        self,
        files: BlobStore,
        cases: Sequence[Case],
        protocol: Protocol,
        input_settings: EncoderInput,
        facts: "InputFacts | None" = None,
    ) -> None:
        self._files, self._cases, self._protocol, self._input_settings = files, cases, protocol, input_settings
        self.channels = channels_of(input_settings, facts, protocol)
        self._intensity = intensities(protocol, self.channels)
        self._facts, self._preparation = facts, None if facts is None else facts.preparation

    def __len__(self) -> int:
        return len(self._cases)

    @property
    def unscaled(self) -> tuple[int, ...]:
        """Channels whose intensities are as measured; of an encoder's own preprocessing nobody knows."""
        if self._preparation is not None:
            return ()
        return tuple(n for n, name in enumerate(self.channels) if self._intensity[name].rule == "none")

    def __getitem__(self, row):  # type: ignore[no-untyped-def] # a cohort is never sliced
        case, given = self._cases[row], self._input_settings

        def make() -> NDArray[np.float32]:
            on_grid = case_for(self._files, case, self._protocol, given, self._facts)
            if self._preparation is not None:
                return prepared_by(self._preparation, on_grid)
            return encoder_input(
                on_grid,
                given.size_zyx,
                given.spacing_zyx_mm,
                self.channels,
                zero_below=given.zero_below,
                intensity=self._intensity,
            )

        return cached(self._files, self._key(case), make)

    def _key(self, case: Case) -> str:
        """Cache key of the input of a case."""
        own: dict[str, Any] = {} if self.channels == IMAGES else {"modalities": list(self.channels)}
        if self._preparation is not None:
            own |= {"prepare": self._preparation.key}
        kinds: tuple[str, ...] = IMAGES
        if not self._protocol.is_prostate:  # an encoder's own preprocessing may look at whatever there is
            every = (*self._protocol.modality_names, *self._protocol.region_names)
            kinds = (*self.channels, self._protocol.reference) if self._preparation is None else every
        return input_file_key(case, self._protocol, self._input_settings, "images", kinds, own, self.channels)

    def whole(self, row: int) -> NDArray[np.float32]:
        """Return the uncropped case at the encoder's spacing, (C, D, H, W) float32, for sliding windows; not cached."""
        given = self._input_settings
        case = case_for(self._files, self._cases[row], self._protocol, given, self._facts)
        if self._preparation is not None:
            return prepared_by(self._preparation, case)
        return encoder_volume(
            case,
            given.spacing_zyx_mm,
            self.channels,
            zero_below=given.zero_below,
            intensity=self._intensity,
            window=given.size_zyx,
        )

    def read_all(self, progress: Callable[[str, int, int], None]) -> None:
        """Fill the cache, so that training never waits for resampling; reports progress."""
        for done, _ in enumerate(in_order(self.__getitem__, range(len(self)), READERS), start=1):
            progress("reading images", done, len(self))


def case_for(
    files: BlobStore, case: Case, protocol: Protocol, given: EncoderInput, facts: "InputFacts | None"
) -> PreparedCase:
    """The case on the protocol's grid, or at the spacing that an encoder's own code names and no multiple reaches."""
    own = None if facts is None or facts.preparation is not None else facts.spacing_zyx_mm
    if own is None or own != given.spacing_zyx_mm or is_multiple(own, protocol.grid.spacing_mm[::-1]):
        return load_prepared(files, case, protocol, given.orientation)
    return prepared(*images_and_masks(files, case, protocol), protocol, own[::-1], given.orientation)


def region_masks(
    files: BlobStore,
    cases: Sequence[Case],
    protocol: Protocol,
    region: str,
    input_settings: EncoderInput,
    facts: "InputFacts | None" = None,
) -> list[NDArray[np.uint8]]:
    """Masks (D, H, W) of a region in the encoder's window; all zero for a case without it."""
    kinds = (protocol.reference, region)
    what = region if protocol.is_prostate else "mask"  # `lesion` is what earlier versions wrote

    def mask(case: Case) -> NDArray[np.uint8]:
        if not region_ml(case, region):
            return np.zeros(input_settings.size_zyx, dtype=np.uint8)

        def make() -> NDArray[np.uint8]:
            return encoder_mask(
                case_for(files, case, protocol, input_settings, facts),
                region,
                input_settings.size_zyx,
                input_settings.spacing_zyx_mm,
            )

        own = {} if protocol.is_prostate else {"region": region}
        return cached(files, input_file_key(case, protocol, input_settings, what, kinds, own), make)

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


def input_file_key(
    case: Case,
    protocol: Protocol,
    input_settings: EncoderInput,
    what: str,
    kinds: Sequence[str],
    own: dict[str, Any] | None = None,
    channels: Sequence[str] = (),
) -> str:
    """Cache key of an input or mask; includes the prostate's gland, because the window may be centred on it."""
    seen = {name: value for name, value in (seen_images(protocol, channels) or {}).items() if name != "targets"}
    volumes = volume_key(case.volumes, kinds if seen else (*kinds, "gland"))
    dumped = input_settings.model_dump(mode="json", exclude={"coverage", "slice_pool", "modality_pool"})
    rest = ({"own": own} if own else {}) | ({"seen": seen} if seen else {})
    return request_key(f"encoder {what}", code=TRAINING_CODE, given=dumped, volumes=volumes, **rest)
