-- sql/correlated.sql
SELECT count(*)
  FROM orders
 WHERE status = %(status)s
   AND created_at >= %(since)s
