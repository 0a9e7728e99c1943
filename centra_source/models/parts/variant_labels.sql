-- One row per product variant, including deleted ones: its names and numbers.
select
    product_variants.id as product_variant_id,
    product_variants.variant_number,
    product_variants.name as variant_name,
    product_variants.status as variant_status,
    product_variants.unit_cost_value as unit_cost,
    product_variants.unit_cost_currency_code,
    product_variants.product_id,
    products.product_number,
    products.name as product_name,
    products.status as product_status,
    products.brand_id,
    brands.name as brand_name,
    products.collection_id,
    collections.name as collection_name,
    products.folder_id,
    folders.name as folder_name
from product_variants
left join products on products.id = product_variants.product_id
left join brands on brands.id = products.brand_id
left join collections on collections.id = products.collection_id
left join folders on folders.id = products.folder_id
