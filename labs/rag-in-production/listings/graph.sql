CREATE INDEX ON chunk USING hnsw (embedding vector_cosine_ops);
ANALYZE chunk;
SET enable_seqscan = off;
SET enable_sort = off
