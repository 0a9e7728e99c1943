-- One row per order line: its share of the discounts on the whole order.
-- Shares are proportional to line values. The share of a line is the rounded running total after it minus that
-- before it, so that shares add up to the discounts of the order in spite of rounding. If no line has a value,
-- the last line takes everything. Factors have nine decimals, the most that every destination multiplies exactly.
with order_line_values as (
    select
        order_lines.order_id,
        order_lines.id as order_line_id,
        order_lines.line_value,
        order_facts.order_discounts,
        round(order_facts.order_discounts * order_facts.base_rate, 4) as order_discounts_base,
        sum(order_lines.line_value) over (partition by order_lines.order_id) as order_value,
        sum(order_lines.line_value) over (
            partition by order_lines.order_id
            order by order_lines.id nulls first
            rows between unbounded preceding and current row
        ) as value_so_far,
        row_number() over (partition by order_lines.order_id order by order_lines.id desc) as place_from_end
    from order_lines
    join order_facts on order_facts.order_id = order_lines.order_id
),

order_line_shares as (
    select
        order_id,
        order_line_id,
        order_discounts,
        order_discounts_base,
        coalesce(
            to_factor(
                cast(value_so_far as double precision) / nullif(cast(order_value as double precision), 0)
            ),
            case when place_from_end = 1 then 1 else 0 end
        ) as share_so_far,
        coalesce(
            to_factor(
                cast(value_so_far - line_value as double precision)
                / nullif(cast(order_value as double precision), 0)
            ),
            0
        ) as share_before
    from order_line_values
)

select
    order_id,
    order_line_id,
    round(order_discounts * share_so_far, 4) - round(order_discounts * share_before, 4) as line_order_discount,
    scale_amount(order_discounts_base, share_so_far)
    - scale_amount(order_discounts_base, share_before) as line_order_discount_base
from order_line_shares
