"""priority of a job, quotas, and e-mails about jobs that ended"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('jobs', sa.Column('priority', sa.Integer(), nullable=False, server_default=sa.text('0')))
    op.create_index('ix_jobs_turns', 'jobs', ['lane', 'submitted_by', 'started_at'], unique=False)
    op.create_table('quotas',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('open_jobs', sa.Integer(), nullable=True),
    sa.Column('disk_mb', sa.BigInteger(), nullable=True),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'name'),
    sqlite_strict=True
    )
    op.create_table('mail_choices',
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('about', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('by'),
    sqlite_strict=True
    )
    op.create_table('mail_messages',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('page', sa.String(), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', backend.models.UtcTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )


def downgrade() -> None:
    op.drop_table('mail_messages')
    op.drop_table('mail_choices')
    op.drop_table('quotas')
    op.drop_index('ix_jobs_turns', table_name='jobs')
    op.drop_column('jobs', 'priority')
