-- Once: the first decision of a step is the only one.
CREATE TABLE decisions (run text, step int, tool text, amount int,
                        PRIMARY KEY (run, step));

-- The model said: refund 20. Keep that, unless a decision stands.
BEGIN;
INSERT INTO decisions VALUES ('r1', 2, 'refund', 20)
ON CONFLICT (run, step) DO NOTHING;
COMMIT;

-- Act on what is kept, under this key, whatever the model said.
SELECT tool, amount, run || '/' || step AS idempotency_key
FROM decisions WHERE run = 'r1' AND step = 2;
