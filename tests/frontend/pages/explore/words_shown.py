"""What a page says, for tests to read."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest


def shown(app: AppTest) -> str:
    """Everything a page says in Markdown, titles, captions, messages and drawn charts."""
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.error, app.warning)
    return "\n".join([*(str(element.value) for kind in kinds for element in kind), drawn(app)])


def drawn(app: AppTest) -> str:
    """The words of the charts that are drawn as HTML."""
    charts = [body for element in app.get("html") if 'class="drawn' in (body := element.proto.body)]
    return unescape(re.sub(r"<[^>]+>", " ", "\n".join(charts)))
