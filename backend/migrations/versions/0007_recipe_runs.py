"""runs and controls of one fine-tuning recipe, and which of them an epoch belongs to"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('encoders') as table:
        table.add_column(sa.Column('recipe_id', sa.String(), nullable=True))
        table.add_column(sa.Column('run_number', sa.Integer(), nullable=True))
        table.add_column(sa.Column('control', sa.String(), nullable=True))
        table.create_foreign_key('fk_encoders_recipe_id', 'encoders', ['recipe_id'], ['id'])
        table.create_index('ix_encoders_recipe_id', ['recipe_id'])
    op.rename_table('training_epochs', 'training_epochs_before')
    op.create_table('training_epochs',
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('run_number', sa.Integer(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('scores', sa.JSON(), nullable=False),
    sa.Column('pictures', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.PrimaryKeyConstraint('job_id', 'run_number', 'epoch'),
    sqlite_strict=True
    )
    op.execute(
        "INSERT INTO training_epochs (job_id, run_number, epoch, scores, pictures) "
        "SELECT job_id, 0, epoch, scores, pictures FROM training_epochs_before"
    )
    op.drop_table('training_epochs_before')


def downgrade() -> None:
    op.rename_table('training_epochs', 'training_epochs_after')
    op.create_table('training_epochs',
    sa.Column('job_id', sa.String(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('scores', sa.JSON(), nullable=False),
    sa.Column('pictures', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['jobs.id'], ),
    sa.PrimaryKeyConstraint('job_id', 'epoch'),
    sqlite_strict=True
    )
    op.execute(
        "INSERT INTO training_epochs (job_id, epoch, scores, pictures) "
        "SELECT job_id, epoch, scores, pictures FROM training_epochs_after WHERE run_number = 0"
    )
    op.drop_table('training_epochs_after')
    with op.batch_alter_table('encoders') as table:
        table.drop_index('ix_encoders_recipe_id')
        table.drop_constraint('fk_encoders_recipe_id', type_='foreignkey')
        table.drop_column('control')
        table.drop_column('run_number')
        table.drop_column('recipe_id')
