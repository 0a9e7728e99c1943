import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Sales and returns", css_file="look.css")

with app.setup:
    import marimo as mo
    import pandas as pd

    from centra_notebooks import charts, shop, show


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Sales and returns

    Orders count on the day on which they were placed, without cancelled and deleted ones. Returns count
    if Centra's status is completed, on the day on which the return was made. Days and months are in UTC,
    or in `time_zone` of `[models]`. Amounts include tax. *Net* is the value at original prices minus
    discounts minus returned goods; shipping is separate. The newest month may not be complete.
    """)
    return


@app.cell
def _():
    centra = shop.open_shop()
    centra.show_doubts("sales_daily", "order_lines_enriched", "return_rates", "customer_cohorts")
    return (centra,)


@app.cell
def _(centra):
    scopes = centra.query(
        """
        select distinct store_id, store_name, currency_code, base_currency_code
        from sales_daily
        order by store_id, currency_code
        """,
        empty="This shop has sold nothing yet.",
    )
    base = scopes["base_currency_code"].iloc[0] or "the base currency"
    pairs = zip(scopes["store_name"], scopes["store_id"], strict=True)
    stores = {"all stores": None} | {f"{name} ({key})": key for name, key in pairs}
    currencies = {f"all, in {base}": ""} | {code: code for code in sorted(scopes["currency_code"].unique())}
    store = mo.ui.dropdown(stores, value="all stores", label="Store:")
    currency = mo.ui.dropdown(currencies, value=f"all, in {base}", label="Currency:")
    mo.hstack([store, currency], justify="start", gap=2)
    return base, currency, store


@app.cell(hide_code=True)
def _(base, centra, currency, store):
    # Conditions and columns for the queries below, by the two choices.
    unit, is_known = currency.value or base, base != "the base currency"
    amount = "" if currency.value else "_base"
    of_store = "true" if store.value is None else f"store_id = {store.value}"
    chosen = of_store
    if currency.value:
        chosen += f" and currency_code = {shop.literal(currency.value)}"
        text = f"Amounts are in {unit}. Only orders in {unit} are included."
    else:
        named = f"{unit}, the shop's base currency," if is_known else "the shop's base currency"
        text = f"Amounts are converted to {named} by the rate that Centra noted on each order."
        if not is_known:
            reason = centra.explain("No currency of the shop is marked as base.", "currencies")
            text += f" Which one it is, is unknown. {reason}"
    show.show_sentence(text)
    return amount, chosen, of_store, unit


@app.cell
def _(amount, centra, chosen):
    months = centra.query(
        f"""
        select
            date_trunc('month', sales_date) as month,
            sum(orders) as orders,
            sum(units) as units,
            sum(gross_sales{amount}) as gross,
            sum(discounts{amount}) as discounts,
            sum(gross_sales{amount}) - sum(discounts{amount}) as sold,
            sum(returned_sales{amount}) as returned,
            sum(net_sales{amount}) as net,
            sum(shipping{amount}) as shipping
        from sales_daily
        where {chosen}
        group by 1
        order by 1
        """,
        empty="Nothing was sold in this store and currency.",
    )
    return (months,)


@app.cell
def _(months, unit):
    total = months.drop(columns="month").astype(float).sum()
    show.key_figures(
        {
            "Orders": int(total["orders"]),
            "Units": int(total["units"]),
            f"Sold after discounts ({unit})": round(total["sold"]),
            f"Returned ({unit})": round(total["returned"]),
            f"Net sales ({unit})": round(total["net"]),
            f"Sold per order ({unit})": round(total["sold"] / total["orders"]) if total["orders"] else None,
        }
    )
    return


@app.cell
def _(months, unit):
    charts.columns(
        months,
        "month",
        {"sold": "Sold, after discounts", "returned": "Returned, by month of the return"},
        title="Sales and returns by month",
        x_label="Month",
        y_label=f"Amount with tax ({unit})",
    )
    return


@app.cell
def _(months, unit):
    newest = months.sort_values("month", ascending=False)
    show.long_table(
        pd.DataFrame(
            {
                "Month": newest["month"].dt.strftime("%Y-%m"),
                "Orders": newest["orders"],
                "Units": newest["units"],
                f"Gross ({unit})": newest["gross"],
                f"Discounts ({unit})": newest["discounts"],
                f"Returned ({unit})": newest["returned"],
                f"Net ({unit})": newest["net"],
                f"Shipping ({unit})": newest["shipping"],
            }
        ),
        "months",
        first=12,
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Where it was sold
    """)
    return


@app.cell
def _(amount, centra, chosen, unit):
    markets = centra.query(f"""
        select
            store_name as "Store",
            market_name as "Market",
            sum(orders) as "Orders",
            sum(units) as "Units",
            sum(net_sales{amount}) as net,
            100.0 * sum(discounts{amount}) / nullif(sum(gross_sales{amount}), 0) as "Discounts (% of gross)",
            100.0 * sum(returned_sales{amount})
                / nullif(sum(gross_sales{amount}) - sum(discounts{amount}), 0) as "Returned (% of sold)"
        from sales_daily
        where {chosen}
        group by store_name, market_name
        order by sum(net_sales{amount}) desc
    """)
    show.long_table(markets.rename(columns={"net": f"Net ({unit})"}), "markets")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What sells

    Amounts are after all discounts. Discounts on a whole order are divided among its lines. A bundle
    counts as one product, its items do not count.
    """)
    return


@app.cell
def _(amount, centra, chosen, unit):
    products = centra.query(
        f"""
        select
            product_name as "Product",
            collection_name as "Collection",
            sum(quantity) as "Units sold",
            sum(line_net{amount}) as sold,
            sum(returned_quantity) as "Units returned",
            100.0 * sum(returned_quantity) / nullif(sum(quantity), 0) as "Returned (% of units)"
        from order_lines_enriched
        where {chosen} and not is_cancelled and not is_bundle_item and product_id is not null
        group by product_id, product_name, collection_name
        order by sum(line_net{amount}) desc, product_id
        """,
        empty="No product was sold in this store and currency.",
    )
    show.long_table(products.rename(columns={"sold": f"Sold ({unit})"}), "products", first=12)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is returned

    Rates are by month of the order, whenever the return was made. The rate of a month can grow as long
    as customers can return goods. All stores together. Centra has no reasons for returns.
    """)
    return


@app.cell
def _(centra):
    rates = centra.query(
        """
        select
            order_month as month,
            sum(units_sold) as sold,
            sum(units_returned) as returned,
            100.0 * sum(units_returned) / sum(units_sold) as rate
        from return_rates
        group by 1
        having sum(units_sold) > 0
        order by 1
        """,
        empty="This shop has sold nothing that could be returned.",
    )
    nothing = centra.explain("This shop has no completed returns.", "return_rates")
    show.stop_if(rates["returned"].sum() == 0, nothing)
    charts.lines(
        rates,
        "month",
        {"rate": "Returned"},
        title=f"{100 * rates['returned'].sum() / rates['sold'].sum():.1f} % of the units sold were returned",
        x_label="Month of the order",
        y_label="Returned units (% of units sold)",
    )
    return (rates,)


@app.cell
def _(centra, rates):
    least = max(5, int(rates["sold"].sum() / 1000))
    returned = centra.query(
        f"""
        select
            product_name as "Product",
            variant_name as "Variant",
            sum(units_sold) as "Units sold",
            sum(units_returned) as "Units returned",
            100.0 * sum(units_returned) / sum(units_sold) as "Returned (% of units)"
        from return_rates
        group by product_variant_id, product_name, variant_name
        having sum(units_sold) >= {least} and sum(units_returned) > 0
        order by 5 desc, 3 desc, product_variant_id
        """,
        empty=f"No variant with at least {least} sold units was returned.",
    )
    mo.vstack(
        [
            mo.md(f"Variants with the highest return rate, of those sold at least {least} times:"),
            show.long_table(returned, "variants", first=10),
        ]
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Who orders again

    Consumers by the month of their first order, and the share of them that ordered again in each later
    month.
    """)
    return


@app.cell
def _(centra, of_store):
    cohorts = centra.query(
        f"""
        select
            cohort_month,
            months_since,
            sum(customers) as customers,
            100.0 * sum(active_customers) / sum(customers) as share
        from customer_cohorts
        where {of_store} and months_since between 1 and 12
        group by 1, 2
        order by 1, 2
        """,
        empty="All orders are of one month: nobody could order again in a later one.",
    )
    newest_cohorts = sorted(cohorts["cohort_month"].unique())[-18:]
    grid = cohorts[cohorts["cohort_month"].isin(newest_cohorts)]
    size = grid.groupby("cohort_month")["customers"].max()
    shares = grid.pivot(index="cohort_month", columns="months_since", values="share")
    shares.index = pd.Index([f"{pd.Timestamp(month):%Y-%m}  ({size[month]:,.0f})" for month in shares.index])
    charts.heat(
        shares,
        title="Consumers who ordered again (% of those with a first order in the same month)",
        x_label="Months since the first order",
        y_label="Month of the first order (consumers)",
    )
    return


if __name__ == "__main__":
    app.run()
