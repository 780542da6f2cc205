"""What the task uses of what the embedding carries: words, one picture, the features, the tables."""

from collections import Counter

import pandas as pd
import streamlit as st

from frontend.api import analyses
from frontend.causes import number_table
from frontend.causes.missing import analyse_again
from frontend.charts.causes.group_use import frame, group_use
from frontend.components import chart_block, figure_downloads, notices
from frontend.components.context_bar import Context
from frontend.state import query_parameters
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

MOST_FEATURES = 8
MOST_GROUPS = 3
FEWEST_PATIENTS = 40
"""With fewer the method leaves every use `unclear`."""
HELP = (
    "A head is the last step of the task: it turns the embedding of a study into the prediction. Each group of "
    "features is taken out of the embedding, as if the encoder could not see it, and the head predicts again. A "
    "feature that goes with the label is taken out together with it. What the head loses is what the task uses. "
    "*Carried, not used here* does not mean useless: it means that this head does without it."
)


def show(here: Context, trust: s.TrustSummary) -> None:
    """Draws the part."""
    st.subheader("Used: what does the task rest on?", help=HELP)
    if trust.use is None:
        without_label(here)
        return
    use = trust.use
    groups = [one for one in use.groups if here.modality is None or one.group.startswith(f"{here.modality}_")]
    with st.container(key="answer-used"):
        for sentence in [head(here.protocol, use), *answer(use, groups, here.analysis.n_patients)]:
            st.markdown(escape_markdown(sentence))
    if works(use):
        chart_block.show(group_use(groups, notices.made_of(here.analysis), chart_block.dark()), "causes-used")
        figure_downloads.row(here.analysis.id, "use")
        features(here)
    table(groups)


def table(groups: list[s.GroupUse]) -> None:
    """Every group with all its numbers, on demand, and what the words mean."""
    rows = frame(groups)
    rows = rows.assign(group=rows["group"].map(words.group), use=rows["use"].map(words.USE))
    number_table.show(
        "All groups as a table",
        rows,
        dict.fromkeys(("used", "low", "high", "control"), words.share),
        "What the head loses without each group of features.",
        {
            "used": st.column_config.NumberColumn("lost without it", help="Share of the head's skill."),
            "control": st.column_config.NumberColumn(help="What the average control loses."),
        },
    )
    with st.expander("What the words mean", type="compact"):
        for flag, meaning in words.USE_MEANING.items():
            st.markdown(f"**{words.USE[flag].capitalize()}.** {meaning}")


def without_label(here: Context) -> None:
    """What to do where no label was given."""
    analyse_again(
        here,
        "Nothing is said here of what the task uses: this analysis was made without the task's label, so there is no "
        "head to ask. Analyse again with the label: a column of the clinical table that holds what the task learned.",
    )


def works(use: s.UseSummary) -> bool:
    """Whether the head is better than chance: without skill there is nothing to lose."""
    return use.head_low is not None and use.head_low > 0


def head(protocol: s.Protocol, use: s.UseSummary) -> str:
    """Which head was asked, how good it is, and what that means."""
    label = words.label_in_words(protocol, use.label)
    which = (
        f"The task's own head on {label}"
        if use.head_given
        else f"A linear head on {label}, cross-validated here in place of the task's own,"
    )
    skill = f"R² {numbers.r2(use.head_r2)} {numbers.interval(use.head_low, use.head_high)}"
    if works(use):
        whom = "these patients, on some of which it may have been fitted" if use.head_given else "held-out patients"
        return f"{which} tells it with {skill} on {whom}."
    return (
        f"{which} is not better than chance ({skill}). It has no skill to lose, so nothing can be said of what the "
        "task uses. More patients, or a label that the embedding carries, would change that."
    )


def answer(use: s.UseSummary, groups: list[s.GroupUse], patients: int) -> list[str]:
    """What is used (where nothing is, the picture says so), then how many groups are not, not clear, or not read."""
    if not works(use):
        return []
    used = sorted((one for one in groups if one.use == "used"), key=lambda one: -(one.used or 0.0))
    told = [
        f"Without {words.group(one.group)} it loses {words.share_with_interval(one.used, one.low, one.high)} of its "
        f"skill; taking away an average control costs {words.share(one.control)}: {words.USE['used']}."
        for one in used[:MOST_GROUPS]
    ]
    if len(used) > MOST_GROUPS:
        told.append(f"{numbers.counted(len(used) - MOST_GROUPS, 'more group')} below.")
    if patients < FEWEST_PATIENTS:
        told.append(f"{patients} patients are too few to call a group used or not; {FEWEST_PATIENTS} are needed.")
    counts = Counter(one.use for one in groups)
    rest = [(counts[flag], words.USE[flag]) for flag in ("not_used", "unclear", "not_decodable") if counts[flag]]
    others = numbers.counted(sum(n for n, _ in rest), "other group" if used else "group")
    of_each = "; ".join(f"{n} {words_of}" for n, words_of in rest)
    return told + ([f"Of {others}: {of_each}."] if rest else [])


def features(here: Context) -> None:
    """The single features that the task uses, most first, each a link to its evidence."""
    rows = used_features(here)
    if rows.empty:
        st.caption("No single feature is shown to be used: groups are easier to see.")
        return
    st.markdown("###### Features that the task uses, most first", anchors=False)
    with st.container(gap="xsmall", key="used-features"):
        for row in rows.head(MOST_FEATURES).to_dict("records"):
            lost = words.share_with_interval(row["used"], row["used_low"], row["used_high"])
            st.page_link(
                "pages/shifts.py",
                label=f"{escape_markdown(row['label'])}: {escape_markdown(lost)}",
                icon=":material/arrow_forward:",
                query_params=here.query | {query_parameters.FEATURE: row["feature"]},
            )
    more = len(rows) - MOST_FEATURES
    if more > 0:
        st.caption(f"{numbers.counted(more, 'more feature')}: see the column `used` of the ranking.")


def used_features(here: Context) -> pd.DataFrame:
    """Rows of the ranking with the flag `used`, of the chosen modality."""
    rows = analyses.ranking(here.analysis.id)
    rows = rows[rows["use"] == "used"]
    if here.modality is not None:
        rows = rows[rows["modality"] == here.modality]
    return rows.sort_values(["used", "feature"], ascending=[False, True])
