"""Alembic's entry: migrates the connection that `backend.storage.database.upgrade` hands over."""

from alembic import context

from backend.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
