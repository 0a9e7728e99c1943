-- One row per line of an order of Global-e.
select
    order_lines.order_id,
    order_lines.id as line_id,
    order_lines.line_type,
    order_lines.product_size_id,
    order_lines.frontend_item_id,
    product_sizes.sku,
    order_lines.quantity,
    order_lines.cancelled_quantity,
    order_lines.unit_price_value as unit_price,
    order_lines.line_value
from order_lines
left join product_sizes on order_lines.product_size_id = product_sizes.id
where order_lines.deleted_at is null and order_lines.order_id in ({order_ids})
order by order_lines.order_id, order_lines.id
