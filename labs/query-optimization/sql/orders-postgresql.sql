-- sql/orders-postgresql.sql
SELECT id, status, created_at, total_cents
  FROM orders
 WHERE id = ANY (%(ids)s)
 ORDER BY id
