"""quality of imported cases, decisions about them, and a hash in every result row"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

SEALED = ('analyses', 'analysis_features', 'analysis_groups', 'cases', 'decoders', 'embeddings', 'encoders',
          'feature_lists', 'radiomics', 'volumes')  # fmt: skip
CASE_TEXT = {'code': "''", 'remedy': "''", 'review': "'unseen'"}
CASE_JSON = {'findings': "'[]'", 'series': "'[]'", 'integrity': "'{}'", 'zones': "'{}'"}
CASE_OPEN = {'reviewed_by': sa.String, 'reviewed_at': backend.models.UtcTime, 'scanner': sa.String,
             'field_t': sa.Double}  # fmt: skip


def upgrade() -> None:
    for table in SEALED:
        # filled in by backend.database.upgrade, which knows how a row is sealed
        op.add_column(table, sa.Column('seal', sa.String(), nullable=False, server_default=sa.text("''")))
    for name, default in CASE_TEXT.items():
        op.add_column('cases', sa.Column(name, sa.String(), nullable=False, server_default=sa.text(default)))
    for name, default in CASE_JSON.items():
        op.add_column('cases', sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text(default)))
    for name, kind in CASE_OPEN.items():
        op.add_column('cases', sa.Column(name, kind(), nullable=True))
    op.create_table('case_decisions',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    with op.batch_alter_table('case_decisions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_decisions_case_id'), ['case_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('case_decisions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_case_decisions_case_id'))

    op.drop_table('case_decisions')
    for name in (*CASE_TEXT, *CASE_JSON, *CASE_OPEN):
        op.drop_column('cases', name)
    for table in SEALED:
        op.drop_column(table, 'seal')
