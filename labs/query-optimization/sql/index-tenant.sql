-- sql/index-tenant.sql
CREATE INDEX orders_tenant
    ON orders (tenant_id)
