-- sql/keyset-force-index.sql
SELECT id, status, created_at, total_cents
  FROM orders FORCE INDEX (orders_tenant_created)
 WHERE tenant_id = %(tenant)s
   AND created_at <= %(created_at)s
   AND (created_at < %(created_at)s OR id < %(id)s)
 ORDER BY created_at DESC, id DESC
 LIMIT 20
