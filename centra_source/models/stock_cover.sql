-- One row per product size that is kept in stock or was sold: the units in stock, and how long they last.
-- For all warehouses together, because Centra does not say from which one an order will be sent.
with stock_by_size as (
    select
        product_size_id,
        count(*) as warehouses,
        sum(physical_quantity) as physical_quantity,
        sum(allocated_quantity) as allocated_quantity,
        sum(free_to_allocate_quantity) as free_to_allocate_quantity,
        sum(available_quantity) as available_quantity,
        sum(demand_quantity) as demand_quantity,
        sum(incoming_quantity) as incoming_quantity
    from stock
    group by product_size_id
),

newest_sale as (
    select max(order_date) as as_of_date
    from order_facts
    where not is_cancelled
),

sold_by_size as (
    select
        sold_lines.product_size_id,
        sum(
            case
                when sold_lines.order_date > cast(newest_sale.as_of_date - interval 28 day as date)
                then sold_lines.quantity
                else 0
            end
        ) as units_sold_28_days,
        sum(
            case
                when sold_lines.order_date > cast(newest_sale.as_of_date - interval 90 day as date)
                then sold_lines.quantity
                else 0
            end
        ) as units_sold_90_days,
        min(sold_lines.order_date) as first_sale_date,
        max(sold_lines.order_date) as last_sale_date
    from sold_lines
    cross join newest_sale
    where sold_lines.quantity > 0 and sold_lines.product_size_id is not null
    group by sold_lines.product_size_id
),

sizes as (
    select product_size_id from stock_by_size
    union
    select product_size_id from sold_by_size
)

select
    sizes.product_size_id,
    product_sizes.sku,
    product_sizes.ean,
    variant_labels.product_id,
    variant_labels.product_number,
    variant_labels.product_name,
    product_sizes.product_variant_id,
    variant_labels.variant_name,
    product_sizes.size_name,
    variant_labels.brand_name,
    variant_labels.collection_name,
    variant_labels.folder_name,
    variant_labels.product_status,
    cast(coalesce(stock_by_size.warehouses, 0) as bigint) as warehouses,
    to_bigint(coalesce(stock_by_size.physical_quantity, 0)) as physical_quantity,
    to_bigint(coalesce(stock_by_size.allocated_quantity, 0)) as allocated_quantity,
    to_bigint(coalesce(stock_by_size.free_to_allocate_quantity, 0)) as free_to_allocate_quantity,
    to_bigint(coalesce(stock_by_size.available_quantity, 0)) as available_quantity,
    to_bigint(coalesce(stock_by_size.demand_quantity, 0)) as demand_quantity,
    to_bigint(coalesce(stock_by_size.incoming_quantity, 0)) as incoming_quantity,
    newest_sale.as_of_date,
    to_bigint(coalesce(sold_by_size.units_sold_28_days, 0)) as units_sold_28_days,
    to_bigint(coalesce(sold_by_size.units_sold_90_days, 0)) as units_sold_90_days,
    case
        when sold_by_size.units_sold_28_days > 0 and coalesce(stock_by_size.free_to_allocate_quantity, 0) <= 0
        then 0
        when sold_by_size.units_sold_28_days > 0
        then cast(coalesce(stock_by_size.free_to_allocate_quantity, 0) as double precision) * 28
            / cast(sold_by_size.units_sold_28_days as double precision)
    end as days_of_cover,
    sold_by_size.first_sale_date,
    sold_by_size.last_sale_date,
    variant_labels.unit_cost,
    variant_labels.unit_cost_currency_code,
    cast(
        coalesce(stock_by_size.physical_quantity, 0) * variant_labels.unit_cost as decimal(38, 4)
    ) as stock_value
from sizes
cross join newest_sale
left join stock_by_size on stock_by_size.product_size_id = sizes.product_size_id
left join sold_by_size on sold_by_size.product_size_id = sizes.product_size_id
left join product_sizes on product_sizes.id = sizes.product_size_id
left join variant_labels on variant_labels.product_variant_id = product_sizes.product_variant_id
