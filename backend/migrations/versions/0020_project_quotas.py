"""bytes of volumes, for quotas of projects; turns of projects"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('volumes', sa.Column('n_bytes', sa.BigInteger(), nullable=True))
    op.drop_index('ix_jobs_turns', table_name='jobs')
    op.create_index('ix_jobs_turns', 'jobs', ['lane', 'project_id', 'submitted_by', 'started_at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_jobs_turns', table_name='jobs')
    op.create_index('ix_jobs_turns', 'jobs', ['lane', 'submitted_by', 'started_at'], unique=False)
    op.drop_column('volumes', 'n_bytes')
