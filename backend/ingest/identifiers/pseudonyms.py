"""Pseudonyms: ids replaced by keyed hashes, which only the holder of the key can compute again."""

import hashlib
import hmac
from base64 import b32encode

CHARACTERS = 10


class Pseudonyms:
    """Ids replaced by keyed hashes: the same patient gets the same pseudonym."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def patient(self, patient_id: str) -> str:
        """The pseudonym of a patient."""
        return "P" + self._hash(f"patient\0{patient_id}")

    def study(self, patient_id: str, study_id: str) -> str:
        """The pseudonym of a study, behind its patient's."""
        return f"{self.patient(patient_id)}_S{self._hash(f'study{chr(0)}{patient_id}{chr(0)}{study_id}')}"

    def _hash(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return b32encode(digest)[:CHARACTERS].decode("ascii")
