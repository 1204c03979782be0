-- sql/day-range.sql
SELECT count(*), sum(total_cents)
  FROM orders
 WHERE created_at >= %(day)s
   AND created_at < %(next_day)s
