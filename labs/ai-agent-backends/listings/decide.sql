-- 1. Ask the model, unless the step has a decision.
-- 2. Keep the first answer, whoever else is asking:
INSERT INTO decisions (run, step, tool, amount)
VALUES (:run, :step, :tool, :amount)
ON CONFLICT (run, step) DO NOTHING;

-- 3. Act on what is kept, under the key run/step:
SELECT tool, amount, run || '/' || step AS idempotency_key
FROM decisions WHERE run = :run AND step = :step;

-- 4. Record that it is done:
INSERT INTO records (run, step, tool, amount)
SELECT run, step, tool, amount
FROM decisions WHERE run = :run AND step = :step
ON CONFLICT (run, step) DO NOTHING;
