-- The share of a day's served rows that the source has no more.
select avg(not exists (
  select 1 from source
  where (source.path, source.hash) = (chunk.path, chunk.hash)))
from served join chunk using (label)
where day = ?
