"""What the numbers of a page are made of, behind one button of the line: patients, outlines, encoders, seed, runs."""

import streamlit as st

from frontend.components.context_bar import IMPORTED, Context
from frontend.text import encoder_labels, labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

SWITCHES = (
    "**The switches.** Region: where the radiomics were measured. Modality: click it again for all. "
    "Trust: change of R² above chance beyond the change that all features share, with intervals and flags. "
    "Paper: ΔI, the change of a weight norm, as published."
)
WITHOUT_TRUST = (
    "This analysis was made without the trust block: only the paper's numbers exist. Analyse again with it to get "
    "intervals and flags."
)


def popover(context: Context) -> None:
    """The button says how many runs stand behind the page; under it, every fact and where it leads."""
    trust = context.detail.trust
    n_runs = 1 if trust is None or trust.runs is None else trust.runs.n_runs
    with st.popover(button_text(context.analysis, n_runs), icon=":material/info:", type="tertiary", key="facts"):
        with st.container(key="chips", gap="xsmall"):
            for text, to, why in chips(context.protocol, context.analysis, n_runs):
                st.page_link(f"pages/{to}.py", label=escape_markdown(text), help=why, query_params=context.query)
        st.caption(SWITCHES if trust is not None else WITHOUT_TRUST)


def button_text(analysis: s.Analysis, n_runs: int) -> str:
    """`1 run · seed 0`, `5 runs`; the patients stand on the filter beside it."""
    return f"1 run · seed {analysis.seed}" if n_runs == 1 else numbers.counted(n_runs, "run")


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
