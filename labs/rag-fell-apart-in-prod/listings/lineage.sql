-- listings/lineage.sql: five served rows on day 1, of which one has another hash than its source and one has no source
create table chunk (label integer primary key, path text, hash text, encoder text, written integer, body text);
create table source (path text, hash text, primary key (path, hash)) without rowid;
create table served (day integer, label integer);
insert into source values ('a.txt', 'h1'), ('b.txt', 'h2');
insert into chunk (label, path, hash) values (1, 'a.txt', 'h1'), (2, 'b.txt', 'h2'), (3, 'b.txt', 'h0'), (4, 'gone.txt', 'h4'), (5, 'a.txt', 'h1');
insert into served values (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (2, 3);
