-- sql/orders-mariadb.sql
SELECT id, status, created_at, total_cents
  FROM orders
 WHERE id IN %(ids)s
 ORDER BY id
