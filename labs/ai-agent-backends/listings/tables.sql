CREATE TABLE runs (run text PRIMARY KEY, done boolean NOT NULL DEFAULT false, leased_until timestamptz NOT NULL DEFAULT '-infinity');
INSERT INTO runs (run) VALUES ('r1'), ('r2');
