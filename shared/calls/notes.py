"""Calls for notes, stars and saved views."""

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class NoteCalls(Transport):
    """Calls for notes, stars and saved views."""

    def notes(
        self, analysis_id: str | None = None, feature: str | None = None, case_id: str | None = None
    ) -> Listed[s.Note]:
        """Notes, newest first; an analysis' own and those on its features, unless `feature` names one."""
        return self._all(s.Note, "/notes", analysis_id=analysis_id, feature=feature, case_id=case_id)

    def write_note(self, create: s.NoteCreate) -> s.Note:
        """Writes a note, for everybody to read."""
        return self._post(s.Note, "/notes", create)

    def delete_note(self, note_id: str) -> None:
        """Deletes a note of one's own; an admin any."""
        self._send("DELETE", f"/notes/{note_id}")

    def stars(self) -> Listed[s.Star]:
        """One's own stars, newest first."""
        return self._all(s.Star, "/stars")

    def star(self, create: s.StarCreate) -> s.Star:
        """Sets a star; where it stands already, it stays as it is."""
        return self._post(s.Star, "/stars", create)

    def unstar(self, star_id: str) -> None:
        """Takes a star of one's own away."""
        self._send("DELETE", f"/stars/{star_id}")

    def saved_views(self) -> Listed[s.SavedView]:
        """The saved views of all users, by name."""
        return self._all(s.SavedView, "/saved-views")

    def save_view(self, create: s.SavedViewCreate) -> s.SavedView:
        """Saves an address of the dashboard under a name."""
        return self._post(s.SavedView, "/saved-views", create)

    def delete_view(self, view_id: str) -> None:
        """Deletes a saved view of one's own; an admin any."""
        self._send("DELETE", f"/saved-views/{view_id}")
