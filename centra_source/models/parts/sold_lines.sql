-- One row per order line that is a sale: its order is neither cancelled nor deleted.
select
    order_lines.order_id,
    order_lines.id as order_line_id,
    order_facts.order_date,
    order_facts.order_month,
    order_lines.product_variant_id,
    order_lines.product_size_id,
    order_lines.quantity,
    order_lines.shipped_quantity,
    case when order_lines.line_type = 'BundleItemOrderLine' then 0 else order_lines.quantity end as units,
    cast(order_lines.unit_original_price_value * order_lines.quantity as decimal(38, 4)) as line_gross,
    order_lines.line_value,
    scale_amount(
        cast(order_lines.unit_original_price_value * order_lines.quantity as decimal(38, 4)), order_facts.base_rate
    ) as line_gross_base,
    round(order_lines.line_value * order_facts.base_rate, 4) as line_value_base
from order_lines
join order_facts on order_facts.order_id = order_lines.order_id
where not order_facts.is_cancelled
