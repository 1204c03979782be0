-- sql/index-pending-postgresql.sql
CREATE INDEX orders_pending
    ON orders (created_at, id)
 WHERE status = 'pending'
