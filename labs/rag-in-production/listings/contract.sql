-- One row says who may write and who may ask.
CREATE TABLE contract (
  fingerprint text PRIMARY KEY,  -- of the settings
  model text NOT NULL, weights_sha256 text NOT NULL,
  pooling text NOT NULL, normalised boolean NOT NULL,
  prefix text NOT NULL, window_pieces int NOT NULL,
  chunker text NOT NULL,
  probe real[] NOT NULL  -- the vector of one fixed text
);
CREATE UNIQUE INDEX only_one ON contract ((true));

CREATE TABLE chunk (
  id bigint PRIMARY KEY,
  tenant int NOT NULL,
  source text NOT NULL, source_sha256 text NOT NULL,
  words int4range NOT NULL,  -- and your vector
  fingerprint text NOT NULL REFERENCES contract,
  pieces int NOT NULL, pieces_read int NOT NULL
);
CREATE INDEX ON chunk (tenant);
