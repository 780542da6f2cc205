"""checkpoints of a run, and the epochs of a training as it goes"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('encoders') as table:
        table.add_column(sa.Column('run_id', sa.String(), nullable=True))
        table.create_foreign_key('fk_encoders_run_id', 'encoders', ['run_id'], ['id'])
        table.create_index('ix_encoders_run_id', ['run_id'])
    op.create_table('training_epochs',
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('scores', sa.JSON(), nullable=False),
    sa.Column('pictures', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.PrimaryKeyConstraint('job_id', 'epoch'),
    sqlite_strict=True
    )


def downgrade() -> None:
    op.drop_table('training_epochs')
    with op.batch_alter_table('encoders') as table:
        table.drop_index('ix_encoders_run_id')
        table.drop_constraint('fk_encoders_run_id', type_='foreignkey')
        table.drop_column('run_id')
