CREATE TABLE part (name text, migration text, old text, new text);
INSERT INTO part VALUES
('expand', 'ALTER TABLE bookings ADD total int;
  CREATE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN IF NEW.total IS DISTINCT FROM OLD.total
    THEN NEW.amount := NEW.total; ELSE NEW.total := NEW.amount;
    END IF; RETURN NEW; END$$;
  CREATE TRIGGER both_names BEFORE UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION both_names();
  UPDATE bookings SET total = amount'),
('contract', 'DROP FUNCTION both_names CASCADE;
  ALTER TABLE bookings DROP amount');
INSERT INTO part (name, old, new) VALUES
('bookings', 'UPDATE bookings SET amount = 12 WHERE id = 1',
             'UPDATE bookings SET total = 12 WHERE id = 1'),
('billing',  'SELECT 1 / (amount = 12)::int FROM bookings',
             'SELECT 1 / (total = 12)::int FROM bookings'),
('reporting', 'SELECT 1 / (sum(amount) = 12)::int FROM bookings',
              'SELECT 1 / (sum(total) = 12)::int FROM bookings');
