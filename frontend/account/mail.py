"""Which ended jobs of one's own an e-mail is sent about; drawn where the server sends e-mails at all."""

import streamlit as st

from frontend.account.credentials import tried
from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.state import session_keys
from shared import schemas as s

ABOUT: dict[s.MailAbout, str] = {"none": "none", "failed": "those that failed", "all": "all that ended"}


def form() -> None:
    """Folded away, as the password is."""
    state = answer_or_stop(connection.client().mail)
    if not state.possible:
        return
    with st.expander("E-mails about your jobs", icon=":material/mail:"), st.form("mail-form", border=False):
        st.radio(
            "Jobs", list(ABOUT), format_func=ABOUT.__getitem__, index=list(ABOUT).index(state.about),
            horizontal=True, key=session_keys.ACCOUNT_MAIL_ABOUT,
        )  # fmt: skip
        st.text_input(
            "Address", value=state.address or "", max_chars=200, key=session_keys.ACCOUNT_MAIL_ADDRESS,
            help=f"At {', '.join(state.domains)}.",
        )  # fmt: skip
        st.caption("An e-mail has the kind of the job, how it ended and a link, and no name of a cohort or a patient.")
        st.form_submit_button("Save", type="primary", key=session_keys.ACCOUNT_MAIL_SAVE, on_click=_save)


def _save() -> None:
    chosen = st.session_state
    about: s.MailAbout = chosen[session_keys.ACCOUNT_MAIL_ABOUT]
    address = chosen[session_keys.ACCOUNT_MAIL_ADDRESS].strip() or None
    if tried(lambda: connection.client().choose_mail(about, address)):
        said = {"none": "No e-mails are sent about your jobs.", "failed": "Failed jobs are told by e-mail."}
        chosen[session_keys.ACCOUNT_DONE] = said.get(about, "Every job that ends is told by e-mail.")
