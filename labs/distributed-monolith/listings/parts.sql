CREATE TABLE part (name text, migration text, old text, new text);
INSERT INTO part VALUES
('expand', 'ALTER TABLE bookings ADD total int;
  CREATE FUNCTION both_names() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN IF TG_OP = ''INSERT''
    THEN NEW.amount := coalesce(NEW.total, NEW.amount);
    ELSIF NEW.total IS DISTINCT FROM OLD.total
    THEN NEW.amount := NEW.total; END IF;
    NEW.total := NEW.amount; RETURN NEW; END$$;
  CREATE TRIGGER both_names BEFORE INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION both_names();
  UPDATE bookings SET total = amount'),
('contract', 'DROP FUNCTION both_names CASCADE;
  ALTER TABLE bookings DROP amount');
INSERT INTO part (name, old, new) VALUES
('bookings', 'UPDATE bookings SET amount = 12 WHERE id = 1',
             'UPDATE bookings SET total = 12 WHERE id = 1'),
('billing', 'SELECT 1 / count(*) FROM bookings WHERE amount = 12',
            'SELECT 1 / count(*) FROM bookings WHERE total = 12'),
('reporting', 'SELECT 1 / count(amount) FROM bookings',
              'SELECT 1 / count(total) FROM bookings');
