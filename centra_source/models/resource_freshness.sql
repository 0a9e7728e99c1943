-- One row per resource: how fresh its table is, how many rows it has, and the result of its last load.
with readings as (
    select
        load_audit.resource,
        load_audit._dlt_load_id as load_id,
        case when load_audit.kind = 'list' then load_audit.started_at else load_audit.window_to end as read_up_to,
        load_audit.kind,
        load_audit.expected,
        load_audit.loaded,
        load_audit.rereads,
        load_audit.calls,
        load_audit.complexity,
        load_audit.seconds,
        load_audit.finished_at,
        load_audit.status,
        load_audit.note
    from load_audit
    where load_audit._dlt_load_id is not null
),

by_load as (
    select
        resource,
        load_id,
        max(finished_at) as last_read_at,
        sum(case when kind not in ('left out', 'failed') then 1 else 0 end) as readings,
        sum(case when status = 'failed' then 1 else 0 end) as failures,
        sum(case when kind in ('window', 'list') then expected end) as expected,
        sum(case when kind in ('window', 'list') then loaded else 0 end) as loaded,
        -- If objects leave a window while it is read again, more rows are read than Centra counts at the end.
        sum(
            case
                when kind in ('window', 'list') and loaded < expected then 1
                when kind = 'window' and rereads = 0 and loaded <> expected then 1
                else 0
            end
        ) as incomplete,
        sum(rereads) as rereads,
        sum(calls) as calls,
        sum(complexity) as complexity,
        sum(seconds) as seconds,
        sum(case when note is not null then 1 else 0 end) as notes
    from readings
    group by resource, load_id
),

in_order as (
    select
        resource,
        load_id,
        row_number() over (partition by resource order by last_read_at desc, load_id desc) as place
    from by_load
),

read_up_to as (
    select resource, max(read_up_to) as read_up_to
    from readings
    group by resource
)

select
    by_load.resource,
    read_up_to.read_up_to,
    by_load.load_id as last_load_id,
    loads.inserted_at as last_loaded_at,
    by_load.last_read_at,
    row_counts.rows_held,
    row_counts.rows_deleted,
    cast(by_load.readings as bigint) as readings,
    cast(by_load.expected as bigint) as expected,
    cast(by_load.loaded as bigint) as loaded,
    case
        when by_load.failures > 0 then false
        when by_load.expected is not null then by_load.incomplete = 0
    end as is_complete,
    cast(by_load.rereads as bigint) as rereads,
    cast(by_load.calls as bigint) as calls,
    cast(by_load.complexity as bigint) as complexity,
    by_load.seconds,
    cast(by_load.notes as bigint) as notes
from by_load
join in_order
    on in_order.resource = by_load.resource and in_order.load_id = by_load.load_id and in_order.place = 1
join read_up_to on read_up_to.resource = by_load.resource
left join row_counts on row_counts.resource = by_load.resource
left join _dlt_loads as loads on loads.load_id = by_load.load_id
