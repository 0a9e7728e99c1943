-- One row per order and element of ge_order_details that Global-e's page does not list.
select
    elements.order_id,
    elements.element,
    elements.content
from ({elements}) as elements
where
    elements.element not in (
        'ge_order_id',
        'ge_order_total',
        'ge_order_shipping',
        'ge_order_duties',
        'ge_order_delivery_days',
        'canceled_by_ge',
        'code_vouchers',
        'automatic_vouchers',
        'free_shipping',
        'ge_cart_item_ids_mapping',
        'ge_cart_item_id_to_price_mapping',
        'centra_to_ge_cart_mapping'
    )
order by elements.order_id, elements.element
