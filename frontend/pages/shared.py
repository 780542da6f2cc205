"""The page behind a share link: one frozen result for a clinician, and nothing else of the system."""

import pandas as pd
import streamlit as st

from frontend.api import connection
from frontend.api.refusals import stop_with
from frontend.text import alert_words, labels, numbers
from frontend.text.escape import escape_markdown
from shared import schemas as s
from shared.client import NO_ANSWER, ApiError, Client

FRAME = """
<style>
[data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stToolbar"] { display: none; }
.block-container { max-width: 760px; padding-top: 2.5rem; }
@media print { .block-container { max-width: none; padding: 0; } .stApp { position: static; } }
</style>
"""


def page() -> None:
    """Draws the page; whatever is wrong with a link, the reader sees the same calm sentence."""
    st.html(FRAME)
    client = connection.share_client()
    view = None if client is None else opened(client)
    if client is None or view is None:
        not_available()
        return
    st.title(escape_markdown(view.title))
    for sentence in view.sentences[:3]:
        st.markdown(escape_markdown(sentence))
    shifts(client, view)
    cautions(view)
    provenance(view)
    st.caption(
        "Research use only, not for diagnosis. "
        f"This link works for {numbers.counted(view.expires_in_days, 'more day')}."
    )


def opened(client: Client) -> s.SharedView | None:
    """The snapshot, or None for an unknown, expired or revoked link."""
    try:
        return client.shared_view()
    except ApiError as error:
        if error.problem.code == NO_ANSWER:
            stop_with(error)
        return None


def not_available() -> None:
    """The one answer to every link that does not work."""
    st.title("This link is not available")
    st.markdown("It may have expired or been withdrawn. Please ask the person who sent it to you for a new one.")


def shifts(client: Client, view: s.SharedView) -> None:
    """The key shifts, each with one case."""
    if not view.shifts:
        return
    st.subheader(labels.examples([shift.flag for shift in view.shifts[:3]]), anchor=False)
    for shift in view.shifts[:3]:
        with st.container(border=True):
            if shift.picture is None:
                shift_words(shift)
                continue
            text, picture = st.columns([3, 2], vertical_alignment="center")
            with text:
                shift_words(shift)
            picture.image(client.shared_picture(shift.picture), alt=shift.picture_alt, width="stretch")
            outlines = f"; {escape_markdown(shift.outlines)}" if shift.outlines else ""
            picture.caption(
                f"{escape_markdown(shift.case or 'Example case')}, "
                f"{escape_markdown(shift.pictured or shift.modality)}{outlines}"
            )


def shift_words(shift: s.SharedShift) -> None:
    """The feature's name and what happened to it."""
    st.markdown(f"**{escape_markdown(shift.label[:1].upper() + shift.label[1:])}**")
    st.markdown(escape_markdown(shift.sentence))


def cautions(view: s.SharedView) -> None:
    """What the reader must not miss, and what the result does not say."""
    cautious = [alert for alert in alert_words.ranked(view.alerts) if alert.rank != "info"]
    if cautious:
        st.subheader("Read it with care", anchor=False)
        st.markdown(listed(cautious))
    st.subheader("What this does not say", anchor=False)
    st.markdown("\n".join(f"* {escape_markdown(sentence)}" for sentence in view.cannot_say))


def listed(alerts: list[s.Alert]) -> str:
    """Each with its rank before it."""
    return "\n".join(f"* {alert_words.badge(alert)} {escape_markdown(alert.sentence)}" for alert in alerts)


def provenance(view: s.SharedView) -> None:
    """What the numbers are made of."""
    st.subheader("What it is made of", anchor=False)
    values = [escape_markdown(value) for value in view.provenance.values()]
    rows = pd.DataFrame({"": list(view.provenance), "value": values}).set_index("")
    st.table(rows, border="horizontal", hide_header=True)
    if notes := [alert for alert in view.alerts if alert.rank == "info"]:
        st.markdown(listed(notes))


page()
