"""files that people send over the network"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('uploads',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('n_bytes', sa.BigInteger(), nullable=False),
    sa.Column('n_received', sa.BigInteger(), nullable=False),
    sa.Column('n_stored', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('sentence', sa.String(), nullable=False),
    sa.Column('files', sa.JSON(), nullable=False),
    sa.Column('n_files', sa.Integer(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('expires_at', backend.models.UtcTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_uploads_by'), 'uploads', ['by'], unique=False)
    op.create_table('upload_uses',
    sa.Column('upload_id', sa.String(), nullable=False),
    sa.Column('job_id', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.ForeignKeyConstraint(['upload_id'], ['uploads.id'], ),
    sa.PrimaryKeyConstraint('upload_id', 'job_id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_upload_uses_job_id'), 'upload_uses', ['job_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_upload_uses_job_id'), table_name='upload_uses')
    op.drop_table('upload_uses')
    op.drop_index(op.f('ix_uploads_by'), table_name='uploads')
    op.drop_table('uploads')
