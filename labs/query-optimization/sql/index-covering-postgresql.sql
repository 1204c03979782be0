-- sql/index-covering-postgresql.sql
CREATE INDEX orders_covering
    ON orders (tenant_id, created_at, id)
       INCLUDE (status, total_cents)
