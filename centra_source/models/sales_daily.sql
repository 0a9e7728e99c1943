-- One row per day, store, market, order type and currency with an order or a return.
-- Orders and returns are aggregated separately to one row each before they are joined, so that nothing is
-- counted twice. A return counts on the day on which it was made.
with lines_by_order as (
    select
        order_id,
        sum(units) as units,
        sum(line_gross) as line_gross,
        sum(line_value) as line_value,
        sum(line_gross_base) as line_gross_base,
        sum(line_value_base) as line_value_base
    from sold_lines
    group by order_id
),

ordered as (
    select
        order_facts.order_date as sales_date,
        order_facts.store_id,
        order_facts.market_id,
        order_facts.order_type,
        order_facts.currency_code,
        count(*) as orders,
        sum(coalesce(lines_by_order.units, 0)) as units,
        sum(coalesce(lines_by_order.line_gross, 0)) as gross_sales,
        sum(coalesce(lines_by_order.line_gross - lines_by_order.line_value, 0)) as line_discounts,
        sum(order_facts.order_discounts) as order_discounts,
        sum(order_facts.shipping) as shipping,
        sum(order_facts.handling) as handling,
        sum(order_facts.tax_included) as tax_included,
        sum(order_facts.tax_added) as tax_added,
        sum(order_facts.tax_deducted) as tax_deducted,
        sum(order_facts.order_total) as order_total,
        sum(coalesce(lines_by_order.line_gross_base, 0)) as gross_sales_base,
        sum(coalesce(lines_by_order.line_gross_base - lines_by_order.line_value_base, 0)) as line_discounts_base,
        sum(round(order_facts.order_discounts * order_facts.base_rate, 4)) as order_discounts_base,
        sum(round(order_facts.shipping * order_facts.base_rate, 4)) as shipping_base,
        sum(round(order_facts.handling * order_facts.base_rate, 4)) as handling_base,
        sum(round(order_facts.tax_included * order_facts.base_rate, 4)) as tax_included_base,
        sum(round(order_facts.tax_added * order_facts.base_rate, 4)) as tax_added_base,
        sum(round(order_facts.tax_deducted * order_facts.base_rate, 4)) as tax_deducted_base,
        sum(round(order_facts.order_total * order_facts.base_rate, 4)) as order_total_base
    from order_facts
    left join lines_by_order on lines_by_order.order_id = order_facts.order_id
    where not order_facts.is_cancelled
    group by 1, 2, 3, 4, 5
),

returned as (
    select
        return_date as sales_date,
        store_id,
        market_id,
        order_type,
        currency_code,
        count(*) as returns,
        sum(units) as returned_units,
        sum(returned_sales) as returned_sales,
        sum(shipping) as returned_shipping,
        sum(return_costs) as return_costs,
        sum(tax_included) as returned_tax_included,
        sum(return_total) as return_total,
        sum(returned_sales_base) as returned_sales_base,
        sum(round(shipping * base_rate, 4)) as returned_shipping_base,
        sum(round(return_costs * base_rate, 4)) as return_costs_base,
        sum(round(tax_included * base_rate, 4)) as returned_tax_included_base,
        sum(round(return_total * base_rate, 4)) as return_total_base
    from return_facts
    group by 1, 2, 3, 4, 5
),

sales_days as (
    select sales_date, store_id, market_id, order_type, currency_code from ordered
    union
    select sales_date, store_id, market_id, order_type, currency_code from returned
)

select
    sales_days.sales_date,
    sales_days.store_id,
    stores.name as store_name,
    sales_days.market_id,
    markets.name as market_name,
    sales_days.order_type,
    sales_days.currency_code,
    base_currency.base_currency_code,
    cast(coalesce(ordered.orders, 0) as bigint) as orders,
    to_bigint(coalesce(ordered.units, 0)) as units,
    cast(coalesce(returned.returns, 0) as bigint) as returns,
    to_bigint(coalesce(returned.returned_units, 0)) as returned_units,
    cast(coalesce(ordered.gross_sales, 0) as decimal(38, 4)) as gross_sales,
    cast(coalesce(ordered.line_discounts, 0) as decimal(38, 4)) as line_discounts,
    cast(coalesce(ordered.order_discounts, 0) as decimal(38, 4)) as order_discounts,
    cast(coalesce(ordered.line_discounts, 0) + coalesce(ordered.order_discounts, 0) as decimal(38, 4)) as discounts,
    cast(coalesce(returned.returned_sales, 0) as decimal(38, 4)) as returned_sales,
    cast(
        coalesce(ordered.gross_sales, 0) - coalesce(ordered.line_discounts, 0) - coalesce(ordered.order_discounts, 0)
        - coalesce(returned.returned_sales, 0) as decimal(38, 4)
    ) as net_sales,
    cast(coalesce(ordered.shipping, 0) as decimal(38, 4)) as shipping,
    cast(coalesce(ordered.handling, 0) as decimal(38, 4)) as handling,
    cast(coalesce(ordered.tax_included, 0) as decimal(38, 4)) as tax_included,
    cast(coalesce(ordered.tax_added, 0) as decimal(38, 4)) as tax_added,
    cast(coalesce(ordered.tax_deducted, 0) as decimal(38, 4)) as tax_deducted,
    cast(coalesce(ordered.order_total, 0) as decimal(38, 4)) as order_total,
    cast(coalesce(returned.returned_shipping, 0) as decimal(38, 4)) as returned_shipping,
    cast(coalesce(returned.return_costs, 0) as decimal(38, 4)) as return_costs,
    cast(coalesce(returned.returned_tax_included, 0) as decimal(38, 4)) as returned_tax_included,
    cast(coalesce(returned.return_total, 0) as decimal(38, 4)) as return_total,
    cast(coalesce(ordered.gross_sales_base, 0) as decimal(38, 4)) as gross_sales_base,
    cast(coalesce(ordered.line_discounts_base, 0) as decimal(38, 4)) as line_discounts_base,
    cast(coalesce(ordered.order_discounts_base, 0) as decimal(38, 4)) as order_discounts_base,
    cast(coalesce(ordered.line_discounts_base, 0) + coalesce(ordered.order_discounts_base, 0) as decimal(38, 4)) as discounts_base,
    cast(coalesce(returned.returned_sales_base, 0) as decimal(38, 4)) as returned_sales_base,
    cast(
        coalesce(ordered.gross_sales_base, 0) - coalesce(ordered.line_discounts_base, 0) - coalesce(ordered.order_discounts_base, 0)
        - coalesce(returned.returned_sales_base, 0) as decimal(38, 4)
    ) as net_sales_base,
    cast(coalesce(ordered.shipping_base, 0) as decimal(38, 4)) as shipping_base,
    cast(coalesce(ordered.handling_base, 0) as decimal(38, 4)) as handling_base,
    cast(coalesce(ordered.tax_included_base, 0) as decimal(38, 4)) as tax_included_base,
    cast(coalesce(ordered.tax_added_base, 0) as decimal(38, 4)) as tax_added_base,
    cast(coalesce(ordered.tax_deducted_base, 0) as decimal(38, 4)) as tax_deducted_base,
    cast(coalesce(ordered.order_total_base, 0) as decimal(38, 4)) as order_total_base,
    cast(coalesce(returned.returned_shipping_base, 0) as decimal(38, 4)) as returned_shipping_base,
    cast(coalesce(returned.return_costs_base, 0) as decimal(38, 4)) as return_costs_base,
    cast(coalesce(returned.returned_tax_included_base, 0) as decimal(38, 4)) as returned_tax_included_base,
    cast(coalesce(returned.return_total_base, 0) as decimal(38, 4)) as return_total_base
from sales_days
cross join base_currency
left join ordered
    on ordered.sales_date = sales_days.sales_date
    and ordered.store_id = sales_days.store_id
    and ordered.market_id = sales_days.market_id
    and ordered.order_type = sales_days.order_type
    and ordered.currency_code = sales_days.currency_code
left join returned
    on returned.sales_date = sales_days.sales_date
    and returned.store_id = sales_days.store_id
    and returned.market_id = sales_days.market_id
    and returned.order_type = sales_days.order_type
    and returned.currency_code = sales_days.currency_code
left join stores on stores.id = sales_days.store_id
left join markets on markets.id = sales_days.market_id
