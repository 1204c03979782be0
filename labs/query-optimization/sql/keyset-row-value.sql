-- sql/keyset-row-value.sql
SELECT id, status, created_at, total_cents
  FROM orders
 WHERE tenant_id = %(tenant)s
   AND (created_at, id) < (%(created_at)s, %(id)s)
 ORDER BY created_at DESC, id DESC
 LIMIT 20
