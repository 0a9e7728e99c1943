-- One row per return of an order of Global-e, including those that the shop has deleted.
select
    returns.id as return_id,
    returns.order_id,
    returns.order_number,
    returns.shipment_id,
    returns.shipment_number,
    returns.return_status,
    returns.created_at,
    returns.deleted_at,
    returns.total_quantity,
    returns.grand_total_currency_code as currency,
    returns.grand_total_value as value,
    returns.totals_lines_value as lines_value,
    returns.totals_shipping_value as shipping,
    returns.totals_return_cost_value as return_cost
from returns
where returns.order_id in ({order_ids})
order by returns.id
