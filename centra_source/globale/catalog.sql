-- One row per product size that a display of the store sells, for products that are active; what is deleted is
-- left out.
-- Where several displays of the store hold the size, an active one is chosen before others, then the lowest id.
with size_displays as (
    select
        sizes.id as product_size_id,
        sizes.sku,
        displays.name as display_name,
        displays.description as product_description,
        products.country_of_origin_code as country_of_origin,
        displays.store_id,
        displays.id as display_id,
        row_number() over (
            partition by sizes.id
            order by case when displays.status = 'ACTIVE' then 0 else 1 end, displays.id
        ) as choice
    from product_sizes as sizes
    inner join product_variants as variants on sizes.product_variant_id = variants.id
    inner join products on variants.product_id = products.id
    inner join display_items on variants.id = display_items.product_variant_id
    inner join displays on display_items.display_id = displays.id
    where
        products.status = 'ACTIVE'
        and displays.store_id = {store_id}
        and coalesce(
            sizes.deleted_at,
            variants.deleted_at,
            products.deleted_at,
            display_items.deleted_at,
            displays.deleted_at
        ) is null
)

select
    product_size_id,
    sku,
    display_name,
    product_description,
    country_of_origin,
    store_id,
    display_id
from size_displays
where choice = 1
order by product_size_id
