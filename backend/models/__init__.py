"""The tables: what the lens knows, as typed SQLAlchemy rows, one noun a file.

Embeddings, radiomics and fitted decoders are arrays in their row (`Array`), so a result and the fact that it exists
commit together. Volumes and encoder weights are files named by their sha256 (`backend.storage.blob_store`).
"""

from backend.models.analyses import Analysis, AnalysisFeature, AnalysisGroup, Decoder
from backend.models.audit import Audit
from backend.models.base import Base, strict
from backend.models.cohorts import Case, CaseDecision, Cohort, Volume
from backend.models.columns import Array, UtcTime, new_id, now, pack_array, unpack_array
from backend.models.comparisons import ComparedFeature, Comparison, Trajectory
from backend.models.encoders import Embedding, Encoder, TrainingEpoch
from backend.models.evidence import AnalysisEvidence, ReplicateBlock
from backend.models.jobs import Job, JobLog, JobNeed
from backend.models.radiomics import FeatureList, Radiomics
from backend.models.renew_checksums import broken_rows, seal_anew
from backend.models.row_checksum import Sealed, check_seal, seal_of
from backend.models.shares import Share, SharePicture, ShareSession
from backend.models.users import Token, User

__all__ = [
    "Analysis",
    "AnalysisEvidence",
    "AnalysisFeature",
    "AnalysisGroup",
    "Array",
    "Audit",
    "Base",
    "Case",
    "CaseDecision",
    "Cohort",
    "ComparedFeature",
    "Comparison",
    "Decoder",
    "Embedding",
    "Encoder",
    "FeatureList",
    "Job",
    "JobLog",
    "JobNeed",
    "Radiomics",
    "ReplicateBlock",
    "Sealed",
    "Share",
    "SharePicture",
    "ShareSession",
    "Token",
    "TrainingEpoch",
    "Trajectory",
    "User",
    "UtcTime",
    "Volume",
    "broken_rows",
    "check_seal",
    "new_id",
    "now",
    "pack_array",
    "seal_anew",
    "seal_of",
    "strict",
    "unpack_array",
]
