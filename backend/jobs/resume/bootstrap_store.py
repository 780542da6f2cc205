"""Keeps the bootstrap of an unfinished analysis in the database, so that a job that was stopped goes on from there."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.jobs.context import JobContext
from backend.models import ReplicateBlock


class DatabaseReplicates:
    """A `ReplicateStore` of one request; blocks are of different requests if tables, settings or code differ."""

    def __init__(self, context: JobContext, request_key: str) -> None:
        self.context, self.key, self.known = context, request_key, 0

    def load(self) -> NDArray[np.float64] | None:
        """The replicates (b, S, K) of earlier attempts, in order and without a gap."""
        rows = select(ReplicateBlock).where(ReplicateBlock.request_key == self.key).order_by(ReplicateBlock.first)
        blocks = []
        with self.context.database.read() as session:
            for row in session.scalars(rows):
                if row.first != self.known:
                    break
                blocks.append(row.values)
                self.known += len(row.values)
        if not blocks:
            return None
        self.context.log(f"{self.known} bootstrap replicates of an earlier attempt are taken over.")
        return np.concatenate(blocks)

    def save(self, replicates: NDArray[np.float64]) -> None:
        """Adds what came after the last call, and records it as progress that a restart reuses."""
        block = ReplicateBlock(request_key=self.key, first=self.known, values=replicates[self.known :].copy())
        with self.context.database.write() as session:
            session.execute(
                delete(ReplicateBlock).where(ReplicateBlock.request_key == self.key, ReplicateBlock.first >= self.known)
            )
            session.add(block)
        self.known = len(replicates)
        self.context.saved()

    def drop(self, session: Session) -> None:
        """Delete the replicates, in the transaction that stores the result."""
        session.execute(delete(ReplicateBlock).where(ReplicateBlock.request_key == self.key))
