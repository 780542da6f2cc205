"""embeddings of the stages beside the pooled one, named by what they were made from"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table('embeddings', 'embeddings_before')
    op.create_table('embeddings',
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('encoder_id', sa.String(), nullable=False),
    sa.Column('input_key', sa.String(), nullable=False),
    sa.Column('layer', sa.String(), nullable=False),
    sa.Column('content_key', sa.String(), nullable=False),
    sa.Column('precision', sa.String(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.ForeignKeyConstraint(['encoder_id'], ['encoders.id'], ),
    sa.PrimaryKeyConstraint('case_id', 'encoder_id', 'input_key', 'layer'),
    sqlite_strict=True
    )
    op.execute(
        "INSERT INTO embeddings (case_id, encoder_id, input_key, layer, content_key, precision, \"values\", seal) "
        "SELECT case_id, encoder_id, input_key, 'pooled', '', 'float32', \"values\", '' FROM embeddings_before"
    )
    op.drop_table('embeddings_before')
    op.create_index(op.f('ix_embeddings_content_key'), 'embeddings', ['content_key'], unique=False)
    # 0003 gave encoders a column: what was sealed without it is sealed anew by backend.database.upgrade
    op.execute("UPDATE encoders SET seal = ''")


def downgrade() -> None:
    op.drop_index(op.f('ix_embeddings_content_key'), table_name='embeddings')
    op.rename_table('embeddings', 'embeddings_after')
    op.create_table('embeddings',
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('encoder_id', sa.String(), nullable=False),
    sa.Column('input_key', sa.String(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.ForeignKeyConstraint(['encoder_id'], ['encoders.id'], ),
    sa.PrimaryKeyConstraint('case_id', 'encoder_id', 'input_key'),
    sqlite_strict=True
    )
    op.execute(
        "INSERT INTO embeddings (case_id, encoder_id, input_key, \"values\", seal) "
        "SELECT case_id, encoder_id, input_key, \"values\", '' FROM embeddings_after WHERE layer = 'pooled'"
    )
    op.drop_table('embeddings_after')
