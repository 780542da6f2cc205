"""What an Explore page is about: analysis, region, modality, and whose numbers lead; read from the address.

The address is the truth (`?analysis=..&roi=..&modality=..&sort=..`), so a link shows what its sender saw. The line
that changes it is drawn by `frontend/frame/context_line.py`.
"""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from frontend.api import analyses, cohorts
from frontend.components import filter_address
from frontend.state import query_parameters
from frontend.text import trust_words
from frontend.text.analysis_groups import Family, families, of_part, paper_order, regions_of, resolve, where_of
from frontend.text.trust_words import TrustWords
from shared import schemas as s

IMPORTED = "imported"

Sort = Literal["trust", "paper"]


@dataclass(frozen=True, slots=True)
class Context:
    """What an Explore page is about."""

    analysis: s.Analysis
    family: Family
    families: tuple[Family, ...]
    modality: str | None
    detail: s.AnalysisDetail
    sort: Sort
    protocol: s.Protocol
    """Of the cohort; it gives names and colours."""
    where: str | None = None
    """Conditions of the cohort filter in their one spelling; empty for all, None where the address says nothing."""

    @property
    def trusted(self) -> bool:
        """Whether the trust block's numbers lead; False also where the analysis was made without it."""
        return self.sort == "trust"

    @property
    def floor(self) -> float | None:
        """The control floor where the trust block's numbers lead, else None."""
        return self.detail.trust.control_floor if self.trusted and self.detail.trust is not None else None

    @property
    def words(self) -> TrustWords:
        """What the trust block's flags and its R² are called in this analysis."""
        return trust_words.of(self.detail.trust, self.detail.alerts)

    @property
    def query(self) -> dict[str, str]:
        """Parameters that carry this context to another page."""
        chosen = {"analysis": self.analysis.id, "roi": self.analysis.roi}
        if self.detail.trust is not None:
            chosen["sort"] = self.sort
        chosen |= {"modality": self.modality} if self.modality else {}
        return chosen | ({} if self.where is None else {query_parameters.WHERE: self.where})

    @property
    def regions(self) -> list[str]:
        """The regions that these encoders were analysed in, of all of the cohort or of a part of it."""
        return regions_of(self.families, self.analysis, paper_order(self.protocol))

    @property
    def of_cohort(self) -> list[s.Analysis]:
        """The newest analysis of every task and region of the same patients; the shown one and its family first."""
        found = {(self.analysis.task, self.analysis.roi): self.analysis}
        for family in (self.family, *self.families):
            for analysis in family:
                same_part = where_of(analysis) == where_of(self.analysis)
                if analysis.cohort_id == self.analysis.cohort_id and same_part:
                    found.setdefault((analysis.task, analysis.roi), analysis)
        return sorted(found.values(), key=paper_order(self.protocol))


def current() -> Context | None:
    """The context of this run, from the address; None while nothing has been analysed, or nothing of its cohort."""
    known = families(analyses.analyses(), cohorts.protocol)
    of_cohort = known if (cohort := chosen_cohort()) is None else [one for one in known if one[0].cohort_id == cohort]
    if not of_cohort:
        return None
    family, analysis = resolve(
        of_cohort, st.query_params.get(query_parameters.ANALYSIS), st.query_params.get(query_parameters.REGION)
    )
    where = _where(analysis)
    if where is not None:
        roi = st.query_params.get(query_parameters.REGION)
        analysis = of_part(of_cohort, analysis, roi, where or None)
        family = next(one for one in of_cohort if analysis in one)
        where = None if where == filter_address.ALL and analysis.subgroup is None else where
    modality = st.query_params.get(query_parameters.MODALITY)
    detail = analyses.analysis(analysis.id)
    paper = detail.trust is None or st.query_params.get(query_parameters.SORT) == "paper"
    return Context(
        analysis,
        family,
        known,
        modality if modality in analysis.modalities else None,
        detail,
        "paper" if paper else "trust",
        cohorts.protocol(analysis.cohort_id),
        where,
    )


def _where(analysis: s.Analysis) -> str | None:
    """The filter of the address in its one spelling, as it stands where it cannot be asked; else the analysis' own."""
    asked = filter_address.asked()
    if asked is None:
        return where_of(analysis)
    found = filter_address.current(analysis.cohort_id)
    return asked if found is None else found.where


def chosen_cohort() -> str | None:
    """The cohort that the address names itself or by a case; None where it names none that is there."""
    wanted = st.query_params.get(query_parameters.COHORT)
    if wanted is None and (case := st.query_params.get(query_parameters.CASE)):
        wanted = cohorts.cohort_of_case(case)
    return wanted if any(one.id == wanted for one in cohorts.cohorts()) else None
