"""The bar of context above every Explore page: analysis, region, modality, and whose numbers lead; in the address.

The address is the truth (`?analysis=..&roi=..&modality=..&sort=..`), so a link shows what its sender saw. Moving
to another page drops the address, so the last choice of this browser session is put back there.
"""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from frontend.api import analyses, cohorts
from frontend.components import not_here, notices, saved_views
from frontend.state import query_parameters, session_keys
from frontend.text import encoder_labels, labels, numbers, trust_words
from frontend.text.analysis_groups import Family, by_cohort, families, family_labels, paper_order, resolve
from frontend.text.escape import escape_markdown
from frontend.text.trust_words import TrustWords
from shared import schemas as s

PARAMETERS = ("analysis", "roi", "modality", "sort", "cohort")
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
        return chosen | ({"modality": self.modality} if self.modality else {})

    @property
    def of_cohort(self) -> list[s.Analysis]:
        """The newest analysis of every task and region of this cohort; the shown one and its family for their own."""
        found = {(self.analysis.task, self.analysis.roi): self.analysis}
        for family in (self.family, *self.families):
            for analysis in family:
                if analysis.cohort_id == self.analysis.cohort_id:
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
    )


def chosen_cohort() -> str | None:
    """The cohort that the address names itself or by a case; None where it names none that is there."""
    wanted = st.query_params.get(query_parameters.COHORT)
    if wanted is None and (case := st.query_params.get(query_parameters.CASE)):
        wanted = cohorts.cohort_of_case(case)
    return wanted if any(one.id == wanted for one in cohorts.cohorts()) else None


def bar(page: str) -> None:
    """Draws the bar and the chip line of an Explore page; draws nothing while nothing has been analysed."""
    _restore(page)
    notices.unreadable(("analysis", analyses.analyses()))
    context = current()
    if context is None:
        if (cohort := chosen_cohort()) is not None:
            st.session_state[session_keys.LAST_CONTEXT] = {query_parameters.COHORT: cohort}
        return
    names = family_labels(context.families, cohorts.protocol)
    title = names[context.family[0].id]
    not_here.remember(page, not_here.missing_parts(context.families, context.analysis, context.family, title))
    st.query_params.update(context.query)
    if context.modality is None:
        st.query_params.pop(query_parameters.MODALITY, None)
    st.session_state[session_keys.LAST_CONTEXT] = context.query
    with st.container(key="context-bar"):
        analysis, switches = st.columns([2, 3], vertical_alignment="bottom")
        with analysis:
            _analysis_box(context)
        with switches, st.container(horizontal=True, horizontal_alignment="right", key="switches"):
            _region_switch(context)
            _modality_switch(context)
            _sort_switch(context)
        _chips(context, page)
    not_here.notice(page)


def leave(page: str) -> None:
    """Notes a page without a bar, so that the next Explore page takes the remembered context."""
    st.session_state[session_keys.LAST_PAGE] = page


def _restore(page: str) -> None:
    if st.session_state.get(session_keys.LAST_PAGE) != page:
        not_here.forget()
        remembered: dict[str, str] = st.session_state.get(session_keys.LAST_CONTEXT, {})
        if not any(name in st.query_params for name in PARAMETERS):
            st.query_params.update(remembered)
    st.session_state[session_keys.LAST_PAGE] = page


def _analysis_box(context: Context) -> None:
    names = family_labels(context.families, cohorts.protocol)
    st.session_state[session_keys.ANALYSIS_BOX] = context.family[0].id
    st.selectbox(
        "Analysis",
        by_cohort(context.families),
        format_func=lambda first: names[first],
        key=session_keys.ANALYSIS_BOX,
        on_change=_choose_analysis,
        help="Cohort and task. Only what has been analysed is listed; start another one on the Run page.",
    )


def _region_switch(context: Context) -> None:
    st.session_state[session_keys.REGION_SWITCH] = context.analysis.roi
    st.segmented_control(
        "Region",
        [analysis.roi for analysis in context.family],
        key=session_keys.REGION_SWITCH,
        on_change=_choose_region,
        required=True,
        help="Where the radiomics were measured.",
    )


def _modality_switch(context: Context) -> None:
    st.session_state[session_keys.MODALITY_SWITCH] = context.modality
    st.segmented_control(
        "Modality",
        context.analysis.modalities,
        format_func=escape_markdown,
        key=session_keys.MODALITY_SWITCH,
        on_change=_choose_modality,
        help="Show one modality; click it again for all.",
    )


def _sort_switch(context: Context) -> None:
    st.session_state[session_keys.SORT_SWITCH] = context.sort
    without = context.detail.trust is None
    st.segmented_control(
        "Lead with",
        ["paper"] if without else list(labels.SORTS),
        format_func=lambda name: labels.SORTS[name],
        key=session_keys.SORT_SWITCH,
        on_change=_choose_sort,
        required=True,
        disabled=without,
        help="This analysis was made without the trust block: only the paper's numbers exist. Analyse again with it "
        "to get intervals and flags."
        if without
        else "Which numbers sort and lead. Trust: change of R² above chance beyond the change that all features "
        "share, with intervals and flags. Paper: ΔI, the change of a weight norm, as published. Both stay visible.",
    )


def _choose_sort() -> None:
    st.query_params[query_parameters.SORT] = st.session_state[session_keys.SORT_SWITCH]


def _choose_analysis() -> None:
    not_here.forget()
    st.query_params[query_parameters.ANALYSIS] = st.session_state[session_keys.ANALYSIS_BOX]
    for name in (query_parameters.REGION, query_parameters.COHORT, query_parameters.CASE):
        st.query_params.pop(name, None)


def _choose_region() -> None:
    not_here.forget()
    st.query_params[query_parameters.REGION] = st.session_state[session_keys.REGION_SWITCH]


def _choose_modality() -> None:
    not_here.forget()
    chosen = st.session_state[session_keys.MODALITY_SWITCH]
    st.query_params.pop(query_parameters.MODALITY, None)
    if chosen:
        st.query_params[query_parameters.MODALITY] = chosen


def chips(protocol: s.Protocol, analysis: s.Analysis, n_runs: int = 1) -> list[tuple[str, str, str]]:
    """What the numbers are made of: (text, page it leads to, why one would go there); `n_runs` stand behind them."""
    patients = (
        f"{numbers.counted(analysis.n_patients, 'patient')}, {numbers.counted(analysis.n_studies, 'study', 'studies')}"
    )
    return [
        (labels.task(protocol, analysis.task), "overview", "What fine-tuning for this task changed"),
        (f"cohort {analysis.cohort_name}", "cases", "The cases of this cohort"),
        (patients, "cases", "The cases of this cohort"),
        (f"{analysis.roi} ROI", "cases", "The outline on the images"),
        (" ".join(analysis.modalities), "groups", "Feature groups by modality"),
        (_encoders(analysis.pre_encoder, analysis.ft_encoder, n_runs), "overview", "Settings and provenance"),
        (f"seed {analysis.seed}", "overview", "Settings and provenance"),
    ]


def _encoders(pre: s.Encoder, ft: s.Encoder, n_runs: int) -> str:
    """`atto 33f0 → ft c853 · epoch 1 · run 2`, `· 3 runs`; imported embeddings have a name and no architecture."""
    name = pre.arch.rpartition("-")[2] if pre.arch != IMPORTED else pre.name.removesuffix(" pre")
    epoch = "" if ft.epoch is None else f" · epoch {ft.epoch}"
    if n_runs > 1:
        return f"{name} {numbers.short_hash(pre.sha256)} → ft {numbers.short_hash(ft.sha256)}{epoch} · {n_runs} runs"
    run = f" · {words}" if (words := encoder_labels.place(ft)) else ""
    return f"{name} {numbers.short_hash(pre.sha256)} → ft {numbers.short_hash(ft.sha256)}{epoch}{run}"


def _chips(context: Context, page: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chips"):
        trust = context.detail.trust
        n_runs = 1 if trust is None or trust.runs is None else trust.runs.n_runs
        for text, to, why in chips(context.protocol, context.analysis, n_runs):
            st.page_link(f"pages/{to}.py", label=escape_markdown(text), icon="", help=why, query_params=context.query)
        saved_views.popover(page)
