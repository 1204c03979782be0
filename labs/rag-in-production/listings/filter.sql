-- Alert: who gets fewer rows than due, asked with any row of all?
SELECT tenant, due, got FROM (
  SELECT tenant, least(5, count(*)) AS due FROM chunk GROUP BY 1
) AS owner CROSS JOIN LATERAL (
  SELECT count(*) AS got FROM (
    SELECT FROM chunk AS own WHERE own.tenant = owner.tenant
    ORDER BY embedding <=> (SELECT embedding FROM chunk LIMIT 1)
    LIMIT 5) AS rows) AS served
WHERE got < due;

-- First choice: all rows of the tenant, then their order.
CREATE INDEX chunk_tenant ON chunk (tenant);
PREPARE nearest AS
WITH own AS MATERIALIZED (
  SELECT id, embedding <=> $2 AS distance
  FROM chunk WHERE tenant = $1)
SELECT id, distance FROM own ORDER BY distance LIMIT 5;

-- Second choice, for a tenant of very many: on through the graph.
SET hnsw.iterative_scan = relaxed_order;
PREPARE nearby AS
SELECT id, embedding <=> $2 AS distance
FROM chunk WHERE tenant = $1 ORDER BY distance LIMIT 5;
