-- One row per product variant that is kept in stock, was sold, returned or delivered: the share that is sold.
with stock_by_variant as (
    select
        product_sizes.product_variant_id,
        sum(stock.physical_quantity) as units_on_hand,
        sum(stock.free_to_allocate_quantity) as units_free_to_allocate
    from stock
    join product_sizes on product_sizes.id = stock.product_size_id
    where product_sizes.product_variant_id is not null
    group by product_sizes.product_variant_id
),

sold_by_variant as (
    select
        product_variant_id,
        sum(quantity) as units_sold,
        sum(line_value_base) as sold_value_base,
        min(case when quantity > 0 then order_date end) as first_sale_date,
        max(case when quantity > 0 then order_date end) as last_sale_date
    from sold_lines
    where product_variant_id is not null
    group by product_variant_id
),

returned_by_variant as (
    select
        sold_lines.product_variant_id,
        sum(returned_lines.quantity) as units_returned,
        sum(returned_lines.line_value_base) as returned_value_base
    from returned_lines
    join sold_lines
        on sold_lines.order_id = returned_lines.order_id
        and sold_lines.order_line_id = returned_lines.order_line_id
    where sold_lines.product_variant_id is not null
    group by sold_lines.product_variant_id
),

received_by_variant as (
    select product_sizes.product_variant_id, sum(delivered.quantity) as units_received
    from purchase_order_delivery_lines as delivered
    join purchase_order_deliveries as deliveries on deliveries.id = delivered.purchase_order_delivery_id
    join product_sizes on product_sizes.id = delivered.product_size_id
    where deliveries.deleted_at is null
        and deliveries.is_accepted
        and product_sizes.product_variant_id is not null
    group by product_sizes.product_variant_id
),

variants as (
    select product_variant_id from stock_by_variant
    union
    select product_variant_id from sold_by_variant
    union
    select product_variant_id from received_by_variant
),

counted as (
    select
        variants.product_variant_id,
        coalesce(sold.units_sold, 0) as units_sold,
        coalesce(returned.units_returned, 0) as units_returned,
        coalesce(sold.units_sold, 0) - coalesce(returned.units_returned, 0) as units_net_sold,
        coalesce(kept.units_on_hand, 0) as units_on_hand,
        coalesce(kept.units_free_to_allocate, 0) as units_free_to_allocate,
        received.units_received,
        coalesce(sold.sold_value_base, 0) as sold_value_base,
        coalesce(returned.returned_value_base, 0) as returned_value_base,
        sold.first_sale_date,
        sold.last_sale_date
    from variants
    left join stock_by_variant as kept on kept.product_variant_id = variants.product_variant_id
    left join sold_by_variant as sold on sold.product_variant_id = variants.product_variant_id
    left join returned_by_variant as returned on returned.product_variant_id = variants.product_variant_id
    left join received_by_variant as received on received.product_variant_id = variants.product_variant_id
)

select
    counted.product_variant_id,
    variant_labels.product_id,
    variant_labels.product_number,
    variant_labels.product_name,
    variant_labels.variant_number,
    variant_labels.variant_name,
    variant_labels.brand_name,
    variant_labels.collection_name,
    variant_labels.folder_name,
    variant_labels.product_status,
    variant_labels.variant_status,
    to_bigint(coalesce(counted.units_sold, 0)) as units_sold,
    to_bigint(coalesce(counted.units_returned, 0)) as units_returned,
    to_bigint(coalesce(counted.units_net_sold, 0)) as units_net_sold,
    to_bigint(coalesce(counted.units_on_hand, 0)) as units_on_hand,
    to_bigint(coalesce(counted.units_free_to_allocate, 0)) as units_free_to_allocate,
    to_bigint(counted.units_received) as units_received,
    to_bigint(coalesce(counted.units_net_sold + counted.units_on_hand, 0)) as units_available,
    case
        when counted.units_net_sold + counted.units_on_hand > 0
        then cast(counted.units_net_sold as double precision)
            / cast(counted.units_net_sold + counted.units_on_hand as double precision)
    end as sell_through_rate,
    base_currency.base_currency_code,
    cast(counted.sold_value_base as decimal(38, 4)) as sold_value_base,
    cast(counted.returned_value_base as decimal(38, 4)) as returned_value_base,
    counted.first_sale_date,
    counted.last_sale_date
from counted
cross join base_currency
left join variant_labels on variant_labels.product_variant_id = counted.product_variant_id
