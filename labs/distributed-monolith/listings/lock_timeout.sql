SET lock_timeout = '50ms';
DO $$ BEGIN
  FOR try IN 1..200 LOOP
    BEGIN
      ALTER TABLE bookings ADD COLUMN courier text;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      PERFORM pg_sleep(0.25);  -- lets the others pass
    END;
  END LOOP;
  RAISE 'bookings was locked all the time';
END $$;
