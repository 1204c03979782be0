CREATE TABLE shifts (id int PRIMARY KEY, on_call int NOT NULL);
INSERT INTO shifts VALUES (1, 2);

BEGIN;
UPDATE shifts SET on_call = on_call - 1
WHERE id = 1 AND on_call >= 2;
UPDATE doctors SET on_call = false WHERE id = 1 AND on_call;
-- Each changed one row? Else ROLLBACK, and the doctor stays.
COMMIT;
