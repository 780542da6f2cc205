"""volumes of a case's regions under any protocol; the prostate's stay in their own columns"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('cases', sa.Column('volumes_ml', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('cases', 'volumes_ml')
