-- sample.sql
SELECT 1
