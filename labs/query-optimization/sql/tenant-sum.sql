-- sql/tenant-sum.sql
SELECT count(*), sum(total_cents)
  FROM orders
 WHERE tenant_id = %(tenant)s
