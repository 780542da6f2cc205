import pytest

from frontend.text.escape import JOINER, escape_html, escape_markdown


@pytest.mark.parametrize(
    "text",
    ["![](http://x)", "[a](b)", ":material/home: :red[x]", "$x$", "<img src=x>", "`a`", "# h", "1. one", "a\n- b"],
)
def test_no_character_of_a_name_stays_markup(text: str) -> None:
    shown_text = escape_markdown(text)
    bare = shown_text.replace("\\\\", "")
    for mark in "![]()<>#:$`*_.-":
        assert bare.count(mark) == bare.count(f"\\{mark}")
    assert "\n" not in shown_text


def test_addresses_do_not_become_links_and_plain_words_stay() -> None:
    assert f"\\://{JOINER}" in escape_markdown("http://x")
    assert f"www\\.{JOINER}" in escape_markdown("www.x.org")
    assert escape_markdown("long runs of grey level") == "long runs of grey level"
    assert (
        escape_markdown("1\N{NARROW NO-BREAK SPACE}874 of\N{NO-BREAK SPACE}them")
        == "1\N{NARROW NO-BREAK SPACE}874 of\N{NO-BREAK SPACE}them"
    )
    assert escape_markdown("a\u2028- b\x85c\td") == "a \\- b c d"
    assert escape_html('<a href="http://x">&') == '&lt;a href="http://x"&gt;&amp;'
