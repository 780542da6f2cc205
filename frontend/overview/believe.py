"""What to know before believing the numbers: what stops first, then doubts, then notes, each with why it matters."""

from collections.abc import Sequence

import streamlit as st

from frontend.components import notices
from frontend.text import numbers
from shared import schemas as s

HEADINGS = {"stop": "What stops a reading", "warning": "Doubts", "info": "Notes"}
NOTHING = "Nothing speaks against reading these numbers."


def show(alerts: Sequence[s.Alert]) -> None:
    """A heading a rank; notes, which reassure or add, are no warnings and lie in a fold."""
    if not any(alert.rank != "info" for alert in alerts):
        st.markdown(NOTHING)
    for rank, heading in HEADINGS.items():
        found = [alert for alert in alerts if alert.rank == rank]
        if not found:
            continue
        if rank == "info":
            with st.expander(numbers.counted(len(found), "note"), icon=":material/info:", type="compact"):
                for alert in found:
                    notices.plain(alert)
        else:
            st.markdown(f"###### {heading}", anchors=False)
            notices.alerts(found)
