-- sql/schema-postgresql.sql
CREATE TABLE orders (
    id          bigint    NOT NULL,
    tenant_id   integer   NOT NULL,
    customer_id integer   NOT NULL,
    status      text      NOT NULL,
    created_at  timestamp NOT NULL,
    total_cents integer   NOT NULL,
    note        text      NOT NULL
)
