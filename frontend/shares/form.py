"""The form of a new link: which result, for whom, in which words, for how long, with or without pictures."""

import streamlit as st

from frontend.api import cohorts, connection
from frontend.shares import preview
from frontend.state import query_parameters, session_keys
from frontend.text import labels, numbers
from shared import schemas as s
from shared.client import ApiError

SHORTEST = 8


def form(analyses: list[s.Analysis], user: str) -> None:
    """The form beside the preview; the link takes exactly what the preview shows."""
    st.subheader("New link", anchor=False)
    if not analyses:
        st.markdown("There is no analysis to share yet.")
        st.page_link("pages/run.py", label="Run one", icon=":material/play_circle:")
        return
    fields, shown = st.columns([5, 7], gap="large")
    with fields, st.container(key="new-share-form"):
        wanted, texts = _asked(analyses, user)
        checked = _pictures_checked()
    with shown:
        st.markdown("**What the receiver will see**")
        draft = preview.current(wanted, texts)
        if draft is not None:
            preview.show(draft)
    with fields:
        st.button(
            "Make the link", type="primary", icon=":material/add_link:", key=session_keys.SHARE_CREATE,
            disabled=draft is None or not checked, on_click=_make, args=(wanted, texts, draft),
        )  # fmt: skip


def _asked(analyses: list[s.Analysis], user: str) -> tuple[preview.Wanted, s.ShareTexts]:
    by_id = {analysis.id: analysis for analysis in analyses}
    asked = st.query_params.get(query_parameters.ANALYSIS)
    start = list(by_id).index(asked) if asked in by_id else 0
    analysis_id = st.selectbox(
        "Result", list(by_id), index=start, format_func=lambda i: name(by_id[i]), key=session_keys.SHARE_ANALYSIS
    )
    sender = st.text_input("From", max_chars=80, key=session_keys.SHARE_SENDER, placeholder=user)
    title = st.text_input(
        "Title (optional)", max_chars=120, key=session_keys.SHARE_TITLE, placeholder="For the tumour board on Thursday"
    )
    message = st.text_area(
        "Why you send it (optional)", max_chars=600, height=96, key=session_keys.SHARE_MESSAGE,
        help="The receiver reads it above the pictures. Write no names of patients.",
    )  # fmt: skip
    label, days = st.columns([3, 2])
    label.text_input(
        "For whom (only you see this)", max_chars=120, key=session_keys.SHARE_LABEL, placeholder="Dr Weber"
    )
    until = days.number_input("Days it works", 1, 90, 14, key=session_keys.SHARE_DAYS)
    passphrase, views = st.columns([3, 2])
    passphrase.text_input(
        "Passphrase (optional)", type="password", max_chars=200, key=session_keys.SHARE_PASSPHRASE,
        autocomplete="new-password",
        help="Whoever opens the link must type it too; 8 characters or more. Tell it by another way than the link.",
    )  # fmt: skip
    views.number_input("Times it opens", 1, 10_000, None, key=session_keys.SHARE_MAX_VIEWS, placeholder="any")
    pictures = bool(st.session_state.get(session_keys.SHARE_PICTURES))
    checked = pictures and bool(st.session_state.get(session_keys.SHARE_PICTURES_CHECKED))
    texts = s.ShareTexts(sender=sender.strip(), title=title.strip(), message=message.strip(), days=until)
    return preview.Wanted(analysis_id, checked), texts


def _pictures_checked() -> bool:
    """Whether pictures may go along, or none are wanted."""
    pictures = st.checkbox("Show pictures of two patients, under pseudonyms", key=session_keys.SHARE_PICTURES)
    checked = st.checkbox(
        "I checked the pictures for burned-in names",
        key=session_keys.SHARE_PICTURES_CHECKED,
        disabled=not pictures,
        help="Names or dates drawn into the image itself are not removed. Look at the cases first.",
    )
    if pictures and not checked:
        st.caption("Tick the second box too, after looking at the cases; the preview then shows the pictures.")
    return checked or not pictures


def name(analysis: s.Analysis) -> str:
    """`PI-RADS · anatomy-120 · gland · 24 Nov 2026, 09:15`."""
    task = labels.task(cohorts.protocol(analysis.cohort_id), analysis.task)
    return f"{task} · {analysis.cohort_name} · {analysis.roi} · {numbers.day(analysis.created_at)}"


def _make(wanted: preview.Wanted, texts: s.ShareTexts, draft: s.ShareDraft | None) -> None:
    """Creates the link of the preview."""
    chosen = st.session_state
    passphrase = chosen[session_keys.SHARE_PASSPHRASE]
    if 0 < len(passphrase) < SHORTEST:
        chosen[session_keys.SHARES_REFUSAL] = f"The passphrase is too short; take {SHORTEST} characters or more."
        return
    wish = s.ShareCreate(
        analysis_id=wanted.analysis_id,
        label=chosen[session_keys.SHARE_LABEL].strip(),
        with_pictures=wanted.with_pictures,
        passphrase=passphrase or None,
        max_views=chosen[session_keys.SHARE_MAX_VIEWS],
        draft=None if draft is None else draft.id,
        **texts.model_dump(),
    )
    try:
        chosen[session_keys.SHARE_CREATED] = connection.client().share(wish)
    except ApiError as error:
        chosen[session_keys.SHARES_REFUSAL] = error.problem.detail
    chosen.pop(session_keys.SHARE_DRAFT, None)  # the next link gets pseudonyms of its own
