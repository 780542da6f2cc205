"""Calls for one's own account, and for users."""

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import Transport


class AccountCalls(Transport):
    """Calls for one's own account, and for users (administrators)."""

    def account(self) -> s.Account:
        """One's own account."""
        return self._get(s.Account, "/account")

    def sign_ins(self) -> Listed[s.Credential]:
        """One's own sessions and API tokens, newest first."""
        return self._all(s.Credential, "/account/sign-ins")

    def end_sign_in(self, sign_in_id: str) -> None:
        """Ends a session or an API token of one's own."""
        self._send("DELETE", f"/account/sign-ins/{sign_in_id}")

    def change_password(self, change: s.PasswordChange) -> None:
        """Sets one's own password; other sessions end."""
        self._send("PUT", "/account/password", json=change.model_dump())

    def make_token(self, wanted: s.TokenCreate, key: str | None = None) -> s.TokenCreated:
        """Makes an API token for oneself; the answer alone has its secret."""
        return self._post(s.TokenCreated, "/account/tokens", wanted, key)

    def users(self) -> Listed[s.User]:
        """Every user, by name."""
        return self._all(s.User, "/users")

    def add_user(self, wanted: s.UserCreate) -> s.Invitation:
        """Adds a user; the answer alone has the link that lets them choose a password."""
        return self._post(s.Invitation, "/users", wanted)

    def change_user(self, user_id: str, change: s.UserChange) -> s.User:
        """Gives a user another role, disables them or lets them in again."""
        changed = self._send("PATCH", f"/users/{user_id}", json=change.model_dump())
        return s.User.model_validate_json(changed.content)

    def invite(self, user_id: str, days: int = 7) -> s.Invitation:
        """A new invitation of a user; earlier ones end."""
        return self._post(s.Invitation, f"/users/{user_id}/invitations", s.InvitationCreate(days=days))

    def user_sign_ins(self, user_id: str) -> Listed[s.Credential]:
        """What a user is signed in with, and open links to sign in."""
        return self._all(s.Credential, f"/users/{user_id}/sign-ins")

    def end_user_sign_in(self, user_id: str, sign_in_id: str) -> None:
        """Ends a session, token or open link of a user."""
        self._send("DELETE", f"/users/{user_id}/sign-ins/{sign_in_id}")
