"""The part of the report on causes, from what the trust block found."""

import numpy as np

from backend.science.analysis.report_causes import (
    AxisReport,
    ClinicalReport,
    ColumnPart,
    ContentReport,
    GroupUse,
    NamedPart,
    ShareReport,
    UseReport,
)
from backend.science.trust.clinical_targets import ClinicalTable
from backend.science.trust.content.headline import headline
from backend.science.trust.content.new_content import Axis, Content
from backend.science.trust.content.shares import Share
from backend.science.trust.erasure.use import Use
from backend.science.trust.groupings import count_flags


def use_report(use: Use | None, label: str) -> UseReport | None:
    """What the head of a task uses; `label` is what the task learned, in words."""
    if use is None:
        return None
    groups = use.groups
    return UseReport(
        label=label,
        head_given=use.head_given,
        head_r2=defined(use.head_r2),
        head_low=defined(use.head_low),
        head_high=defined(use.head_high),
        counts=count_flags(use.features.flag),
        groups=tuple(
            GroupUse(
                group=name,
                used=defined(groups.used[g]),
                low=defined(groups.low[g]),
                high=defined(groups.high[g]),
                control=defined(groups.control[g]),
                use=str(groups.flag[g]),
            )
            for g, name in enumerate(use.group_names)
        ),
    )


def content_report(content: Content) -> ContentReport:
    """New or lost content."""
    return ContentReport(
        headline=headline(content),
        unpredicted=defined(content.unpredicted),
        own_unpredicted=defined(content.own_unpredicted),
        axes_share=defined(content.axes_share),
        radiomics=_share(content.radiomics),
        label=None if content.label is None else _share(content.label),
        rest=defined(content.rest),
        axes=tuple(_axis(axis) for axis in content.axes),
    )


def clinical_report(table: ClinicalTable) -> tuple[ClinicalReport, ...]:
    """One row a clinical column."""
    return tuple(
        ClinicalReport(
            name=row.name,
            levels=row.levels,
            n_studies=row.n_studies,
            n_patients=row.n_patients,
            missing=row.missing,
            r2_pre=defined(row.r2_pre),
            r2_ft=defined(row.r2_ft),
            change=defined(row.change),
            low=defined(row.low),
            high=defined(row.high),
            reading=row.reading,
            sentence=row.sentence(),
        )
        for row in table.rows
    )


def defined(value: float) -> float | None:
    """The number, or None where it is NaN or infinite."""
    return float(value) if np.isfinite(value) else None


def _share(share: Share) -> ShareReport:
    return ShareReport(defined(share.value), defined(share.low), defined(share.high))


def _axis(axis: Axis) -> AxisReport:
    return AxisReport(
        share=defined(axis.share),
        radiomics=_share(axis.radiomics),
        groups=tuple(NamedPart(one.group, defined(one.r2)) for one in axis.groups),
        features=tuple(NamedPart(one.feature, defined(one.correlation)) for one in axis.features),
        columns=tuple(ColumnPart(one.name, defined(one.correlation), defined(one.r2)) for one in axis.associations),
        low_end=axis.low_end,
        high_end=axis.high_end,
    )
