-- One row per size of a bundle in the file and size of the file that it always contains, with the quantity.
-- A section with one variant is always in the bundle. From a section with several, the buyer chooses, which a mapping
-- cannot express: these sections are left out. The size of a variant is that of the bundle, or its only size.
with fixed_sections as (
    select
        bundle_id,
        bundle_section_id,
        min(product_variant_id) as product_variant_id
    from bundle_section_variants
    group by bundle_id, bundle_section_id
    having count(*) = 1
),

offered as (
    select
        catalog.product_size_id,
        catalog.sku,
        catalog.product_variant_id,
        catalog.bundle_id,
        catalog.is_bundle,
        sizes.size_id,
        count(*) over (partition by catalog.product_variant_id) as sizes_of_variant
    from globale_catalog as catalog
    inner join product_sizes as sizes on catalog.product_size_id = sizes.id
    where {sold}
)

select
    wholes.product_size_id,
    wholes.sku as bundle_sku,
    children.product_size_id as child_size_id,
    children.sku as child_sku,
    sum(sections.quantity) as quantity
from offered as wholes
inner join bundle_sections as sections on wholes.bundle_id = sections.bundle_id
inner join fixed_sections
    on sections.bundle_id = fixed_sections.bundle_id and sections.id = fixed_sections.bundle_section_id
inner join offered as children
    on
        fixed_sections.product_variant_id = children.product_variant_id
        and (wholes.size_id = children.size_id or children.sizes_of_variant = 1)
where wholes.is_bundle
group by wholes.product_size_id, wholes.sku, children.product_size_id, children.sku
order by wholes.product_size_id, children.product_size_id
