-- One row per order that is not deleted; cancelled ones are marked. Amounts are those of Centra.
select
    orders.id as order_id,
    orders.number as order_number,
    case orders.order_type
        when 'DirectToConsumerOrder' then 'DIRECT_TO_CONSUMER'
        when 'WholesaleOrder' then 'WHOLESALE'
        else coalesce(orders.order_type, '(none)')
    end as order_type,
    orders.status as order_status,
    coalesce(orders.status = 'CANCELLED', false) as is_cancelled,
    orders.is_on_hold,
    orders.is_internal,
    orders.created_at as ordered_at,
    cast(orders.created_at at time zone 'UTC' as date) as order_date,
    cast(date_trunc('month', cast(orders.created_at at time zone 'UTC' as date)) as date) as order_month,
    coalesce(orders.store_id, 0) as store_id,
    coalesce(orders.market_id, 0) as market_id,
    orders.pricelist_id,
    orders.customer_id,
    orders.account_id,
    orders.country_code,
    coalesce(orders.grand_total_currency_code, '(none)') as currency_code,
    orders.currency_base_rate,
    to_rate(orders.currency_base_rate) as base_rate,
    orders.totals_discounts_value as order_discounts,
    orders.totals_shipping_value as shipping,
    orders.totals_handling_value as handling,
    orders.totals_tax_included_value as tax_included,
    orders.totals_tax_added_value as tax_added,
    orders.totals_tax_deducted_value as tax_deducted,
    orders.grand_total_value as order_total
from orders
where orders.deleted_at is null
