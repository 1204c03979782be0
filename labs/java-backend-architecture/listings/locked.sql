BEGIN;
SELECT id FROM doctors WHERE on_call ORDER BY id FOR UPDATE;
-- Two rows or more? Else ROLLBACK, and the doctor stays.
UPDATE doctors SET on_call = false WHERE id = 1;
COMMIT;
