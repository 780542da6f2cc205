"""What else the embedding tells: clinical columns before and after fine-tuning, and possible shortcuts."""

from functools import partial

import streamlit as st

from frontend.causes import number_table
from frontend.charts.causes.clinical_reading import clinical_reading, frame, name, ordered
from frontend.components import chart_block, notices
from frontend.components.context_bar import Context
from frontend.text import causes_words as words
from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

HELP = (
    "Columns of the clinical table stand in place of radiomic features: how well can PSA, age or the centre be read "
    "from the embedding alone? A centre or scanner that is read better after training is a warning: the model may have "
    "learned where an image was made, and not what it shows."
)


def show(here: Context, trust: s.TrustSummary) -> None:
    """Draws the part."""
    st.subheader("What else does the embedding tell?", help=HELP)
    if not trust.clinical:
        st.info(empty(trust), icon=":material/info:")
        left_out(trust)
        return
    label = [] if trust.use is None else words.label_columns(trust.use.label)
    shortcuts(trust.clinical)
    with st.container(key="answer-clinical"):
        for sentence in answer(here.protocol, trust.clinical, label):
            st.markdown(escape_markdown(sentence))
    chart = clinical_reading(here.protocol, trust.clinical, label, notices.made_of(here.analysis), chart_block.dark())
    chart_block.show(chart, "causes-clinical")
    table(here.protocol, trust.clinical)
    left_out(trust)


def table(protocol: s.Protocol, columns: list[s.ClinicalColumn]) -> None:
    """Every column with all its numbers, on demand."""
    rows = frame(ordered(columns))
    rows = rows.assign(
        name=rows["name"].map(partial(words.column, protocol)), reading=rows["reading"].map(words.READING)
    )
    written = dict.fromkeys(("r2_pre", "r2_ft", "low", "high"), numbers.r2) | {"change": numbers.change}
    number_table.show(
        "All columns as a table", rows, written, "How well each clinical column is read before and after fine-tuning."
    )


def shortcuts(columns: list[s.ClinicalColumn]) -> None:
    """A warning where it can be read better where or how an image was made."""
    found = words.possible_shortcuts(columns)
    if found:
        st.warning(
            escape_markdown(
                f"Possible shortcut: {words.listed(found)} can be read better after fine-tuning. The model may have "
                "learned where or how an image was made. Check whether the label differs between them, and whether "
                "the result holds within one."
            ),
            icon=":material/warning:",
        )


def answer(protocol: s.Protocol, columns: list[s.ClinicalColumn], label: list[str]) -> list[str]:
    """The sentence of every column that changed, then the others by name."""
    rows = ordered(columns)
    told = [sentence(protocol, one, label) for one in rows if one.reading in ("better", "worse")]
    for reading, start in (
        ("same", "Read as before, as far as this cohort shows"),
        ("not_read", "Not read before or after"),
    ):
        of_reading = [words.column(protocol, one.name) for one in rows if one.reading == reading]
        if of_reading:
            told.append(f"{start}: {words.listed(of_reading, 8)}.")
    return told


def sentence(protocol: s.Protocol, one: s.ClinicalColumn, label: list[str]) -> str:
    """The sentence of a column, with the name that people call it by."""
    return name(protocol, one, label) + one.sentence.removeprefix(one.name)


def empty(trust: s.TrustSummary) -> str:
    """Why there is nothing to show."""
    if trust.clinical_left_out:
        return "No clinical column of this cohort could be read; the reasons stand below."
    return (
        "This cohort has no clinical columns, or the analysis is older than this part. Import a clinical table with "
        "the cohort (PSA, age, centre, scanner), and analyse again."
    )


def left_out(trust: s.TrustSummary) -> None:
    """Columns that could not be read, each a sentence."""
    for sentence in trust.clinical_left_out:
        st.caption(escape_markdown(words.as_sentence(sentence)))
