import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Stock and sell-through", css_file="look.css")

with app.setup:
    import marimo as mo
    import pandas as pd

    from centra_notebooks import charts, shop, show


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Stock and sell-through

    Stock is in units as of the last load, for each product size, summed over the warehouses. *Free* units
    can still be allocated to orders. Sales are without cancelled orders. "The last 28 days" end with the
    newest order, so that the numbers also make sense for an old copy of a shop.
    """)
    return


@app.cell
def _():
    centra = shop.open_shop()
    centra.show_doubts("stock_cover", "sell_through")
    return (centra,)


@app.cell
def _(centra):
    everything = centra.query(
        """
        select
            product_size_id,
            sku,
            product_name,
            variant_name,
            size_name,
            coalesce(collection_name, 'none') as collection_name,
            product_status,
            warehouses,
            physical_quantity,
            allocated_quantity,
            free_to_allocate_quantity,
            incoming_quantity,
            units_sold_28_days,
            units_sold_90_days,
            days_of_cover,
            last_sale_date,
            stock_value,
            unit_cost_currency_code,
            as_of_date
        from stock_cover
        order by product_size_id
        """,
        empty="This shop keeps no stock, and has sold nothing.",
    )
    names = sorted(everything["collection_name"].unique())
    choices = {"all": "", **{name: name for name in names}}
    collection = mo.ui.dropdown(choices, value="all", label="Collection:")
    collection
    return collection, everything


@app.cell
def _(collection, everything):
    chosen = everything["collection_name"].eq(collection.value) | (collection.value == "")
    sizes = everything[chosen]
    values = sizes.groupby("unit_cost_currency_code")["stock_value"].sum().astype(float)
    show.key_figures(
        {
            "Sizes kept in stock": int((sizes["warehouses"] > 0).sum()),
            "Units in the warehouses": int(sizes["physical_quantity"].sum()),
            "Free units": int(sizes["free_to_allocate_quantity"].sum()),
            "Incoming units": int(sizes["incoming_quantity"].sum()),
            **{f"Value at unit cost ({code})": round(value) for code, value in values.items()},
            "Newest order": sizes["as_of_date"].max(),
        }
    )
    return (sizes,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## How long it lasts

    Days of cover are the free units divided by the average sales per day in the last 28 days. Sizes
    without sales in that time have no days of cover; they have a separate bar. A size is oversold if more
    units are allocated to orders than there are.
    """)
    return


@app.cell
def _(sizes):
    cover, free = sizes["days_of_cover"].astype(float), sizes["free_to_allocate_quantity"]
    bands = {
        "Oversold": free < 0,
        "Sold out": free == 0,
        "Up to 2 weeks": (free > 0) & (cover <= 14),
        "2 to 4 weeks": (free > 0) & (cover > 14) & (cover <= 28),
        "4 weeks to 3 months": (free > 0) & (cover > 28) & (cover <= 91),
        "More than 3 months": (free > 0) & (cover > 91),
        "None sold in 28 days": (free > 0) & cover.isna(),
    }
    charts.bars(
        {name: int(held.sum()) for name, held in bands.items()},
        title="Sizes by days of cover, at the sales of the last 28 days",
        x_label="Sizes",
        y_label="Days of cover",
        inks={
            "Oversold": charts.RED,
            "Sold out": charts.RED,
            "Up to 2 weeks": charts.ORANGE,
            "None sold in 28 days": charts.GREY,
        },
    )
    return


@app.cell
def _(centra, sizes):
    short = sizes[sizes["days_of_cover"].notna() & (sizes["product_status"] == "ACTIVE")]
    short = short.sort_values(["days_of_cover", "units_sold_28_days"], ascending=[True, False])
    unsold_text = "No active product was sold in the last 28 days."
    show.stop_if(short.empty, centra.explain(unsold_text, "stock_cover"))
    running_out = short[short["days_of_cover"].astype(float) <= 28]
    enough = "Every size of an active product that sells has stock for at least four weeks."
    show.stop_if(running_out.empty, centra.explain(enough, "stock_cover"))
    cover_texts = [
        "oversold" if free < 0 else f"{days:.1f}"
        for free, days in zip(
            running_out["free_to_allocate_quantity"], running_out["days_of_cover"], strict=True
        )
    ]
    mo.vstack(
        [
            mo.md("Sizes of active products that are sold out, or will be within four weeks:"),
            show.long_table(
                pd.DataFrame(
                    {
                        "SKU": running_out["sku"],
                        "Product": running_out["product_name"],
                        "Variant": running_out["variant_name"],
                        "Size": running_out["size_name"],
                        "Sold in 28 days": running_out["units_sold_28_days"],
                        "Free": running_out["free_to_allocate_quantity"],
                        "Incoming": running_out["incoming_quantity"],
                        "Days of cover": cover_texts,
                    }
                ),
                "sizes",
                first=12,
            ),
        ]
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What does not sell

    Sizes in stock without a sale in the last 90 days, highest value first. The value is the number of
    units times the unit cost, in the currency of the cost. Without a unit cost there is no value.
    """)
    return


@app.cell
def _(centra, sizes):
    unsold = sizes[(sizes["units_sold_90_days"] == 0) & (sizes["physical_quantity"] > 0)]
    unsold = unsold.assign(value=unsold["stock_value"].astype(float)).sort_values(
        ["value", "physical_quantity", "product_size_id"], ascending=[False, False, True]
    )
    is_stocked = bool((sizes["physical_quantity"] > 0).any())
    all_sold = "Every size in stock was sold in the last 90 days." if is_stocked else "No size is in stock."
    show.stop_if(unsold.empty, centra.explain(all_sold, "stock_cover"))
    show.long_table(
        pd.DataFrame(
            {
                "SKU": unsold["sku"],
                "Product": unsold["product_name"],
                "Variant": unsold["variant_name"],
                "Size": unsold["size_name"],
                "Units": unsold["physical_quantity"],
                "Value at cost": unsold["value"].round(),
                "Currency": unsold["unit_cost_currency_code"],
                "Last sold": unsold["last_sale_date"],
            }
        ),
        "sizes",
        first=12,
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Where it is

    All collections together.
    """)
    return


@app.cell
def _(centra):
    warehouses = centra.query(
        """
        select
            coalesce(warehouses.name, 'no name') || ' (' || warehouses.id || ')' as warehouse,
            sum(stock.physical_quantity) as pieces,
            sum(stock.free_to_allocate_quantity) as free
        from stock
        inner join warehouses on warehouses.id = stock.warehouse_id
        group by warehouses.id, warehouses.name
        order by pieces desc, warehouses.id
        """,
        empty="No warehouse has stock.",
    )
    charts.bars(
        dict(zip(warehouses["warehouse"], warehouses["pieces"].astype(float), strict=True)),
        title="Units by warehouse",
        x_label="Units in the warehouse",
        y_label="Warehouse",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Sell-through

    Sell-through is the share of units sold and not returned in these units plus the units in stock. It
    covers the whole loaded period, so it says little about products that are restocked often.
    """)
    return


@app.cell
def _(centra):
    through = centra.query(
        """
        select
            product_name,
            variant_name,
            coalesce(collection_name, 'none') as collection_name,
            variant_status,
            units_net_sold,
            units_on_hand,
            units_available,
            sell_through_rate
        from sell_through
        where units_available > 0
        order by sell_through_rate desc, units_net_sold desc, product_variant_id
        """,
        empty="No product was sold or is in stock.",
    )
    collections = through.groupby("collection_name")[["units_net_sold", "units_available"]].sum()
    collections["share"] = 100 * collections["units_net_sold"] / collections["units_available"]
    collections = collections.sort_values(["share"], ascending=False, kind="stable")
    charts.bars(
        {str(name): float(share) for name, share in collections["share"].head(20).items()},
        title="Sell-through by collection",
        x_label="Sold and not returned (% of these and the stock on hand)",
        y_label="Collection",
        decimals=1,
        limit=100,
    )
    return (through,)


@app.cell
def _(collection, through):
    of_collection = through[through["collection_name"].eq(collection.value) | (collection.value == "")]
    ranked = pd.DataFrame(
        {
            "Product": of_collection["product_name"],
            "Variant": of_collection["variant_name"],
            "Collection": of_collection["collection_name"],
            "Sold, net": of_collection["units_net_sold"],
            "On hand": of_collection["units_on_hand"],
            "Sell-through (%)": 100 * of_collection["sell_through_rate"].astype(float),
        }
    )
    least = ranked.sort_values(["Sell-through (%)", "On hand"], ascending=[True, False], kind="stable")
    mo.vstack(
        [
            mo.md("Variants with the highest sell-through:"),
            show.long_table(ranked, "variants", first=10),
            mo.md("Variants with the lowest sell-through, most units first:"),
            show.long_table(least, "variants", first=10),
        ]
    )
    return


if __name__ == "__main__":
    app.run()
