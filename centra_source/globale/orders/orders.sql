-- One row per order of Global-e, including those that the shop has deleted.
with elements as ({elements}),

details as (
    select
        order_id,
        max(case when element = 'ge_order_id' then content end) as ge_order_id,
        max(case when element = 'ge_order_total' then content end) as ge_order_total,
        max(case when element = 'ge_order_shipping' then content end) as ge_order_shipping,
        max(case when element = 'ge_order_duties' then content end) as ge_order_duties,
        max(case when element = 'ge_order_delivery_days' then content end) as ge_order_delivery_days,
        max(case when element = 'canceled_by_ge' then content end) as canceled_by_ge,
        max(case when element = 'code_vouchers' then content end) as code_vouchers,
        max(case when element = 'automatic_vouchers' then content end) as automatic_vouchers,
        max(case when element = 'free_shipping' then content end) as free_shipping,
        max(case when element = 'ge_cart_item_ids_mapping' then content end) as ge_cart_item_ids_mapping,
        max(case when element = 'ge_cart_item_id_to_price_mapping' then content end)
            as ge_cart_item_id_to_price_mapping,
        max(case when element = 'centra_to_ge_cart_mapping' then content end) as centra_to_ge_cart_mapping
    from elements
    group by order_id
),

shipped as (
    select
        order_id,
        max(case when is_shipped then 1 else 0 end) as is_shipped
    from shipments
    where deleted_at is null
    group by order_id
)

select
    orders.id as order_id,
    orders.number as order_number,
    orders.status,
    orders.is_on_hold,
    orders.created_at,
    orders.updated_at,
    orders.deleted_at,
    orders.store_id,
    stores.name as store_name,
    orders.market_id,
    markets.name as market_name,
    orders.pricelist_id,
    pricelists.name as pricelist_name,
    coalesce(orders.shipping_address_country_code, orders.country_code) as ship_country,
    orders.payment_method_uri,
    orders.payment_method_name,
    orders.payment_method_plugin,
    orders.grand_total_currency_code as currency,
    orders.grand_total_value as centra_grand_total,
    orders.totals_shipping_value as centra_shipping,
    orders.totals_discounts_value as centra_discounts,
    orders.totals_tax_included_value as centra_tax_included,
    case when details.order_id is null then 0 else 1 end as has_details,
    case when {is_paid_through_globale} then 1 else 0 end as is_paid_through_globale,
    shipped.is_shipped,
    details.ge_order_id,
    details.ge_order_total,
    details.ge_order_shipping,
    details.ge_order_duties,
    details.ge_order_delivery_days,
    details.canceled_by_ge,
    details.code_vouchers,
    details.automatic_vouchers,
    details.free_shipping,
    details.ge_cart_item_ids_mapping,
    details.ge_cart_item_id_to_price_mapping,
    details.centra_to_ge_cart_mapping
from orders
left join details on orders.id = details.order_id
left join shipped on orders.id = shipped.order_id
left join stores on orders.store_id = stores.id
left join markets on orders.market_id = markets.id
left join pricelists on orders.pricelist_id = pricelists.id
where details.order_id is not null or {sold_through_globale}
order by orders.number, orders.id
