-- One row per order of Global-e that has steps of a payment.
with entries as (
    select
        order_id,
        created_at,
        case when coalesce(status, 'SUCCESS') = 'SUCCESS' then entry_type end as done
    from order_payments
    union all
    select
        order_id,
        created_at,
        case when coalesce(status, 'SUCCESS') = 'SUCCESS' then entry_type end as done
    from payment_history
)

select
    order_id,
    max(case when done = 'AUTH' then 1 else 0 end) as has_authorization,
    max(case when done = 'CAPTURE' then 1 else 0 end) as has_capture,
    max(case when done = 'CANCEL' then created_at end) as payment_cancelled_at
from entries
where order_id in ({order_ids})
group by order_id
order by order_id
