-- One row per voucher that Centra applied to an order of Global-e.
select
    order_discounts.order_id,
    order_discounts.position,
    order_discounts.voucher_id,
    coalesce(vouchers.name, order_discounts.voucher_name) as voucher_name,
    coalesce(vouchers.code, order_discounts.applied_code) as code,
    order_discounts.discount_value as amount
from order_discounts
left join vouchers on order_discounts.voucher_id = vouchers.id
where order_discounts.discount_type <> 'AdminDiscount' and order_discounts.order_id in ({order_ids})
order by order_discounts.order_id, order_discounts.position
