-- One row per order line of an order that is not deleted, with names and amounts.
-- Every joined table has one row per order line, order, variant or name, so that no line is duplicated.
with returned_by_line as (
    select
        order_line_id,
        sum(quantity) as quantity,
        sum(line_value) as line_value,
        sum(line_value_base) as line_value_base
    from returned_lines
    group by order_line_id
),

shipped_by_line as (
    select shipment_lines.order_line_id, sum(shipment_lines.quantity) as quantity
    from shipment_lines
    join shipments on shipments.id = shipment_lines.shipment_id
    where shipments.deleted_at is null and shipments.is_shipped
    group by shipment_lines.order_line_id
),

first_categories as (
    select display_id, min(category_id) as category_id
    from display_categories
    where deleted_at is null
    group by display_id
),

line_amounts as (
    select
        order_lines.order_id,
        order_lines.id as order_line_id,
        order_facts.base_rate,
        cast(order_lines.unit_original_price_value * order_lines.quantity as decimal(38, 4)) as line_gross,
        scale_amount(
            cast(order_lines.unit_original_price_value * order_lines.quantity as decimal(38, 4)), order_facts.base_rate
        ) as line_gross_base,
        order_lines.line_value,
        shares.line_order_discount,
        shares.line_order_discount_base,
        to_factor(
            cast(order_lines.tax_percent as double precision)
            / nullif(cast(order_lines.tax_percent as double precision) + 100, 0)
        ) as tax_share,
        cast(variant_labels.unit_cost * order_lines.quantity as decimal(38, 4)) as line_cost
    from order_lines
    join order_facts on order_facts.order_id = order_lines.order_id
    join order_discount_shares as shares
        on shares.order_id = order_lines.order_id and shares.order_line_id = order_lines.id
    left join variant_labels on variant_labels.product_variant_id = order_lines.product_variant_id
)

select
    order_lines.order_id,
    order_lines.id as order_line_id,
    order_facts.order_number,
    order_facts.order_type,
    order_facts.order_status,
    order_facts.ordered_at,
    order_facts.order_date,
    order_facts.is_cancelled,
    order_facts.is_on_hold,
    order_facts.is_internal,
    order_lines.line_type,
    coalesce(order_lines.line_type = 'BundleOrderLine', false) as is_bundle,
    coalesce(order_lines.line_type = 'BundleItemOrderLine', false) as is_bundle_item,
    coalesce(order_lines.line_type = 'GiftCertificateOrderLine', false) as is_gift_certificate,
    order_lines.has_any_discount,
    order_facts.store_id,
    stores.name as store_name,
    order_facts.market_id,
    markets.name as market_name,
    order_facts.country_code,
    countries.name as country_name,
    order_facts.customer_id,
    order_facts.account_id,
    order_facts.pricelist_id,
    pricelists.name as pricelist_name,
    order_lines.line_campaign_campaign_id as campaign_id,
    campaigns.name as campaign_name,
    order_lines.delivery_window_id,
    order_lines.product_id,
    order_lines.product_number,
    coalesce(variant_labels.product_name, order_lines.product_name) as product_name,
    order_lines.product_variant_id,
    variant_labels.variant_number,
    coalesce(variant_labels.variant_name, order_lines.product_variant_name) as variant_name,
    order_lines.product_size_id,
    order_lines.size as size_name,
    product_sizes.sku,
    product_sizes.ean,
    variant_labels.brand_id,
    coalesce(variant_labels.brand_name, order_lines.product_brand) as brand_name,
    variant_labels.collection_id,
    variant_labels.collection_name,
    variant_labels.folder_id,
    coalesce(variant_labels.folder_name, order_lines.folder_name) as folder_name,
    order_lines.display_id,
    coalesce(displays.canonical_category_id, first_categories.category_id) as category_id,
    categories.name as category_name,
    order_lines.quantity,
    order_lines.cancelled_quantity,
    to_bigint(coalesce(returned_by_line.quantity, order_lines.returned_quantity)) as returned_quantity,
    to_bigint(coalesce(order_lines.shipped_quantity, shipped_by_line.quantity)) as shipped_quantity,
    order_facts.currency_code,
    base_currency.base_currency_code,
    order_facts.currency_base_rate,
    order_lines.discount_percent,
    order_lines.tax_percent,
    order_lines.unit_original_price_value as unit_original_price,
    order_lines.unit_price_value as unit_price,
    amounts.line_gross,
    cast(amounts.line_gross - amounts.line_value as decimal(38, 4)) as line_discount,
    amounts.line_value,
    cast(amounts.line_order_discount as decimal(38, 4)) as line_order_discount,
    cast(amounts.line_value - amounts.line_order_discount as decimal(38, 4)) as line_net,
    cast(
        scale_amount(amounts.line_value - amounts.line_order_discount, amounts.tax_share) as decimal(38, 4)
    ) as line_tax_included,
    cast(coalesce(returned_by_line.line_value, 0) as decimal(38, 4)) as line_returned,
    variant_labels.unit_cost,
    amounts.line_cost,
    variant_labels.unit_cost_currency_code,
    cast(
        round(order_lines.unit_original_price_value * amounts.base_rate, 4) as decimal(38, 4)
    ) as unit_original_price_base,
    cast(round(order_lines.unit_price_value * amounts.base_rate, 4) as decimal(38, 4)) as unit_price_base,
    cast(amounts.line_gross_base as decimal(38, 4)) as line_gross_base,
    cast(
        amounts.line_gross_base - round(amounts.line_value * amounts.base_rate, 4) as decimal(38, 4)
    ) as line_discount_base,
    cast(round(amounts.line_value * amounts.base_rate, 4) as decimal(38, 4)) as line_value_base,
    cast(amounts.line_order_discount_base as decimal(38, 4)) as line_order_discount_base,
    cast(
        round(amounts.line_value * amounts.base_rate, 4) - amounts.line_order_discount_base as decimal(38, 4)
    ) as line_net_base,
    cast(
        scale_amount(
            round(amounts.line_value * amounts.base_rate, 4) - amounts.line_order_discount_base, amounts.tax_share
        ) as decimal(38, 4)
    ) as line_tax_included_base,
    cast(coalesce(returned_by_line.line_value_base, 0) as decimal(38, 4)) as line_returned_base,
    case
        when variant_labels.unit_cost_currency_code = base_currency.base_currency_code then amounts.line_cost
    end as line_cost_base
from line_amounts as amounts
join order_lines
    on order_lines.order_id = amounts.order_id and order_lines.id = amounts.order_line_id
join order_facts on order_facts.order_id = amounts.order_id
cross join base_currency
left join returned_by_line on returned_by_line.order_line_id = amounts.order_line_id
left join shipped_by_line on shipped_by_line.order_line_id = amounts.order_line_id
left join variant_labels on variant_labels.product_variant_id = order_lines.product_variant_id
left join product_sizes on product_sizes.id = order_lines.product_size_id
left join displays on displays.id = order_lines.display_id
left join first_categories on first_categories.display_id = order_lines.display_id
left join categories on categories.id = coalesce(displays.canonical_category_id, first_categories.category_id)
left join stores on stores.id = order_facts.store_id
left join markets on markets.id = order_facts.market_id
left join countries on countries.code = order_facts.country_code
left join pricelists on pricelists.id = order_facts.pricelist_id
left join campaigns on campaigns.id = order_lines.line_campaign_campaign_id
