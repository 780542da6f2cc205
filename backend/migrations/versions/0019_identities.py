"""people as an institution or a proxy knows them"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('identities',
    sa.Column('issuer', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ),
    sa.PrimaryKeyConstraint('issuer', 'subject'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_identities_user_id'), 'identities', ['user_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_identities_user_id'), table_name='identities')
    op.drop_table('identities')
