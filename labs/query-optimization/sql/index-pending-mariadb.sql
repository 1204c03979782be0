-- sql/index-pending-mariadb.sql
CREATE INDEX orders_pending
    ON orders (status, created_at, id)
