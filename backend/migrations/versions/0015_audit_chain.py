"""the audit log as a chain of hashes"""

import sqlalchemy as sa
from alembic import op

from backend.models import BEGINNING, HEAD_ID, audit_hash, stored_detail

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BATCH = 1000
AUDIT = sa.table(
    'audit',
    *(sa.column(name) for name in ('id', 'at', 'actor', 'action', 'target', 'detail', 'previous_hash', 'row_hash')),
)
HEAD = sa.table('audit_head', *(sa.column(name) for name in ('id', 'n_rows', 'last_id', 'last_hash')))


def upgrade() -> None:
    for name in ('previous_hash', 'row_hash'):
        op.add_column('audit', sa.Column(name, sa.String(), nullable=False, server_default=''))
    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), nullable=False, autoincrement=False),
    sa.Column('n_rows', sa.BigInteger(), nullable=False),
    sa.Column('last_id', sa.BigInteger(), nullable=False),
    sa.Column('last_hash', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_strict=True
    )
    n_rows, last_id, last_hash = _join_old_rows()
    op.execute(HEAD.insert().values(id=HEAD_ID, n_rows=n_rows, last_id=last_id, last_hash=last_hash))


def _join_old_rows() -> tuple[int, int, str]:
    """Chains the rows of earlier versions in their order; gives how many there are, the last id and hash."""
    connection = op.get_bind()
    n_rows, last_id, last_hash = 0, 0, BEGINNING
    row = AUDIT.c
    texts = (sa.cast(row.at, sa.Text), row.actor, row.action, row.target, sa.cast(row.detail, sa.Text))
    while True:
        part = sa.select(row.id, *texts).where(row.id > last_id).order_by(row.id).limit(BATCH)
        found = connection.execute(part).all()
        if not found:
            return n_rows, last_id, last_hash
        for row_id, at, actor, action, target, detail in found:
            previous, last_id = last_hash, row_id
            last_hash = audit_hash(previous, row_id, at, actor, action, target, stored_detail(detail))
            chained = AUDIT.update().where(row.id == row_id)
            connection.execute(chained.values(previous_hash=previous, row_hash=last_hash))
        n_rows += len(found)


def downgrade() -> None:
    op.drop_table('audit_head')
    for name in ('row_hash', 'previous_hash'):
        op.drop_column('audit', name)
