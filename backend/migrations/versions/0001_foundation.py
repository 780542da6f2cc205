"""foundation"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_table('cohorts',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    sqlite_strict=True
    )
    op.create_table('feature_lists',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('names', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    op.create_table('jobs',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('lane', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('local', sa.Boolean(), nullable=False),
    sa.Column('step', sa.String(), nullable=False),
    sa.Column('step_at', backend.models.UtcTime(), nullable=True),
    sa.Column('step_from', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('owner', sa.String(), nullable=True),
    sa.Column('error', sa.String(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('idempotency_key', sa.String(), nullable=True),
    sa.Column('submitted_by', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('started_at', backend.models.UtcTime(), nullable=True),
    sa.Column('finished_at', backend.models.UtcTime(), nullable=True),
    sa.Column('heartbeat_at', backend.models.UtcTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('idempotency_key'),
    sqlite_strict=True
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_jobs_position'), ['position'], unique=False)
        batch_op.create_index(batch_op.f('ix_jobs_state'), ['state'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    sqlite_strict=True
    )
    op.create_table('cases',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.String(), nullable=False),
    sa.Column('study_id', sa.String(), nullable=False),
    sa.Column('patient_id', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('warnings', sa.JSON(), nullable=False),
    sa.Column('pirads', sa.Integer(), nullable=True),
    sa.Column('volume_ml', sa.Double(), nullable=True),
    sa.Column('psa', sa.Double(), nullable=True),
    sa.Column('isup', sa.Integer(), nullable=True),
    sa.Column('age', sa.Double(), nullable=True),
    sa.Column('center', sa.String(), nullable=True),
    sa.Column('split', sa.String(), nullable=True),
    sa.Column('gland_ml', sa.Double(), nullable=True),
    sa.Column('lesion_ml', sa.Double(), nullable=True),
    sa.Column('geometry', sa.JSON(), nullable=False),
    sa.Column('clinical', sa.JSON(), nullable=False),
    sa.Column('source_hash', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohorts.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cohort_id', 'study_id'),
    sqlite_strict=True
    )
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cases_cohort_id'), ['cohort_id'], unique=False)

    op.create_table('encoders',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.String(), nullable=True),
    sa.Column('parent_id', sa.String(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('arch', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('task', sa.String(), nullable=True),
    sa.Column('epoch', sa.Integer(), nullable=True),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('metrics', sa.JSON(), nullable=False),
    sa.Column('history', sa.JSON(), nullable=False),
    sa.Column('cache_key', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohorts.id'], ),
    sa.ForeignKeyConstraint(['parent_id'], ['encoders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cache_key'),
    sqlite_strict=True
    )
    with op.batch_alter_table('encoders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_encoders_cohort_id'), ['cohort_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_encoders_sha256'), ['sha256'], unique=False)

    op.create_table('job_logs',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('at', backend.models.UtcTime(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('line', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    with op.batch_alter_table('job_logs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_logs_job_id'), ['job_id'], unique=False)

    op.create_table('job_needs',
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('needs_id', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.ForeignKeyConstraint(['needs_id'], ['jobs.id'], ),
    sa.PrimaryKeyConstraint('job_id', 'needs_id'),
    sqlite_strict=True
    )
    with op.batch_alter_table('job_needs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_needs_needs_id'), ['needs_id'], unique=False)

    op.create_table('tokens',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('expires_at', backend.models.UtcTime(), nullable=True),
    sa.Column('used_at', backend.models.UtcTime(), nullable=True),
    sa.Column('revoked_at', backend.models.UtcTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash'),
    sqlite_strict=True
    )
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tokens_user_id'), ['user_id'], unique=False)

    op.create_table('analyses',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('cohort_id', sa.String(), nullable=False),
    sa.Column('task', sa.String(), nullable=False),
    sa.Column('roi', sa.String(), nullable=False),
    sa.Column('pre_encoder_id', sa.String(), nullable=False),
    sa.Column('ft_encoder_id', sa.String(), nullable=False),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('report', sa.JSON(), nullable=False),
    sa.Column('sentences', sa.JSON(), nullable=False),
    sa.Column('cache_key', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohorts.id'], ),
    sa.ForeignKeyConstraint(['ft_encoder_id'], ['encoders.id'], ),
    sa.ForeignKeyConstraint(['pre_encoder_id'], ['encoders.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('cache_key'),
    sqlite_strict=True
    )
    with op.batch_alter_table('analyses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_analyses_cohort_id'), ['cohort_id'], unique=False)

    op.create_table('embeddings',
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('encoder_id', sa.String(), nullable=False),
    sa.Column('input_key', sa.String(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.ForeignKeyConstraint(['encoder_id'], ['encoders.id'], ),
    sa.PrimaryKeyConstraint('case_id', 'encoder_id', 'input_key'),
    sqlite_strict=True
    )
    op.create_table('radiomics',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('roi', sa.String(), nullable=False),
    sa.Column('settings_hash', sa.String(), nullable=False),
    sa.Column('cache_key', sa.String(), nullable=False),
    sa.Column('feature_list_id', sa.String(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('quality', sa.JSON(), nullable=False),
    sa.Column('values', backend.models.Array(), nullable=True),
    sa.Column('seconds', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.ForeignKeyConstraint(['feature_list_id'], ['feature_lists.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('case_id', 'roi', 'settings_hash'),
    sqlite_strict=True
    )
    with op.batch_alter_table('radiomics', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_radiomics_case_id'), ['case_id'], unique=False)

    op.create_table('volumes',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('case_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('source_sha256', sa.String(), nullable=False),
    sa.Column('dtype', sa.String(), nullable=False),
    sa.Column('size', sa.JSON(), nullable=False),
    sa.Column('spacing', sa.JSON(), nullable=False),
    sa.Column('origin', sa.JSON(), nullable=False),
    sa.Column('direction', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('case_id', 'kind'),
    sqlite_strict=True
    )
    with op.batch_alter_table('volumes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_volumes_case_id'), ['case_id'], unique=False)

    op.create_table('analysis_features',
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('k', sa.Integer(), nullable=False),
    sa.Column('feature', sa.String(), nullable=False),
    sa.Column('modality', sa.String(), nullable=False),
    sa.Column('image_type', sa.String(), nullable=False),
    sa.Column('feature_class', sa.String(), nullable=False),
    sa.Column('feature_name', sa.String(), nullable=False),
    sa.Column('i_pre', sa.Double(), nullable=False),
    sa.Column('i_ft', sa.Double(), nullable=False),
    sa.Column('delta_i', sa.Double(), nullable=False),
    sa.Column('rank_paper', sa.Integer(), nullable=False),
    sa.Column('paper_r2_pre', sa.Double(), nullable=True),
    sa.Column('paper_r2_ft', sa.Double(), nullable=True),
    sa.Column('paper_mse_pre', sa.Double(), nullable=True),
    sa.Column('paper_mse_ft', sa.Double(), nullable=True),
    sa.Column('r2_in_sample_pre', sa.Double(), nullable=True),
    sa.Column('r2_in_sample_ft', sa.Double(), nullable=True),
    sa.Column('r2_pre', sa.Double(), nullable=True),
    sa.Column('r2_ft', sa.Double(), nullable=True),
    sa.Column('delta_r2', sa.Double(), nullable=True),
    sa.Column('selective_delta', sa.Double(), nullable=True),
    sa.Column('se', sa.Double(), nullable=True),
    sa.Column('ci_low', sa.Double(), nullable=True),
    sa.Column('ci_high', sa.Double(), nullable=True),
    sa.Column('p', sa.Double(), nullable=True),
    sa.Column('q', sa.Double(), nullable=True),
    sa.Column('flag', sa.String(), nullable=True),
    sa.Column('explained_sd_pre', sa.Double(), nullable=True),
    sa.Column('explained_sd_ft', sa.Double(), nullable=True),
    sa.Column('effect', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('analysis_id', 'k'),
    sqlite_strict=True
    )
    with op.batch_alter_table('analysis_features', schema=None) as batch_op:
        batch_op.create_index('ix_features_effect', ['analysis_id', 'effect'], unique=False)
        batch_op.create_index('ix_features_rank', ['analysis_id', 'rank_paper'], unique=False)

    op.create_table('analysis_groups',
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('grouping', sa.String(), nullable=False),
    sa.Column('group', sa.String(), nullable=False),
    sa.Column('values', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('analysis_id', 'grouping', 'group'),
    sqlite_strict=True
    )
    op.create_table('decoders',
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('features', sa.JSON(), nullable=False),
    sa.Column('study_ids', sa.JSON(), nullable=False),
    sa.Column('splits', sa.JSON(), nullable=False),
    sa.Column('solved', backend.models.Array(), nullable=False),
    sa.Column('weight', backend.models.Array(), nullable=False),
    sa.Column('bias', backend.models.Array(), nullable=False),
    sa.Column('x_mean', backend.models.Array(), nullable=False),
    sa.Column('x_sd', backend.models.Array(), nullable=False),
    sa.Column('z_pre', backend.models.Array(), nullable=False),
    sa.Column('z_ft', backend.models.Array(), nullable=False),
    sa.Column('r_minmax', backend.models.Array(), nullable=False),
    sa.Column('theta_pre', backend.models.Array(), nullable=False),
    sa.Column('theta_ft', backend.models.Array(), nullable=False),
    sa.Column('intercept_pre', backend.models.Array(), nullable=False),
    sa.Column('intercept_ft', backend.models.Array(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('analysis_id'),
    sqlite_strict=True
    )
    op.create_table('shares',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('analysis_id', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('expires_at', backend.models.UtcTime(), nullable=False),
    sa.Column('revoked_at', backend.models.UtcTime(), nullable=True),
    sa.Column('opened', sa.Integer(), nullable=False),
    sa.Column('last_opened_at', backend.models.UtcTime(), nullable=True),
    sa.Column('snapshot', sa.JSON(), nullable=False),
    sa.Column('snapshot_sha256', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['analysis_id'], ['analyses.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash'),
    sqlite_strict=True
    )
    op.create_table('share_pictures',
    sa.Column('share_id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('png', sa.LargeBinary(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['share_id'], ['shares.id'], ),
    sa.PrimaryKeyConstraint('share_id', 'name'),
    sqlite_strict=True
    )
    op.create_table('share_sessions',
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('share_id', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['share_id'], ['shares.id'], ),
    sa.PrimaryKeyConstraint('token_hash'),
    sqlite_strict=True
    )
    with op.batch_alter_table('share_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_share_sessions_share_id'), ['share_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('share_sessions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_share_sessions_share_id'))

    op.drop_table('share_sessions')
    op.drop_table('share_pictures')
    op.drop_table('shares')
    op.drop_table('decoders')
    op.drop_table('analysis_groups')
    with op.batch_alter_table('analysis_features', schema=None) as batch_op:
        batch_op.drop_index('ix_features_rank')
        batch_op.drop_index('ix_features_effect')

    op.drop_table('analysis_features')
    with op.batch_alter_table('volumes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_volumes_case_id'))

    op.drop_table('volumes')
    with op.batch_alter_table('radiomics', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_radiomics_case_id'))

    op.drop_table('radiomics')
    op.drop_table('embeddings')
    with op.batch_alter_table('analyses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_analyses_cohort_id'))

    op.drop_table('analyses')
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tokens_user_id'))

    op.drop_table('tokens')
    with op.batch_alter_table('job_needs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_needs_needs_id'))

    op.drop_table('job_needs')
    with op.batch_alter_table('job_logs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_logs_job_id'))

    op.drop_table('job_logs')
    with op.batch_alter_table('encoders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_encoders_sha256'))
        batch_op.drop_index(batch_op.f('ix_encoders_cohort_id'))

    op.drop_table('encoders')
    with op.batch_alter_table('cases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cases_cohort_id'))

    op.drop_table('cases')
    op.drop_table('users')
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_jobs_state'))
        batch_op.drop_index(batch_op.f('ix_jobs_position'))

    op.drop_table('jobs')
    op.drop_table('feature_lists')
    op.drop_table('cohorts')
    op.drop_table('audit')
