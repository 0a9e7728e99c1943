-- One row per order that counts as a sale and has totals: what its lines add up to, and Centra's own totals.
with sums_by_order as (
    select order_id, sum(line_value) as lines_value, sum(line_order_discount) as lines_discounts
    from order_lines_enriched
    group by order_id
),

compared as (
    select
        orders.number as order_number,
        orders.grand_total_currency_code as currency_code,
        coalesce(sums_by_order.lines_value, 0) as lines_value,
        orders.totals_lines_value,
        -- The discounts of an order without lines cannot be shared out.
        coalesce(sums_by_order.lines_discounts, orders.totals_discounts_value) as lines_discounts,
        orders.totals_discounts_value as totals_discounts
    from orders
    left join sums_by_order on sums_by_order.order_id = orders.id
    where orders.deleted_at is null
        and coalesce(orders.status, '') <> 'CANCELLED'
        and orders.totals_lines_value is not null
        and orders.totals_discounts_value is not null
)

select
    order_number,
    currency_code,
    lines_value,
    totals_lines_value,
    lines_discounts,
    totals_discounts,
    case
        when abs(lines_value - totals_lines_value) >= 0.01 or abs(lines_discounts - totals_discounts) >= 0.01 then 1
        else 0
    end as is_different
from compared
