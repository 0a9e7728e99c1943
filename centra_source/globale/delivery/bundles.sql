-- One row per size of a bundle in the catalog and size that it holds, with the pieces of it.
-- A section that offers one variant is always in the bundle. Of a section with several the buyer chooses, which
-- a mapping cannot say: those are left out. The size of a variant is the one of the bundle's size, or its only one.
with fixed_sections as (
    select
        bundle_id,
        bundle_section_id,
        min(product_variant_id) as product_variant_id
    from bundle_section_variants
    group by bundle_id, bundle_section_id
    having count(*) = 1
),

present_sizes as (
    select
        id,
        sku,
        size_id,
        product_variant_id,
        count(*) over (partition by product_variant_id) as sizes_of_variant
    from product_sizes
    where deleted_at is null
)

select
    catalog.product_size_id,
    catalog.sku as bundle_sku,
    children.id as child_size_id,
    children.sku as child_sku,
    sum(sections.quantity) as quantity
from globale_catalog as catalog
inner join bundle_sections as sections on catalog.bundle_id = sections.bundle_id
inner join fixed_sections
    on sections.bundle_id = fixed_sections.bundle_id and sections.id = fixed_sections.bundle_section_id
inner join present_sizes as own on catalog.product_size_id = own.id
inner join present_sizes as children
    on
        fixed_sections.product_variant_id = children.product_variant_id
        and (own.size_id = children.size_id or children.sizes_of_variant = 1)
where catalog.is_bundle
group by catalog.product_size_id, catalog.sku, children.id, children.sku
order by catalog.product_size_id, children.id
