-- sql/index-tenant-created.sql
CREATE INDEX orders_tenant_created
    ON orders (tenant_id, created_at, id)
