"""Calls for share links and the snapshots they open."""

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class ShareCalls(Transport):
    """Calls for share links and the snapshots they open."""

    def shares(self) -> Listed[s.Share]:
        """Share links, newest first."""
        return self._all(s.Share, "/shares")

    def share(self, create: s.ShareCreate, key: str | None = None) -> s.ShareCreated:
        """Makes a link; its token is in this answer and nowhere else. The same `key` never makes a second one."""
        return self._post(s.ShareCreated, "/shares", create, key)

    def draft_share(self, create: s.ShareDraftCreate) -> s.ShareDraft:
        """A preview of what the receiver of a link would see; it is its maker's alone, for an hour."""
        return self._post(s.ShareDraft, "/shares/drafts", create)

    def rewrite_draft(self, draft: str, texts: s.ShareTexts) -> s.ShareDraft:
        """Other words of the sender in a preview; what was drawn stays."""
        answer = self._send("PUT", f"/shares/drafts/{draft}", json=texts.model_dump(mode="json"))
        return s.ShareDraft.model_validate_json(answer.content)

    def extend(self, share_id: str, days: int) -> s.Share:
        """Gives a link a new end, so many days from now."""
        return self._post(s.Share, f"/shares/{share_id}/extend", s.ShareExtend(days=days))

    def revoke(self, share_id: str) -> s.Share:
        """Ends a link at once."""
        return self._post(s.Share, f"/shares/{share_id}/revoke")

    def shared_view(self) -> s.SharedView:
        """The snapshot the share cookie opens."""
        return self._get(s.SharedView, "/shared")

    def shared_picture(self, name: str) -> bytes:
        """A picture of the snapshot."""
        return self._send("GET", f"/shared/pictures/{name}").content
