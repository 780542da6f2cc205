"""How much the weights of each encoder stage changed between two stored encoders."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from backend.errors import BadCheckpoint, Damaged, NotFound
from backend.models import Encoder
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import IMPORTED
from shared.encoder_facts import stages_of

if TYPE_CHECKING:
    from backend.science.analysis.report_causes import StageReport


def weights_changed(files: BlobStore, pre: Encoder, ft: Encoder) -> tuple[tuple["StageReport", ...], str | None]:
    """The change of every stage; none, and a sentence, where the weights cannot be compared.

    Encoders of imported tables have no weights, and nothing is said of them.
    """
    if IMPORTED in (pre.arch, ft.arch):
        return (), None
    if pre.arch != ft.arch:
        return (), (
            f"The encoders are of different architectures ({pre.arch}, {ft.arch}); their weights are not compared."
        )
    from backend.science.analysis.json_ready import json_ready
    from backend.science.analysis.report_causes import StageReport
    from backend.science.encoders.checkpoint import read_checkpoint
    from backend.science.trust.weights_by_stage import weights_by_stage

    try:
        before, after = (read_checkpoint(files.path(encoder.sha256)).state for encoder in (pre, ft))
        found = weights_by_stage(before, after, ft.arch, stages_of(ft.settings))
    except (BadCheckpoint, Damaged, NotFound) as error:  # the analysis itself reads stored embeddings
        return (), f"The weights of both encoders are not compared: {error.sentence}"
    return tuple(StageReport(**json_ready(asdict(stage))) for stage in found), None
