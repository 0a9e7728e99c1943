-- One row per load that read the shop: its time, its size and its cost.
with readings as (
    select
        load_audit._dlt_load_id as load_id,
        count(distinct load_audit.resource) as resources,
        sum(case when load_audit.kind not in ('left out', 'failed') then 1 else 0 end) as readings,
        sum(case when load_audit.kind in ('window', 'list') then load_audit.expected end) as expected,
        sum(case when load_audit.kind in ('window', 'list') then load_audit.loaded else 0 end) as loaded,
        sum(
            case
                when load_audit.kind in ('window', 'list') and load_audit.loaded < load_audit.expected then 1
                when
                    load_audit.kind = 'window'
                    and load_audit.rereads = 0
                    and load_audit.loaded <> load_audit.expected
                    then 1
                else 0
            end
        ) as incomplete,
        sum(load_audit.rereads) as rereads,
        sum(load_audit.calls) as calls,
        sum(load_audit.complexity) as complexity,
        sum(case when load_audit.note is not null then 1 else 0 end) as notes,
        min(load_audit.started_at) as begun_at,
        max(load_audit.finished_at) as ended_at,
        max(load_audit.app_version) as app_version
    from load_audit
    where load_audit._dlt_load_id is not null
    group by load_audit._dlt_load_id
)

select
    readings.load_id,
    readings.begun_at,
    readings.ended_at,
    loads.inserted_at as loaded_at,
    cast(readings.resources as bigint) as resources,
    cast(readings.readings as bigint) as readings,
    cast(readings.expected as bigint) as expected,
    cast(readings.loaded as bigint) as loaded,
    cast(readings.incomplete as bigint) as incomplete,
    cast(readings.rereads as bigint) as rereads,
    cast(readings.calls as bigint) as calls,
    cast(readings.complexity as bigint) as complexity,
    cast(readings.notes as bigint) as notes,
    readings.app_version
from readings
left join _dlt_loads as loads on loads.load_id = readings.load_id
