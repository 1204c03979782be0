CREATE TABLE chunk (id integer, tenant integer, embedding vector(3));
INSERT INTO chunk SELECT number, number % 10, ARRAY[sin(number), cos(number), 1]::vector FROM generate_series(1, 300) AS number;
CREATE TABLE question AS SELECT '[1,0,1]'::vector(3) AS vector
