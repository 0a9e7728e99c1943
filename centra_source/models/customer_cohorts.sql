-- One row per store, month of a customer's first order there, and later month with sales in the store.
with lines_by_order as (
    select order_id, sum(line_value_base) as line_value_base
    from sold_lines
    group by order_id
),

customer_orders as (
    select
        order_facts.order_id,
        order_facts.store_id,
        order_facts.customer_id,
        order_facts.order_month,
        coalesce(lines_by_order.line_value_base, 0)
        - coalesce(round(order_facts.order_discounts * order_facts.base_rate, 4), 0) as sales_base
    from order_facts
    left join lines_by_order on lines_by_order.order_id = order_facts.order_id
    where not order_facts.is_cancelled and order_facts.customer_id is not null
),

first_orders as (
    select store_id, customer_id, min(order_month) as cohort_month
    from customer_orders
    group by store_id, customer_id
),

cohorts as (
    select store_id, cohort_month, count(*) as customers
    from first_orders
    group by store_id, cohort_month
),

ordered as (
    select
        first_orders.store_id,
        first_orders.cohort_month,
        customer_orders.order_month,
        count(distinct customer_orders.customer_id) as active_customers,
        count(*) as orders,
        sum(customer_orders.sales_base) as sales_base
    from customer_orders
    join first_orders
        on first_orders.store_id = customer_orders.store_id
        and first_orders.customer_id = customer_orders.customer_id
    group by 1, 2, 3
),

returned as (
    select
        first_orders.store_id,
        first_orders.cohort_month,
        return_facts.return_month as order_month,
        sum(return_facts.returned_sales_base) as returned_sales_base
    from return_facts
    join customer_orders on customer_orders.order_id = return_facts.order_id
    join first_orders
        on first_orders.store_id = customer_orders.store_id
        and first_orders.customer_id = customer_orders.customer_id
    group by 1, 2, 3
),

months as (
    select store_id, order_month from ordered
    union
    select store_id, order_month from returned
)

select
    cohorts.store_id,
    stores.name as store_name,
    cohorts.cohort_month,
    cast(
        (extract(year from months.order_month) - extract(year from cohorts.cohort_month)) * 12
        + extract(month from months.order_month) - extract(month from cohorts.cohort_month) as bigint
    ) as months_since,
    months.order_month,
    cast(cohorts.customers as bigint) as customers,
    cast(coalesce(ordered.active_customers, 0) as bigint) as active_customers,
    cast(coalesce(ordered.orders, 0) as bigint) as orders,
    base_currency.base_currency_code,
    cast(coalesce(ordered.sales_base, 0) as decimal(38, 4)) as sales_base,
    cast(coalesce(returned.returned_sales_base, 0) as decimal(38, 4)) as returned_sales_base,
    cast(
        coalesce(ordered.sales_base, 0) - coalesce(returned.returned_sales_base, 0) as decimal(38, 4)
    ) as net_sales_base
from cohorts
join months on months.store_id = cohorts.store_id and months.order_month >= cohorts.cohort_month
cross join base_currency
left join ordered
    on ordered.store_id = cohorts.store_id
    and ordered.cohort_month = cohorts.cohort_month
    and ordered.order_month = months.order_month
left join returned
    on returned.store_id = cohorts.store_id
    and returned.cohort_month = cohorts.cohort_month
    and returned.order_month = months.order_month
left join stores on stores.id = cohorts.store_id
