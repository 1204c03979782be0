CREATE TABLE runs (run text PRIMARY KEY, done boolean NOT NULL DEFAULT false, leased_until timestamptz NOT NULL DEFAULT '-infinity');
CREATE TABLE decisions (run text, step int, tool text NOT NULL, amount int NOT NULL, PRIMARY KEY (run, step));
CREATE TABLE records (run text, step int, tool text NOT NULL, amount int NOT NULL, PRIMARY KEY (run, step));
INSERT INTO runs (run) VALUES ('r1'), ('r2');
