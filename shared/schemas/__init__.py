"""The wire contract between API and everything that talks to it: one noun a file, units in names."""

# fmt: off
# isort: off
# One name a line would be 270 lines: names are wrapped, modules and names stay sorted.
from shared.schemas.analyses import Alert, Analysis, AnalysisDetail, TableOneCell
from shared.schemas.analysis_requests import AnalyseParams, CompareParams, SelfCheckParams, TrajectoryParams
from shared.schemas.audit import AuditAnchor, AuditCheck, AuditEntry
from shared.schemas.base import (
    MODALITIES, ROIS, TASKS, Health, JobState, MaskKind, Modality, Page, Priority, Problem, Roi, Role,
    Schema, Scope, Stage, T, Task, UnreadableRow,
)
from shared.schemas.cases import Case, CaseDetail, CohortColumn, MaskInfo, VolumeInfo
from shared.schemas.causes import (
    ClinicalColumn, ColumnPart, ContentAxis, ContentSummary, GroupUse, NamedPart, StageWeights, Use,
    UseSummary, VarianceShare,
)
from shared.schemas.cohorts import Cohort
from shared.schemas.comparison_matrix import (
    Agreement, ComparisonMatrix, MatrixBy, MatrixCell, MatrixLine, MatrixMember, MatrixPair, MatrixRow,
    MatrixSpread,
)
from shared.schemas.comparisons import (
    AgreementCell, Compared, ComparedAnalysis, ComparedGroup, ComparedPair, ComparedRow, Comparison,
    ComparisonDetail, Verdict,
)
from shared.schemas.data_requests import (
    ExtractParams, ImportCasesParams, ImportTablesParams, SynthParams, SynthTablesParams,
)
from shared.schemas.display import CaseDisplay, ShownCode, ShownModality, ShownRegion
from shared.schemas.embedding_map import EmbeddingMap, MapColumn, MappedStudy
from shared.schemas.encoder_requests import (
    EmbedParams, EncoderInput, FinetuneParams, ImportEncoderParams, PretrainParams,
)
from shared.schemas.encoders import SHUFFLED_LABELS, Architecture, Control, Encoder, TrainingEpoch
from shared.schemas.evidence import (
    Disagreement, EvidencePoint, FeatureCase, FeatureCases, FeatureDefinition, FeatureEvidence,
    PatientInfluence, Reason, RoiEvidence,
)
from shared.schemas.examples import FeatureExample, FeatureExamples
from shared.schemas.figures import FigureFile, FigureFormat, FigurePreset
from shared.schemas.jobs import ChainPlan, Job, JobLogLine, JobPlan, JobPriority
from shared.schemas.maps import CaseMaps, ChosenMap, FeatureMap, MappedFeature
from shared.schemas.notes import Note, NoteCreate, Star, StarCreate
from shared.schemas.notifications import Draft, DraftFields, DraftName, Notification, NotificationsRead
from shared.schemas.packed_cases import PackedCases
from shared.schemas.notifications import (
    MailAbout, MailChoice, MailState,
)
from shared.schemas.packed_ranking import PackedRanking
from shared.schemas.power import Power, PowerRow
from shared.schemas.projects import Project, ProjectCreate, ProjectMember, ProjectMemberChange, ProjectRole
from shared.schemas.protocol import PROSTATE, Protocol, ProtocolLine
from shared.schemas.protocol_parts import ProtocolRegion, ProtocolTarget
from shared.schemas.quality import (
    CodeCount, Decision, DecisionCreate, Finding, ImportPreview, MaskDrawing, MaskObject, NotUsed,
    PreviewStudy, QualityReport, QualityRow, Review, SeriesCandidate, SeriesChoice, SplitStratum,
)
from shared.schemas.quotas import Quota, QuotaKind, QuotaLimit
from shared.schemas.radiomics import CaseRadiomics, FeaturePercentile, RadiomicsSet, RegionQuality, RegionRow
from shared.schemas.rankings import GroupRow, RankingRow
from shared.schemas.requests import ChainStep, JobChain, JobParams, JobSubmit
from shared.schemas.saved_views import SavedView, SavedViewCreate
from shared.schemas.sessions import Caller, InvitationUse, Me, PasswordSignIn, SignIn, SignInWays
from shared.schemas.shared_page import (
    BarTone, SharedBar, SharedBars, SharedCase, SharedPage, SharedPair, SharedStack, SharedVerdict,
    SharedWord, VerdictKind,
)
from shared.schemas.shares import (
    Share, ShareCreate, ShareCreated, ShareDraft, ShareDraftCreate, ShareExtend, ShareOpen, ShareTexts,
    SharedShift, SharedView,
)
from shared.schemas.subgroups import AnalysedSubgroup, Subgroup, SubgroupColumn, SubgroupValue, Where
from shared.schemas.table_reading import (
    CheckedColumn, CheckedTable, SharedStudies, TableFile, TablesCheck, TablesCheckParams, UnusedColumns,
)
from shared.schemas.trajectories import Along, Trajectory, TrajectoryDetail, TrajectoryLine, TrajectoryPoint
from shared.schemas.trusted import Flag, GroupEffect, RepresentationRow, RunsSummary, TrustSummary, Trusted
from shared.schemas.uploads import FileKind, Folder, FolderEntry, Upload, UploadState, UploadedFile
from shared.schemas.users import (
    Account, Credential, Invitation, InvitationCreate, PasswordChange, TokenCreate, TokenCreated, User,
    UserChange, UserCreate,
)

__all__ = [
    "MODALITIES", "PROSTATE", "ROIS", "SHUFFLED_LABELS", "TASKS", "Account", "Agreement", "AgreementCell", "Alert",
    "Along", "AnalyseParams", "AnalysedSubgroup", "Analysis", "AnalysisDetail", "Architecture", "AuditAnchor",
    "AuditCheck", "AuditEntry", "BarTone", "Caller", "Case", "CaseDetail", "CaseDisplay", "CaseMaps", "CaseRadiomics",
    "ChainPlan", "ChainStep", "CheckedColumn", "CheckedTable", "ChosenMap", "ClinicalColumn", "CodeCount", "Cohort",
    "CohortColumn", "ColumnPart", "CompareParams", "Compared", "ComparedAnalysis", "ComparedGroup", "ComparedPair",
    "ComparedRow", "Comparison", "ComparisonDetail", "ComparisonMatrix", "ContentAxis", "ContentSummary", "Control",
    "Credential", "Decision", "DecisionCreate", "Disagreement", "Draft", "DraftFields", "DraftName", "EmbedParams",
    "EmbeddingMap", "Encoder", "EncoderInput", "EvidencePoint", "ExtractParams", "FeatureCase", "FeatureCases",
    "FeatureDefinition", "FeatureEvidence", "FeatureExample", "FeatureExamples", "FeatureMap", "FeaturePercentile",
    "FigureFile", "FigureFormat", "FigurePreset", "FileKind", "Finding", "FinetuneParams", "Flag", "Folder",
    "FolderEntry", "GroupEffect", "GroupRow", "GroupUse", "Health", "ImportCasesParams", "ImportEncoderParams",
    "ImportPreview", "ImportTablesParams", "Invitation", "InvitationCreate", "InvitationUse", "Job", "JobChain",
    "JobLogLine", "JobParams", "JobPlan", "JobPriority", "JobState", "JobSubmit", "MailAbout", "MailChoice",
    "MailState", "MapColumn", "MappedFeature", "MappedStudy", "MaskDrawing", "MaskInfo", "MaskKind", "MaskObject",
    "MatrixBy", "MatrixCell", "MatrixLine", "MatrixMember", "MatrixPair", "MatrixRow", "MatrixSpread", "Me",
    "Modality", "NamedPart", "NotUsed", "Note", "NoteCreate", "Notification", "NotificationsRead", "PackedCases",
    "PackedRanking", "Page", "PasswordChange", "PasswordSignIn", "PatientInfluence", "Power", "PowerRow",
    "PretrainParams", "PreviewStudy", "Priority", "Problem", "Project", "ProjectCreate", "ProjectMember",
    "ProjectMemberChange", "ProjectRole", "Protocol", "ProtocolLine", "ProtocolRegion", "ProtocolTarget",
    "QualityReport", "QualityRow", "Quota", "QuotaKind", "QuotaLimit", "RadiomicsSet", "RankingRow", "Reason",
    "RegionQuality", "RegionRow", "RepresentationRow", "Review", "Roi", "RoiEvidence", "Role", "RunsSummary",
    "SavedView", "SavedViewCreate", "Schema", "Scope", "SelfCheckParams", "SeriesCandidate", "SeriesChoice", "Share",
    "ShareCreate", "ShareCreated", "ShareDraft", "ShareDraftCreate", "ShareExtend", "ShareOpen", "ShareTexts",
    "SharedBar", "SharedBars", "SharedCase", "SharedPage", "SharedPair", "SharedShift", "SharedStack",
    "SharedStudies", "SharedVerdict", "SharedView", "SharedWord", "ShownCode", "ShownModality", "ShownRegion",
    "SignIn", "SignInWays", "SplitStratum", "Stage", "StageWeights", "Star", "StarCreate", "Subgroup",
    "SubgroupColumn", "SubgroupValue", "SynthParams", "SynthTablesParams", "T", "TableFile", "TableOneCell",
    "TablesCheck", "TablesCheckParams", "Task", "TokenCreate", "TokenCreated", "TrainingEpoch", "Trajectory",
    "TrajectoryDetail", "TrajectoryLine", "TrajectoryParams", "TrajectoryPoint", "TrustSummary", "Trusted",
    "UnreadableRow", "UnusedColumns", "Upload", "UploadState", "UploadedFile", "Use", "UseSummary", "User",
    "UserChange", "UserCreate", "VarianceShare", "Verdict", "VerdictKind", "VolumeInfo", "Where",
]
# isort: on
# fmt: on
