"""A data folder made by the code of cc1897b, the last before other organs went the whole way, and what it answered.

It holds a cohort of 22 synthetic prostates, extracted, with an encoder pre-trained, two imported and two fine-tuned,
two analyses, their comparison, a trajectory; a cohort of tables with its analysis; a share link of each analysis.
`make.py` made it. Weights that do not pack are left out: of the pre-trained and of one fine-tuned encoder.
"""

import json
import lzma
import tarfile
from pathlib import Path
from typing import Any

from backend.settings import Settings

HERE = Path(__file__).parent


def unpack(folder: Path) -> Settings:
    """The folder as it was left, its schema too."""
    (folder / "locks").mkdir(parents=True)
    with tarfile.open(HERE / "folder.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return Settings(data_dir=folder, executor="inline", threads=1, workers=1)


def kept() -> dict[str, Any]:
    """What the folder answered then: `requests`, `answers` by path, `links`, what they showed, `encoder_keys`."""
    found: dict[str, Any] = json.loads(lzma.decompress((HERE / "answers.json.xz").read_bytes()))
    return found
