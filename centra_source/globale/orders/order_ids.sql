-- One row per order of Global-e: by its attribute, its payment method or its market.
select elements.order_id
from ({elements}) as elements
union
select orders.id as order_id
from orders
where {sold_through_globale}
