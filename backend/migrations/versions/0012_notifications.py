"""notifications, drafts of forms, and the steps of a job"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notifications',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('sentence', sa.String(), nullable=False),
    sa.Column('page', sa.String(), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('read_at', backend.models.UtcTime(), nullable=True),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_notifications_by'), 'notifications', ['by'], unique=False)
    op.create_index(op.f('ix_notifications_job_id'), 'notifications', ['job_id'], unique=False)
    op.create_table('webhook_messages',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('page', sa.String(), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', backend.models.UtcTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_table('drafts',
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('by', 'name'),
    sqlite_strict=True
    )
    op.add_column('jobs', sa.Column('steps', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('jobs', sa.Column('expected_seconds', sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column('jobs', 'expected_seconds')
    op.drop_column('jobs', 'steps')
    op.drop_table('drafts')
    op.drop_table('webhook_messages')
    op.drop_index(op.f('ix_notifications_job_id'), table_name='notifications')
    op.drop_index(op.f('ix_notifications_by'), table_name='notifications')
    op.drop_table('notifications')
