"""What a page says, for tests to read."""

from streamlit.testing.v1 import AppTest


def shown(app: AppTest) -> str:
    """Everything a page says in Markdown, titles, captions and messages."""
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.error, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
