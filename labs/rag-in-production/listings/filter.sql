-- First choice: the tenant's rows, then their order.
CREATE INDEX ON chunk (tenant);
WITH own AS MATERIALIZED (
  SELECT id, embedding <=> (SELECT vector FROM question) AS distance
  FROM chunk WHERE tenant = 7)
SELECT id FROM own ORDER BY distance LIMIT 5;

-- For a tenant of very many rows: on through the graph.
SET hnsw.iterative_scan = relaxed_order;
WITH found AS MATERIALIZED (
  SELECT id, embedding <=> (SELECT vector FROM question) AS distance
  FROM chunk WHERE tenant = 7 ORDER BY distance LIMIT 5)
SELECT id FROM found ORDER BY distance + 0;  -- sorts what came
RESET hnsw.iterative_scan;
