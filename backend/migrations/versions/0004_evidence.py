"""evidence behind each feature, comparisons, trajectories, and the bootstrap of unfinished analyses"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('replicate_blocks',
    sa.Column('request_key', sa.String(), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=False),
    sa.PrimaryKeyConstraint('request_key', 'first'),
    sqlite_strict=True
    )
    op.create_table('comparisons',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.String(), nullable=False),
    sa.Column('analysis_ids', sa.JSON(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('cache_key', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohorts.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cache_key'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_comparisons_cohort_id'), 'comparisons', ['cohort_id'], unique=False)
    op.create_table('trajectories',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.String(), nullable=False),
    sa.Column('task', sa.String(), nullable=False),
    sa.Column('roi', sa.String(), nullable=False),
    sa.Column('along', sa.String(), nullable=False),
    sa.Column('summary', sa.JSON(), nullable=False),
    sa.Column('features', sa.JSON(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=False),
    sa.Column('cache_key', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohorts.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cache_key'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_trajectories_cohort_id'), 'trajectories', ['cohort_id'], unique=False)
    op.create_table('compared_features',
    sa.Column('comparison_id', sa.String(), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('second', sa.Integer(), nullable=False),
    sa.Column('feature', sa.String(), nullable=False),
    sa.Column('k', sa.Integer(), nullable=False),
    sa.Column('modality', sa.String(), nullable=False),
    sa.Column('image_type', sa.String(), nullable=False),
    sa.Column('feature_class', sa.String(), nullable=False),
    sa.Column('feature_name', sa.String(), nullable=False),
    sa.Column('r2_pre_first', sa.Double(), nullable=False),
    sa.Column('r2_ft_first', sa.Double(), nullable=False),
    sa.Column('effect_first', sa.Double(), nullable=False),
    sa.Column('low_first', sa.Double(), nullable=False),
    sa.Column('high_first', sa.Double(), nullable=False),
    sa.Column('flag_first', sa.String(), nullable=False),
    sa.Column('r2_pre_second', sa.Double(), nullable=False),
    sa.Column('r2_ft_second', sa.Double(), nullable=False),
    sa.Column('effect_second', sa.Double(), nullable=False),
    sa.Column('low_second', sa.Double(), nullable=False),
    sa.Column('high_second', sa.Double(), nullable=False),
    sa.Column('flag_second', sa.String(), nullable=False),
    sa.Column('difference', sa.Double(), nullable=False),
    sa.Column('se', sa.Double(), nullable=False),
    sa.Column('ci_low', sa.Double(), nullable=False),
    sa.Column('ci_high', sa.Double(), nullable=False),
    sa.Column('p', sa.Double(), nullable=False),
    sa.Column('q', sa.Double(), nullable=False),
    sa.Column('verdict', sa.String(), nullable=False),
    sa.Column('seal', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['comparison_id'], ['comparisons.id'], ),
    sa.PrimaryKeyConstraint('comparison_id', 'first', 'second', 'feature'),
    sqlite_strict=True
    )
    op.create_table('analysis_evidence',
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('k', sa.Integer(), nullable=False),
    sa.Column('r2_draws', backend.models.Array(), nullable=False),
    sa.Column('effect_draws', backend.models.Array(), nullable=False),
    sa.Column('decoded', backend.models.Array(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('analysis_id', 'k'),
    sqlite_strict=True
    )
    op.add_column('analysis_features', sa.Column('control_floor', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('delta_r2_low', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('delta_r2_high', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('swap_delta_i', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('icc', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('r2_pre_kernel', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('r2_ft_kernel', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('r2_pre_elastic_net', sa.Double(), nullable=True))
    op.add_column('analysis_features', sa.Column('r2_ft_elastic_net', sa.Double(), nullable=True))


def downgrade() -> None:
    for column in ('control_floor', 'delta_r2_low', 'delta_r2_high', 'swap_delta_i', 'icc', 'r2_pre_kernel', 'r2_ft_kernel',
                   'r2_pre_elastic_net', 'r2_ft_elastic_net'):  # fmt: skip
        op.drop_column('analysis_features', column)
    op.drop_table('compared_features')
    op.drop_table('analysis_evidence')
    op.drop_table('comparisons')
    op.drop_table('trajectories')
    op.drop_table('replicate_blocks')
