"""The wire contract between API and everything that talks to it: one noun a file, units in names."""

from shared.schemas.analyses import Alert, Analysis, AnalysisDetail, TableOneCell
from shared.schemas.base import (
    MODALITIES,
    ROIS,
    TASKS,
    Health,
    JobState,
    MaskKind,
    Modality,
    Page,
    Problem,
    Roi,
    Role,
    Schema,
    Stage,
    T,
    Task,
)
from shared.schemas.cases import Case, CaseDetail, MaskInfo, VolumeInfo
from shared.schemas.cohorts import Cohort
from shared.schemas.encoders import Encoder
from shared.schemas.evidence import FeatureCase, FeatureCases, FeatureDefinition
from shared.schemas.jobs import Job, JobLogLine, JobPlan
from shared.schemas.radiomics import CaseRadiomics, FeaturePercentile, RadiomicsSet
from shared.schemas.rankings import GroupRow, RankingRow
from shared.schemas.requests import (
    AnalyseParams,
    EncoderInput,
    ExtractParams,
    FinetuneParams,
    ImportCasesParams,
    ImportTablesParams,
    JobParams,
    JobSubmit,
    PretrainParams,
    SynthParams,
    SynthTablesParams,
)
from shared.schemas.sessions import Me, SignIn
from shared.schemas.shares import Share, ShareCreate, ShareCreated, SharedShift, SharedView, ShareOpen
from shared.schemas.trusted import Flag, Trusted, TrustSummary

__all__ = [
    "MODALITIES",
    "ROIS",
    "TASKS",
    "Alert",
    "AnalyseParams",
    "Analysis",
    "AnalysisDetail",
    "Case",
    "CaseDetail",
    "CaseRadiomics",
    "Cohort",
    "Encoder",
    "EncoderInput",
    "ExtractParams",
    "FeatureCase",
    "FeatureCases",
    "FeatureDefinition",
    "FeaturePercentile",
    "FinetuneParams",
    "Flag",
    "GroupRow",
    "Health",
    "ImportCasesParams",
    "ImportTablesParams",
    "Job",
    "JobLogLine",
    "JobParams",
    "JobPlan",
    "JobState",
    "JobSubmit",
    "MaskInfo",
    "MaskKind",
    "Me",
    "Modality",
    "Page",
    "PretrainParams",
    "Problem",
    "RadiomicsSet",
    "RankingRow",
    "Roi",
    "Role",
    "Schema",
    "Share",
    "ShareCreate",
    "ShareCreated",
    "ShareOpen",
    "SharedShift",
    "SharedView",
    "SignIn",
    "Stage",
    "SynthParams",
    "SynthTablesParams",
    "T",
    "TableOneCell",
    "Task",
    "TrustSummary",
    "Trusted",
    "VolumeInfo",
]
