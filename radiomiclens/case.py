"""One case of a batch, computed in a child process."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from backend.errors import RadiomicLensError, Refusal
from backend.ingest.sandbox.sandbox_client import Reader
from backend.science.radiomics import RadiomicsSettings
from backend.science.radiomics.engines import Engine
from radiomiclens.finished import IMAGE_HASH, MASK_HASH
from radiomiclens.pair import pair_of
from radiomiclens.region import measured


@cache
def _reader() -> Reader:
    """This process's reader of files, whose libraries stay loaded from case to case; it ends with this process."""
    return Reader()


def measure_case(image: Path, mask: Path, settings: RadiomicsSettings, engine: Engine) -> dict[str, str]:
    """The row of a case as text, floats in full. Raises RadiomicLensError where files or images are refused."""
    try:
        pair = pair_of(image, mask, channel=settings.mask.channel, reader=_reader())
        # the row names its files, and is kept for files of the same content by other names
        row = measured(replace(pair, image_name="the image", mask_name="the mask"), settings, engine).row()
    except Refusal as refusal:  # some take more than a sentence and cannot pass through a pipe
        raise RadiomicLensError(refusal.sentence) from None
    hashes = {IMAGE_HASH: pair.sha256["image"], MASK_HASH: pair.sha256["mask"]}
    return {name: value if isinstance(value, str) else repr(value) for name, value in row.items()} | hashes
