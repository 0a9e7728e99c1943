-- One row per month of the order and product variant: the units ordered, and those of them returned since.
with returned_by_line as (
    select
        order_id,
        order_line_id,
        sum(quantity) as quantity,
        sum(line_value_base) as line_value_base
    from returned_lines
    where order_id is not null
    group by order_id, order_line_id
),

by_month as (
    select
        sold_lines.order_month,
        coalesce(sold_lines.product_variant_id, 0) as product_variant_id,
        count(distinct sold_lines.order_id) as orders,
        sum(sold_lines.quantity) as units_sold,
        sum(sold_lines.shipped_quantity) as units_shipped,
        sum(coalesce(returned_by_line.quantity, 0)) as units_returned,
        sum(sold_lines.line_value_base) as sold_value_base,
        sum(coalesce(returned_by_line.line_value_base, 0)) as returned_value_base
    from sold_lines
    left join returned_by_line
        on returned_by_line.order_id = sold_lines.order_id
        and returned_by_line.order_line_id = sold_lines.order_line_id
    group by 1, 2
)

select
    by_month.order_month,
    by_month.product_variant_id,
    variant_labels.product_id,
    variant_labels.product_number,
    variant_labels.product_name,
    variant_labels.variant_name,
    variant_labels.brand_name,
    variant_labels.collection_name,
    variant_labels.folder_name,
    cast(by_month.orders as bigint) as orders,
    to_bigint(coalesce(by_month.units_sold, 0)) as units_sold,
    to_bigint(by_month.units_shipped) as units_shipped,
    to_bigint(coalesce(by_month.units_returned, 0)) as units_returned,
    case
        when by_month.units_sold > 0
        then cast(by_month.units_returned as double precision) / cast(by_month.units_sold as double precision)
    end as return_rate,
    base_currency.base_currency_code,
    cast(by_month.sold_value_base as decimal(38, 4)) as sold_value_base,
    cast(by_month.returned_value_base as decimal(38, 4)) as returned_value_base
from by_month
cross join base_currency
left join variant_labels on variant_labels.product_variant_id = by_month.product_variant_id
