-- sql/order.sql
SELECT id, status, created_at, total_cents
  FROM orders
 WHERE id = %(id)s
