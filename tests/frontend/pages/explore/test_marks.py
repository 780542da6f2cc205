"""Notes, stars and saved views on the Explore pages, against a real server."""

import pytest
from streamlit.testing.v1 import AppTest

from frontend.components import marks, saved_views
from frontend.state import session_keys
from shared import schemas as s
from tests.frontend.pages.explore.site import Site
from tests.frontend.pages.explore.words_shown import shown

MARKUP = "![x](http://outside.example/x.png) <b>bold</b>\nsecond line"


def opened(app: AppTest, place: str, thing: s.StarCreate) -> AppTest:
    """The page with the fold of notes open."""
    app.session_state[session_keys.of_thing("notes", place, thing)] = True
    return app.run()


def write(app: AppTest, place: str, thing: s.StarCreate, text: str) -> AppTest:
    key = session_keys.of_thing("note-text", place, thing)
    app.text_area(key=key).set_value(text)
    return app.button(key=f"{key}-add").click().run()


def test_a_note_is_written_shown_as_text_and_deleted(site_with_one: Site) -> None:
    with site_with_one.client as client:
        thing = s.StarCreate(analysis_id=client.analyses()[0].id)
        app = site_with_one.page("overview")
        assert marks.EMPTY not in shown(app), "notes are read once somebody opens them"
        app = opened(app, "overview", thing)
        assert marks.EMPTY in shown(app)
        app = write(app, "overview", thing, "  ")
        assert "The note is empty" in shown(app)
        assert list(client.notes()) == []
        app = write(app, "overview", thing, MARKUP)
        assert not app.exception
        (note,) = client.notes()
        assert (note.text, note.by) == (MARKUP, "local")
        text = shown(app)
        assert marks.words(MARKUP) in text
        assert "![" not in text
        assert "<b>" not in text
        assert f"**local**, {note.at.day} {note.at:%b %Y, %H:%M} UTC" in text
        assert app.text_area(key=session_keys.of_thing("note-text", "overview", thing)).value == ""
        app.button(key=f"delete-note-overview-{note.id}").click().run()
        assert list(client.notes()) == []


def test_a_viewer_reads_notes_and_writes_none(site_with_one: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site_with_one.client as client:
        thing = s.StarCreate(analysis_id=client.analyses()[0].id)
        client.write_note(s.NoteCreate(**thing.model_dump(), text="of another"))
    viewer = s.Me(name="viewer", role="viewer")
    monkeypatch.setattr("frontend.api.connection.signed_in", lambda: viewer)
    app = opened(site_with_one.page("overview"), "overview", thing)
    assert "of another" in shown(app)
    assert "a researcher writes them" in shown(app)
    assert not app.text_area
    assert not [button for button in app.button if (button.key or "").startswith("delete-note")]


def test_a_view_is_saved_under_a_name_and_leads_back(site_with_one: Site) -> None:
    with site_with_one.client as client:
        app = site_with_one.page("shifts", **{"class": "GLCM", "other": "x"})
        assert saved_views.EMPTY in shown(app)
        app = app.button(key=session_keys.VIEW_SAVE).click().run()
        assert "Give the view a name first" in shown(app)
        app.text_input(key=session_keys.VIEW_NAME).set_value("[GLCM](http://x)")
        app = app.button(key=session_keys.VIEW_SAVE).click().run()
        assert not app.exception
        (view,) = client.saved_views()
        analysis = client.analyses()[0]
        assert (view.page, view.by) == ("shifts", "local")
        assert view.query == {"analysis": analysis.id, "roi": analysis.roi, "class": "GLCM"}
        (link,) = (one for one in app.get("page_link") if "GLCM" in one.proto.label)
        assert "](" not in link.proto.label
        assert "class=GLCM" in link.proto.query_string
        assert "saved by local" in shown(app)
        app.text_input(key=session_keys.VIEW_NAME).set_value("[GLCM](http://x)")
        app = app.button(key=session_keys.VIEW_SAVE).click().run()
        assert "a view of this name already" in shown(app)
        app = app.button(key=f"delete-view-{view.id}").click().run()
        assert list(client.saved_views()) == []
        assert saved_views.EMPTY in shown(app)
