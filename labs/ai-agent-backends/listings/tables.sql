CREATE TABLE runs (run text PRIMARY KEY, done boolean NOT NULL DEFAULT false, attempts int NOT NULL DEFAULT 0,
                   leased_until timestamptz NOT NULL DEFAULT '-infinity');
INSERT INTO runs (run, attempts) VALUES ('r0', 5), ('r1', 0), ('r2', 0);
