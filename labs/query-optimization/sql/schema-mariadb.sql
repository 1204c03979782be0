-- sql/schema-mariadb.sql
CREATE TABLE orders (
    id          bigint      NOT NULL PRIMARY KEY,
    tenant_id   integer     NOT NULL,
    customer_id integer     NOT NULL,
    status      varchar(16) NOT NULL,
    created_at  datetime    NOT NULL,
    total_cents integer     NOT NULL,
    note        varchar(64) NOT NULL
) ENGINE = InnoDB
