-- sql/index-covering-mariadb.sql
CREATE INDEX orders_covering
    ON orders (tenant_id, created_at, id, status, total_cents)
