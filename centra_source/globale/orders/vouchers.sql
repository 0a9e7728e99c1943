-- One row per voucher, with Global-e's count of its usages if it is loaded.
with counts as (
    select
        voucher_id,
        max(coalesce(nullif(value, ''), nullif(selected_value, ''))) as ge_successful_usages
    from voucher_attributes as attributes
    where
        (type_name = 'ge_voucher_details' and "key" = 'ge_successful_usages')
        or "key" = 'ge_voucher_details_ge_successful_usages'
    group by voucher_id
)

select
    vouchers.id as voucher_id,
    vouchers.name,
    vouchers.code,
    vouchers.method,
    vouchers.status,
    counts.ge_successful_usages
from vouchers
left join counts on vouchers.id = counts.voucher_id
where vouchers.deleted_at is null
order by vouchers.id
