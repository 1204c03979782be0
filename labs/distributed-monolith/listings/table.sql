CREATE TABLE bookings (id int PRIMARY KEY, amount int NOT NULL);
INSERT INTO bookings VALUES (1, 10)
