"""notes, stars and saved views"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notes',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('analysis_id', sa.String(), nullable=True),
    sa.Column('feature', sa.String(), nullable=True),
    sa.Column('case_id', sa.String(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_notes_analysis_id'), 'notes', ['analysis_id'], unique=False)
    op.create_index(op.f('ix_notes_case_id'), 'notes', ['case_id'], unique=False)
    op.create_table('stars',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('analysis_id', sa.String(), nullable=True),
    sa.Column('feature', sa.String(), nullable=True),
    sa.Column('case_id', sa.String(), nullable=True),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_stars_by'), 'stars', ['by'], unique=False)
    op.create_table('saved_views',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('page', sa.String(), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('by', 'name'),
    sqlite_strict=True
    )


def downgrade() -> None:
    op.drop_table('saved_views')
    op.drop_index(op.f('ix_stars_by'), table_name='stars')
    op.drop_table('stars')
    op.drop_index(op.f('ix_notes_case_id'), table_name='notes')
    op.drop_index(op.f('ix_notes_analysis_id'), table_name='notes')
    op.drop_table('notes')
