-- One row per order and element of ge_order_details; an empty text is null, because some destinations store it so.
-- Global-e's order API names an element ge_order_details_ge_order_id: both names are read.
-- Centra returns all elements for every order. If only flags of 0 are filled, it is not an order of Global-e.
select
    counted.order_id,
    counted.element,
    counted.content
from (
    select
        named.order_id,
        named.element,
        named.content,
        max(case when trim(named.content) not in ('', '0') then 1 else 0 end)
            over (partition by named.order_id)
        as is_filled
    from (
        select
            attributes.order_id,
            case
                when substring(attributes."key", 1, 17) = 'ge_order_details_'
                    then substring(attributes."key", 18)
                else attributes."key"
            end as element,
            coalesce(nullif(attributes.value, ''), nullif(attributes.selected_value, '')) as content
        from order_attributes as attributes
        where
            attributes.type_name = 'ge_order_details'
            or substring(attributes."key", 1, 17) = 'ge_order_details_'
    ) as named
) as counted
where counted.is_filled = 1
