-- One row per customer with ge_customer_coupon.
select
    customer_id,
    max(coalesce(nullif(value, ''), nullif(selected_value, ''))) as ge_coupon_usage
from customer_attributes as attributes
where
    deleted_at is null
    and (
        (type_name = 'ge_customer_coupon' and "key" = 'ge_coupon_usage')
        or "key" = 'ge_customer_coupon_ge_coupon_usage'
    )
group by customer_id
order by customer_id
