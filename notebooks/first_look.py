# %% [markdown]
# # A first look at a loaded shop
#
# Reads the tables that `python centra_pipeline.py` has loaded. Run it cell by cell in an editor, or as a
# script from the project's folder: `python notebooks/first_look.py`.

# %%
import dlt
import pandas as pd

shop = dlt.pipeline("centra_pipeline").dataset()


def query(sql: str) -> pd.DataFrame:
    """The rows of a query on the loaded tables."""
    frame = shop(sql).df()
    assert frame is not None
    return frame


# %% [markdown]
# ## How fresh and how complete it is
#
# Times are UTC. `expected` is Centra's own count for what the window holds.

# %%
freshness = query("""
    select
        resource,
        max(window_to) as read_up_to,
        sum(expected)::bigint as expected,
        sum(loaded)::bigint as loaded
    from load_audit
    where kind = 'window'
    group by resource
    order by resource
""")
print(freshness.to_string(index=False))

# %% [markdown]
# ## Orders by month
#
# One row per month of the order date (UTC) and currency, with tax; without cancelled and deleted orders.

# %%
orders_by_month = query("""
    select
        date_trunc('month', created_at) as month,
        grand_total_currency_code as currency,
        count(*) as orders,
        sum(grand_total_value) as grand_total
    from orders
    where status <> 'CANCELLED' and deleted_at is null
    group by all
    order by month, currency
""")
print(orders_by_month.tail(12).to_string(index=False))

# %% [markdown]
# ## What sells and what is left
#
# One row per product: units ordered, and units that are free to allocate over all warehouses.

# %%
best_sellers = query("""
    with sold as (
        select product_id, sum(quantity)::bigint as ordered
        from order_lines
        where deleted_at is null
        group by product_id
    ),
    left_over as (
        select
            sizes.product_variant_product_id as product_id,
            sum(stock.free_to_allocate_quantity)::bigint as free
        from stock
        inner join product_sizes as sizes on sizes.id = stock.product_size_id
        group by sizes.product_variant_product_id
    )
    select products.name, sold.ordered, left_over.free
    from sold
    inner join products on products.id = sold.product_id
    left join left_over on left_over.product_id = sold.product_id
    order by sold.ordered desc
    limit 10
""")
print(best_sellers.to_string(index=False))
