-- One row per product size and display of the store that shows it. A size that is on no display has one row without
-- a display. Active displays come first, then those with the lowest id.
with store_displays as (
    select
        display_items.id as display_item_id,
        display_items.product_variant_id,
        displays.id as display_id,
        displays.status as display_status,
        displays.name as display_name,
        displays.description as display_description,
        displays.short_description as display_short_description
    from display_items
    inner join displays on display_items.display_id = displays.id
    where displays.store_id = {store_id} and display_items.deleted_at is null and displays.deleted_at is null
)

select
    sizes.id as product_size_id,
    sizes.sku,
    sizes.is_active as size_is_active,
    sizes.preorder as is_preorder,
    case when trim(sizes.ean) <> '' then sizes.ean else sizes.upc end as gtin,
    sizes.weight_value as size_weight_value,
    sizes.weight_unit as size_weight_unit,
    sizes.size_name,
    sizes.product_variant_id,
    case when variants.deleted_at is null then variants.status else 'DELETED' end as variant_status,
    products.id as product_id,
    case when products.deleted_at is null then products.status else 'DELETED' end as product_status,
    products.name as product_name,
    products.product_number,
    products.harmonized_commodity_code as hs_code_raw,
    products.harmonized_commodity_code_description as hs_description,
    products.country_of_origin_code as country_of_origin,
    products.weight_value as product_weight_value,
    products.weight_unit as product_weight_unit,
    products.is_bundle,
    products.bundle_id,
    brands.name as brand_name,
    products.folder_id,
    folders.name as folder_name,
    collections.name as collection_name,
    store_displays.display_id,
    store_displays.display_item_id,
    store_displays.display_status,
    store_displays.display_name,
    store_displays.display_description,
    store_displays.display_short_description
from product_sizes as sizes
left join product_variants as variants on sizes.product_variant_id = variants.id
left join products on variants.product_id = products.id
left join brands on products.brand_id = brands.id
left join folders on products.folder_id = folders.id
left join collections on products.collection_id = collections.id
left join store_displays on variants.id = store_displays.product_variant_id
where sizes.deleted_at is null
order by
    sizes.id,
    case when store_displays.display_status = 'ACTIVE' then 0 else 1 end,
    store_displays.display_id,
    store_displays.display_item_id
