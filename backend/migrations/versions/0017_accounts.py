"""passwords and disabled users; names, scopes and limits of their tokens"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('users', sa.Column('password_hash', sa.String(), nullable=True))
    op.add_column('users', sa.Column('disabled_at', backend.models.UtcTime(), nullable=True))
    op.add_column('tokens', sa.Column('name', sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column('tokens', sa.Column('scope', sa.String(), nullable=False, server_default=sa.text("'admin'")))
    op.add_column('tokens', sa.Column('last_used_at', backend.models.UtcTime(), nullable=True))
    op.add_column('tokens', sa.Column('idle_minutes', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('tokens', 'idle_minutes')
    op.drop_column('tokens', 'last_used_at')
    op.drop_column('tokens', 'scope')
    op.drop_column('tokens', 'name')
    op.drop_column('users', 'disabled_at')
    op.drop_column('users', 'password_hash')
