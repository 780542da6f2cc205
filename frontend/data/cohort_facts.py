"""How a cohort was read and what it is made of: layout, ids, split, centres, scanners, checks of the files."""

import pandas as pd
import streamlit as st

from frontend.text import numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s

INTEGRITY = {
    "manifest": "the sender's SHA-256",
    "checksum": "a checksum inside the file",
    "unverifiable": "nothing: not verifiable",
}
SIDES = {"train": "training", "val": "validation", "test": "test"}


def show(report: s.QualityReport) -> None:
    """Two columns: how it was read, what it is made of."""
    st.subheader("How it was read, and what it is made of", anchor=False)
    left, right = st.columns(2)
    with left:
        for title, text in (
            ("Layout", report.layout.removeprefix("layout ")),
            ("Ids", report.ids),
            ("Split", report.split),
        ):
            if text:
                st.markdown(f"**{title}.** {escape_markdown(text)}")
        if report.not_used.sentence:
            title, _, rest = report.not_used.sentence.partition(": ")
            st.markdown(f"**{title}.** {escape_markdown(rest)}")
        if report.integrity:
            st.markdown(f"**Files checked by** {in_words({INTEGRITY[key]: n for key, n in report.integrity.items()})}.")
    with right:
        for title, counts in (("Centres", report.centers), ("Scanners", report.scanners), ("Field", report.fields)):
            st.markdown(f"**{title}.** {in_words(counts) if counts else 'None known'}.")
    if any(report.sides.values()):
        st.markdown("**Studies on each side of the split**; all studies of a patient lie on one side.")
        st.dataframe(split_table(report), hide_index=True)


def in_words(counts: dict[str, int]) -> str:
    """`RUMC 80, PCNN 40`; the twelve most frequent."""
    listed = [f"{escape_markdown(name)} {numbers.count(n)}" for name, n in list(counts.items())[:12]]
    return ", ".join(listed) + (f" and {len(counts) - 12} more" if len(counts) > 12 else "")


def split_table(report: s.QualityReport) -> pd.DataFrame:
    """One row a class or grade that the split is even in, the sum below."""
    rows = [{"": each.stratum} | {word: getattr(each, side) for side, word in SIDES.items()} for each in report.strata]
    return pd.DataFrame([*rows, {"": "all"} | {word: report.sides.get(side, 0) for side, word in SIDES.items()}])
