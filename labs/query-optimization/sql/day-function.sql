-- sql/day-function.sql
SELECT count(*), sum(total_cents)
  FROM orders
 WHERE date(created_at) = %(day)s
