"""The linear head of a task, stored with the fine-tuned encoder it was imported with."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.errors import BadFile
from backend.models import Encoder
from backend.science.trust.erasure.linear_head import LinearHead, head_bytes, head_of, read_head
from backend.storage.blob_store import BlobStore


@dataclass(frozen=True, slots=True)
class GivenHead:
    """A head as it was given with an encoder, and the name of its file."""

    file: str
    head: LinearHead

    @classmethod
    def read(cls, path: Path) -> "GivenHead":
        """Read it. Raises BadFile."""
        return cls(path.name, read_head(path))

    @property
    def sha256(self) -> str:
        """Hash of the stored bytes: of the numbers, whatever file they came in."""
        return hashlib.sha256(head_bytes(self.head)).hexdigest()

    def stored(self, files: BlobStore, width: int) -> dict[str, Any]:
        """Store it; return what the encoder's record says. Raises BadFile for embeddings of another width."""
        outputs, own = self.head.weights.shape
        if own != width:
            raise BadFile(
                f"{self.file}: the head reads embeddings of width {own}, and this encoder's have {width}; give its own."
            )
        return {"file": self.file, "sha256": files.put(head_bytes(self.head)), "outputs": outputs}


def stored_head(files: BlobStore, encoder: Encoder) -> LinearHead | None:
    """The head that an encoder was imported with. Raises NotFound or Damaged where its file is not as it was."""
    known = encoder.settings.get("head")
    return None if known is None else head_of(files.read(known["sha256"]))
