"""the second version of the trust block: influence in place of bootstrap replicates, and its columns"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

NUMBERS = (
    "chance_r2_pre", "chance_r2_ft", "effect_shrunk", "shrunk_low", "shrunk_high", "effect_given_label",
    "given_label_low", "given_label_high", "label_borne", "label_borne_q", "used", "used_low", "used_high",
)  # fmt: skip
COUNTS = ("n_runs", "n_runs_agree")


def upgrade() -> None:
    op.create_table('decoding_evidence',
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('k', sa.Integer(), nullable=False),
    sa.Column('influence', backend.models.Array(), nullable=False),
    sa.Column('effect_by_run', backend.models.Array(), nullable=False),
    sa.Column('permuted', backend.models.Array(), nullable=False),
    sa.Column('decoded', backend.models.Array(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('analysis_id', 'k'),
    sqlite_strict=True
    )
    for column in NUMBERS:
        op.add_column('analysis_features', sa.Column(column, sa.Double(), nullable=True))
    for column in COUNTS:
        op.add_column('analysis_features', sa.Column(column, sa.Integer(), nullable=True))
    with op.batch_alter_table('compared_features') as table:
        table.alter_column('q', existing_type=sa.Double(), nullable=True)
    op.add_column('analysis_features', sa.Column('use', sa.String(), nullable=True))
    op.drop_table('replicate_blocks')


def downgrade() -> None:
    op.execute("UPDATE compared_features SET q = 1 WHERE q IS NULL")
    with op.batch_alter_table('compared_features') as table:
        table.alter_column('q', existing_type=sa.Double(), nullable=False)
    op.create_table('replicate_blocks',
    sa.Column('request_key', sa.String(), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=False),
    sa.PrimaryKeyConstraint('request_key', 'first'),
    sqlite_strict=True
    )
    for column in ('use', *COUNTS, *NUMBERS):
        op.drop_column('analysis_features', column)
    op.drop_table('decoding_evidence')
