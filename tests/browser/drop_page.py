"""A page with a drop zone and a browser of folders and nothing else, run by the test in the place of the dashboard."""

import streamlit as st

from frontend.uploads import drop_zone, folder_browser

st.set_page_config(page_title="Drop", layout="wide")
st.title("Drop")
ready = drop_zone("zone", ["table", "archive"])
st.text("ready: " + ", ".join(sorted(one.name for one in ready)))
st.header("Folders")
st.text(f"chosen: {folder_browser('folders')}")
