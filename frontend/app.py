"""The frame of the dashboard: who is signed in, the rail of pages, and the line of context above each."""

from pathlib import Path

import streamlit as st

from frontend.api import connection
from frontend.frame import context_line, page_list, rail, titles
from frontend.state import turns
from frontend.text.escape import escape_markdown

HERE = Path(__file__).parent

SIGN_IN = """
This server shows its pages to signed-in users only. On the machine it runs on, type

```
radiomiclens login
```

and open the link it prints. The link works once; your browser then stays signed in.

Were you sent a link to a result? Open that link itself: it needs no account.
"""


def sign_in_page() -> None:
    """What a visitor without a session sees."""
    _, middle, _ = st.columns([1, 3, 1])
    with middle:
        st.title("RadiomicLens")
        st.markdown("See what fine-tuning changed inside a medical-imaging foundation model.")
        st.subheader("Sign in")
        st.markdown(SIGN_IN)
        st.caption("Research use only. Not a medical device.")


def unreachable_page(sentence: str) -> None:
    """What everybody sees while the API is away."""
    st.title("RadiomicLens")
    st.error(escape_markdown(sentence), icon=":material/cloud_off:")


def home() -> None:
    """The bare address leads to the overview."""
    st.switch_page(HERE / "pages" / "overview.py", query_params=st.query_params.to_dict())


def show() -> None:
    """One run of the dashboard."""
    st.set_page_config(page_icon=str(HERE / "icon.svg"), layout="wide")
    st.html(HERE / "style.css")
    page = st.navigation(page_list.navigation(home), position="hidden")
    try:
        me = connection.signed_in()
    except connection.NoAnswer as error:
        unreachable_page(str(error))
        return
    if me is None:
        sign_in_page()
        return
    rail.rail(me, page.url_path)
    about = None
    if page.url_path in page_list.EXPLORE_PAGES:
        about = context_line.explore_line(page.url_path, me)
    else:
        context_line.work_line(page.url_path)
    titles.show(page_list.title_of(page.url_path), about)
    page.run()


with turns.turn():
    show()
