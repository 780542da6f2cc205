"""The database tables as typed SQLAlchemy classes, one noun a file.

Embeddings, radiomics and fitted decoders are arrays in their row (`Array`), so that a result and its row are
committed together. Volumes and encoder weights are blobs named by their sha256 (`backend.storage.blob_store`).
"""

from backend.models.analyses import Analysis, AnalysisFeature, AnalysisGroup, Decoder, StoredMap
from backend.models.audit import BEGINNING, HEAD_ID, Audit, AuditHead, audit_hash, stored_detail
from backend.models.base import Base, strict
from backend.models.cohorts import Case, CaseDecision, Cohort, Volume
from backend.models.columns import Array, UtcTime, new_id, now, pack_array, unpack_array
from backend.models.comparisons import ComparedFeature, Comparison, Trajectory
from backend.models.encoders import Embedding, Encoder, TrainingEpoch
from backend.models.evidence import AnalysisEvidence, DecodingEvidence
from backend.models.identities import Identity
from backend.models.jobs import Job, JobLog, JobNeed
from backend.models.notes import Note, SavedView, Star, star_id
from backend.models.notifications import Draft, MailChoice, MailMessage, Notification, WebhookMessage
from backend.models.projects import DEFAULT_PROJECT, Member, Project
from backend.models.quotas import Quota
from backend.models.radiomics import FeatureList, Radiomics
from backend.models.renew_checksums import find_damaged_rows, renew_row_checksums
from backend.models.row_checksum import (
    ChecksummedRow,
    checksummed_attributes,
    row_checksum,
    verify_columns,
    verify_row_checksum,
)
from backend.models.shares import Share, SharePicture, ShareSession, snapshot_hash
from backend.models.uploads import Upload, UploadUse
from backend.models.users import Token, User

__all__ = [
    "BEGINNING",
    "DEFAULT_PROJECT",
    "HEAD_ID",
    "Analysis",
    "AnalysisEvidence",
    "AnalysisFeature",
    "AnalysisGroup",
    "Array",
    "Audit",
    "AuditHead",
    "Base",
    "Case",
    "CaseDecision",
    "ChecksummedRow",
    "Cohort",
    "ComparedFeature",
    "Comparison",
    "Decoder",
    "DecodingEvidence",
    "Draft",
    "Embedding",
    "Encoder",
    "FeatureList",
    "Identity",
    "Job",
    "JobLog",
    "JobNeed",
    "MailChoice",
    "MailMessage",
    "Member",
    "Note",
    "Notification",
    "Project",
    "Quota",
    "Radiomics",
    "SavedView",
    "Share",
    "SharePicture",
    "ShareSession",
    "Star",
    "StoredMap",
    "Token",
    "TrainingEpoch",
    "Trajectory",
    "Upload",
    "UploadUse",
    "User",
    "UtcTime",
    "Volume",
    "WebhookMessage",
    "audit_hash",
    "checksummed_attributes",
    "find_damaged_rows",
    "new_id",
    "now",
    "pack_array",
    "renew_row_checksums",
    "row_checksum",
    "snapshot_hash",
    "star_id",
    "stored_detail",
    "strict",
    "unpack_array",
    "verify_columns",
    "verify_row_checksum",
]
