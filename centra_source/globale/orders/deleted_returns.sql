-- One row per return that the shop has deleted, as its events or a sweep told.
select
    reference,
    deleted_at
from deleted_objects
where resource = 'returns'
order by reference
