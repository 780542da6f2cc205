"""the protocol of a cohort; every earlier one is of the built-in protocol of the prostate"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

PROSTATE = '{"name": "prostate-mpmri"}'


def upgrade() -> None:
    op.add_column('cohorts', sa.Column('protocol', sa.JSON(), nullable=False, server_default=sa.text(f"'{PROSTATE}'")))


def downgrade() -> None:
    op.drop_column('cohorts', 'protocol')
