-- sql/pending.sql
SELECT id, tenant_id, created_at, total_cents
  FROM orders
 WHERE status = 'pending'
 ORDER BY created_at, id
 LIMIT %(limit)s
