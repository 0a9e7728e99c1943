-- One row per line of a completed return.
select
    returns.id as return_id,
    return_lines.id as return_line_id,
    return_lines.order_line_id,
    order_lines.order_id,
    return_lines.quantity,
    case when order_lines.line_type = 'BundleItemOrderLine' then 0 else return_lines.quantity end as units,
    return_lines.line_value,
    round(return_lines.line_value * to_rate(returns.currency_base_rate), 4) as line_value_base
from return_lines
join returns on returns.id = return_lines.return_id
left join order_lines on order_lines.id = return_lines.order_line_id
where returns.deleted_at is null and returns.return_status = 'COMPLETED'
