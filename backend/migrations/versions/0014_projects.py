"""projects: one is there, holds every cohort, and has every user as its member"""

import sqlalchemy as sa
from alembic import op

import backend.models

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

NAMED = {'uq': 'uq_%(table_name)s_%(column_0_name)s'}
"""What Alembic calls SQLite's unique constraints, which have no name there."""


def _name() -> str:
    """What the unique constraint of a cohort's name is called."""
    return 'cohorts_name_key' if op.get_bind().dialect.name == 'postgresql' else 'uq_cohorts_name'


def upgrade() -> None:
    op.create_table('projects',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.Column('ended_at', backend.models.UtcTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name'),
    sqlite_strict=True
    )
    op.create_table('members',
    sa.Column('project_id', sa.String(), nullable=False),
    sa.Column('user_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('created_at', backend.models.UtcTime(), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], ),
    sa.PrimaryKeyConstraint('project_id', 'user_id'),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_members_user_id'), 'members', ['user_id'], unique=False)
    moment = backend.models.now()
    projects = sa.table('projects', sa.column('id'), sa.column('name'), sa.column('created_at', backend.models.UtcTime()))
    op.bulk_insert(projects, [{'id': 'default', 'name': 'default', 'created_at': moment}])
    users = sa.table('users', sa.column('id'), sa.column('role'))
    members = sa.table('members', sa.column('project_id'), sa.column('user_id'), sa.column('role'),
                       sa.column('created_at', backend.models.UtcTime()))
    role = sa.case((users.c.role == 'admin', 'owner'), else_=users.c.role)
    everybody = sa.select(sa.literal('default'), users.c.id, role, sa.literal(moment, backend.models.UtcTime()))
    op.execute(members.insert().from_select(['project_id', 'user_id', 'role', 'created_at'], everybody))

    with op.batch_alter_table('cohorts', naming_convention=NAMED, table_kwargs={'sqlite_strict': True}) as table:
        table.add_column(sa.Column('project_id', sa.String(), nullable=False, server_default='default'))
        table.drop_constraint(_name(), type_='unique')
        table.create_unique_constraint('uq_cohorts_project_id', ['project_id', 'name'])
        table.create_foreign_key('fk_cohorts_project_id', 'projects', ['project_id'], ['id'])
    with op.batch_alter_table('jobs', table_kwargs={'sqlite_strict': True}) as table:
        table.add_column(sa.Column('project_id', sa.String(), nullable=False, server_default='default'))
        table.create_foreign_key('fk_jobs_project_id', 'projects', ['project_id'], ['id'])
    with op.batch_alter_table('saved_views', table_kwargs={'sqlite_strict': True}) as table:
        table.add_column(sa.Column('project_id', sa.String(), nullable=True))
        table.create_foreign_key('fk_saved_views_project_id', 'projects', ['project_id'], ['id'])
    op.execute("UPDATE saved_views SET project_id = 'default'")


def downgrade() -> None:
    with op.batch_alter_table('saved_views', table_kwargs={'sqlite_strict': True}) as table:
        table.drop_constraint('fk_saved_views_project_id', type_='foreignkey')
        table.drop_column('project_id')
    with op.batch_alter_table('jobs', table_kwargs={'sqlite_strict': True}) as table:
        table.drop_constraint('fk_jobs_project_id', type_='foreignkey')
        table.drop_column('project_id')
    with op.batch_alter_table('cohorts', table_kwargs={'sqlite_strict': True}) as table:
        table.drop_constraint('fk_cohorts_project_id', type_='foreignkey')
        table.drop_constraint('uq_cohorts_project_id', type_='unique')
        table.drop_column('project_id')
        table.create_unique_constraint(_name(), ['name'])
    op.drop_index(op.f('ix_members_user_id'), table_name='members')
    op.drop_table('members')
    op.drop_table('projects')
