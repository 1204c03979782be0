-- sql/newest20.sql
SELECT id, status, created_at, total_cents
  FROM orders
 WHERE tenant_id = %(tenant)s
 ORDER BY created_at DESC, id DESC
 LIMIT 20
