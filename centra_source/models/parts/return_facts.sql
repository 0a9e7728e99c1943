-- One row per completed return, with the sum of its lines. Amounts are those of Centra.
with returned_by_return as (
    select
        return_id,
        max(order_id) as order_id,
        sum(units) as units,
        sum(line_value) as lines_value,
        sum(line_value_base) as lines_value_base
    from returned_lines
    group by return_id
)

select
    returns.id as return_id,
    cast(returns.created_at at time zone 'UTC' as date) as return_date,
    cast(date_trunc('month', cast(returns.created_at at time zone 'UTC' as date)) as date) as return_month,
    coalesce(returns.order_id, returned_by_return.order_id) as order_id,
    coalesce(returns.store_id, order_facts.store_id, 0) as store_id,
    coalesce(order_facts.market_id, 0) as market_id,
    order_facts.customer_id,
    case returns.return_type
        when 'DirectToConsumerReturn' then 'DIRECT_TO_CONSUMER'
        when 'WholesaleReturn' then 'WHOLESALE'
        else coalesce(returns.return_type, '(none)')
    end as order_type,
    coalesce(returns.grand_total_currency_code, '(none)') as currency_code,
    to_rate(returns.currency_base_rate) as base_rate,
    coalesce(returned_by_return.units, 0) as units,
    coalesce(returned_by_return.lines_value, 0) - coalesce(returns.totals_discounts_value, 0) as returned_sales,
    coalesce(returned_by_return.lines_value_base, 0)
    - round(coalesce(returns.totals_discounts_value, 0) * to_rate(returns.currency_base_rate), 4)
    as returned_sales_base,
    coalesce(returns.totals_shipping_value, 0) + coalesce(returns.totals_handling_value, 0) as shipping,
    returns.totals_return_cost_value as return_costs,
    returns.totals_tax_included_value as tax_included,
    returns.grand_total_value as return_total
from returns
left join returned_by_return on returned_by_return.return_id = returns.id
left join order_facts on order_facts.order_id = coalesce(returns.order_id, returned_by_return.order_id)
where returns.deleted_at is null and returns.return_status = 'COMPLETED'
