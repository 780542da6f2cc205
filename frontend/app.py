"""The frame of the dashboard: who is signed in, which pages there are, and the bar above the Explore pages."""

from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from frontend.api import connection
from frontend.api.refusals import answer_or_stop
from frontend.components import context_bar
from frontend.text.escape import escape_markdown

HERE = Path(__file__).parent
EXPLORE = "Explore"
SECTIONS = {
    EXPLORE: {
        "overview": ("Overview", ":material/lens_blur:"),
        "shifts": ("Shifts", ":material/swap_vert:"),
        "groups": ("Groups", ":material/grid_view:"),
        "causes": ("Used and new", ":material/account_tree:"),
        "cases": ("Cases", ":material/radiology:"),
        "map": ("Map", ":material/scatter_plot:"),
        "compare": ("Compare", ":material/compare_arrows:"),
    },
    "Work": {
        "run": ("Run", ":material/play_circle:"),
        "jobs": ("Jobs", ":material/pending_actions:"),
        "data": ("Data", ":material/fact_check:"),
    },
    "Share": {"shares": ("Shares", ":material/link:")},
}

SIGN_IN = """
This server shows its pages to signed-in users only. On the machine it runs on, type

```
radiomiclens login
```

and open the link it prints. The link works once; your browser then stays signed in.

Were you sent a link to a result? Open that link itself: it needs no account.
"""


def pages() -> dict[str, list[st.Page]]:
    """The navigation; a page is listed when its file exists."""
    listed: dict[str, list[st.Page]] = {
        section: [
            st.Page(HERE / "pages" / f"{name}.py", title=title, icon=icon, url_path=name)
            for name, (title, icon) in of_section.items()
            if (HERE / "pages" / f"{name}.py").exists()
        ]
        for section, of_section in SECTIONS.items()
    }
    shared = HERE / "pages" / "shared.py"
    if shared.exists():
        hidden = st.Page(shared, title="Shared result", url_path="shared", visibility="hidden")
        listed["Share"].append(hidden)
    listed[EXPLORE].append(st.Page(home, title="RadiomicLens", default=True, visibility="hidden"))
    return {section: found for section, found in listed.items() if found}


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


def sidebar_foot(name: str) -> None:
    """Who is signed in, and the way out."""
    with st.sidebar, st.container(key="sidebar-foot"):
        st.caption(f"Signed in as {escape_markdown(name)}")
        if connection.has_session_cookie() and st.button("Sign out", type="tertiary", icon=":material/logout:"):
            answer_or_stop(connection.client().sign_out)
            st.rerun()
        st.caption("Research use only")


def show() -> None:
    """One run of the dashboard."""
    st.set_page_config(page_title="RadiomicLens", page_icon=str(HERE / "icon.svg"), layout="wide")
    st.html(HERE / "style.css")
    if urlsplit(st.context.url or "").path.endswith("/shared"):
        st.navigation(pages(), position="hidden").run()
        return
    try:
        me = connection.signed_in()
    except connection.NoAnswer as error:
        st.navigation(pages(), position="hidden")
        unreachable_page(str(error))
        return
    if me is None:
        st.navigation(pages(), position="hidden")
        sign_in_page()
        return
    page = st.navigation(pages(), position="sidebar")
    sidebar_foot(me.name)
    if page.url_path in SECTIONS[EXPLORE]:
        context_bar.bar(page.url_path)
    else:
        context_bar.leave(page.url_path)
    page.run()


show()
