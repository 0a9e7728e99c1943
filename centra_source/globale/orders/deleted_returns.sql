-- One row per return that the shop has deleted, as events or a sweep reported.
select
    reference,
    deleted_at
from deleted_objects
where resource = 'returns'
order by reference
