-- sql/statistics-postgresql.sql
CREATE STATISTICS orders_status_created
       (ndistinct, dependencies, mcv)
    ON status, created_at
  FROM orders
