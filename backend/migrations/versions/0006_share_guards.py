"""share links with a passphrase and a limit of views"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('shares', sa.Column('passphrase_hash', sa.String(), nullable=True))
    op.add_column('shares', sa.Column('max_views', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('shares', 'max_views')
    op.drop_column('shares', 'passphrase_hash')
