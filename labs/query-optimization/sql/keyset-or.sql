-- sql/keyset-or.sql
SELECT id, status, created_at, total_cents
  FROM orders
 WHERE tenant_id = %(tenant)s
   AND (created_at < %(created_at)s
        OR (created_at = %(created_at)s AND id < %(id)s))
 ORDER BY created_at DESC, id DESC
 LIMIT 20
