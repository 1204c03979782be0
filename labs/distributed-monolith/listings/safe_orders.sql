CREATE FUNCTION sound(done text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE step text;
BEGIN
  FOR step IN  -- the migrations deployed so far, in their order
    SELECT migration FROM unnest(done) WITH ORDINALITY d (name, at)
    JOIN part USING (name) WHERE migration IS NOT NULL ORDER BY at
  LOOP EXECUTE step; END LOOP;
  FOR step IN  -- each service, new or old; who writes goes first
    SELECT CASE WHEN name = ANY (done) THEN new ELSE old END
    FROM part WHERE old IS NOT NULL ORDER BY old NOT LIKE 'UPDATE%'
  LOOP EXECUTE step; END LOOP;
  RAISE EXCEPTION 'sound';  -- leaves no trace
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM = 'sound';
END $$;

WITH RECURSIVE walk (done) AS (
  SELECT '{}'::text[]
  UNION ALL SELECT done || name FROM walk JOIN part
    ON name <> ALL (done) AND sound(done || name))
SELECT array_to_string(done, ', ') AS safe_order FROM walk
WHERE cardinality(done) = (SELECT count(*) FROM part) ORDER BY 1;
