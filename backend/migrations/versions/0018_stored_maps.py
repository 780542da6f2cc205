"""the map of an analysis, which takes a minute to compute for 20 000 studies"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stored_maps',
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('study_ids', sa.JSON(), nullable=False),
    sa.Column('neighbours', sa.Integer(), nullable=False),
    sa.Column('by_chance', sa.Double(), nullable=False),
    sa.Column('shown_pre', sa.Double(), nullable=False),
    sa.Column('shown_ft', sa.Double(), nullable=False),
    sa.Column('pre', backend.models.Array(), nullable=False),
    sa.Column('ft', backend.models.Array(), nullable=False),
    sa.Column('kept', backend.models.Array(), nullable=False),
    sa.Column('near_pre', backend.models.Array(), nullable=False),
    sa.Column('near_ft', backend.models.Array(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('analysis_id'),
    sqlite_strict=True
    )


def downgrade() -> None:
    op.drop_table('stored_maps')
