CREATE INDEX ON runs (run) WHERE NOT done;  -- once

UPDATE runs
SET leased_until = clock_timestamp() + interval '2 minutes',
    attempts = attempts + 1
WHERE run = (
    SELECT run FROM runs
    WHERE NOT done AND attempts < 5
      AND leased_until < clock_timestamp()
    ORDER BY run
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING run, attempts;
