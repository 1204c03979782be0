-- Which tenants get fewer rows than they have?
-- Put the query that your service sends into the LATERAL.
SELECT tenant, due, got FROM (
  SELECT tenant, least(5, count(*)) AS due
  FROM chunk GROUP BY tenant) AS owner
CROSS JOIN LATERAL (
  SELECT count(*) AS got FROM (
    SELECT FROM chunk AS own WHERE own.tenant = owner.tenant
    ORDER BY embedding <=> (SELECT vector FROM question)
    LIMIT 5) AS rows) AS served
WHERE got < due ORDER BY tenant;
