import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A first look at a loaded shop", css_file="look.css")

with app.setup:
    import marimo as mo

    from centra_notebooks import charts, shop, show


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A first look at a loaded shop

    This notebook shows what was loaded, how fresh and complete it is, what is missing, and what the
    loads cost. It reads the tables that `centra load` has written and sends no request to Centra. All
    times are UTC.
    """)
    return


@app.cell
def _():
    centra = shop.open_shop()
    centra.show_doubts("resource_freshness", "run_history")
    return (centra,)


@app.cell
def _(centra):
    resources = centra.query(
        """
        select resource, rows_held, last_read_at, read_up_to, expected, loaded, is_complete, notes
        from resource_freshness
        order by rows_held desc, resource
        """,
        empty="No resource was read yet: run `centra load`.",
    )
    complete = resources["is_complete"].dropna().astype(bool)
    show.key_figures(
        {
            "Resources": len(resources),
            "Objects": int(resources["rows_held"].sum()),
            "Last read (UTC)": resources["last_read_at"].max(),
            "Complete by Centra's count": f"{complete.sum()} of {len(complete)}",
            "Notes about missing data": int(resources["notes"].sum()),
        }
    )
    return complete, resources


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What was loaded

    The objects in the database, without those that are deleted in the shop. An object is a row in the
    table with the name of the resource. The lists inside it, such as `order_lines`, have their own tables.
    """)
    return


@app.cell
def _(centra, resources):
    largest = resources[resources["rows_held"] > 0].head(15)
    show.stop_if(largest.empty, centra.explain("This shop has no objects.", *resources["resource"]))
    charts.bars(
        dict(zip(largest["resource"], largest["rows_held"], strict=True)),
        title=f"Objects of the {len(largest)} largest resources",
        x_label="Objects",
        y_label="Resource",
    )
    return


@app.cell
def _(centra):
    months = centra.query(
        """
        select date_trunc('month', created_at) as month, count(*) as orders
        from orders
        where deleted_at is null
        group by 1
        order by 1
        """,
        empty="This shop has no orders.",
    )
    charts.columns(
        months,
        "month",
        {"orders": "Orders"},
        title="Orders by month, including cancelled ones",
        x_label="Month (UTC)",
        y_label="Orders",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## How fresh it is

    The tables have all changes in Centra up to the time *Read up to*. Lists without a date are read in
    full: for them, it is the time at which the last read began. The oldest come first.
    """)
    return


@app.cell
def _(centra):
    freshness = centra.query(
        """
        select
            resource as "Resource",
            read_up_to as "Read up to (UTC)",
            last_loaded_at as "Last loaded (UTC)",
            rows_held as "Objects",
            rows_deleted as "Deleted in the shop"
        from resource_freshness
        order by read_up_to, resource
        """,
        empty="No resource was read.",
    )
    show.long_table(freshness, "resources")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Whether it is complete

    Centra counts the objects of most resources. A load must read at least as many distinct objects.
    Otherwise it fails, and nothing of the resource is loaded.
    """)
    return


@app.cell
def _(complete, resources):
    short = resources[resources["is_complete"].eq(False)][["resource", "expected", "loaded"]]
    uncounted = f"Centra has no count for any of the {len(resources)} resources."
    show.stop_if(complete.empty, uncounted)
    show.stop_if(
        short.empty,
        f"All {len(complete)} resources that Centra counts are complete. Centra has no count for the other "
        f"{len(resources) - len(complete)}. Each page of these is read together with the last row of the "
        "page before, which shows whether rows have moved.",
    )
    show.table(short.set_axis(["Resource", "Counted by Centra", "Read"], axis=1))
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is missing

    What failed, what the token may not read, what is incomplete, what was not loaded, and what this shop's
    version of Centra does not have, as of the last load of each resource.
    """)
    return


@app.cell
def _(centra):
    left_out = centra.missing_parts()
    show.stop_if(left_out.empty, "Nothing is missing: every resource was loaded with all of its fields.")
    show.long_table(left_out, "notes")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What the loads cost

    Centra charges complexity points for each request. It limits the points per ten seconds and per hour,
    for all systems of a shop together.
    """)
    return


@app.cell
def _(centra):
    most_expensive = centra.query(
        """
        select resource, sum(complexity) as points
        from load_audit
        group by resource
        having sum(complexity) > 0
        order by points desc, resource
        limit 15
        """,
        empty="Centra charged no points.",
    )
    charts.bars(
        dict(zip(most_expensive["resource"], most_expensive["points"], strict=True)),
        title=f"Cost of the {len(most_expensive)} most expensive resources, all loads together",
        x_label="Complexity points",
        y_label="Resource",
    )
    return


@app.cell
def _(centra):
    runs = centra.query(
        """
        select begun_at, ended_at, resources, loaded, incomplete, rereads, calls, complexity, app_version
        from run_history
        order by begun_at desc
        """,
        empty="There are no loads yet.",
    )
    runs.insert(1, "seconds", (runs["ended_at"] - runs["begun_at"]).dt.total_seconds())
    runs = runs.drop(columns="ended_at").set_axis(
        [
            "Started (UTC)",
            "Seconds",
            "Resources",
            "Objects",
            "Incomplete",
            "Read again",
            "Calls",
            "Points",
            "Centra",
        ],
        axis=1,
    )
    show.long_table(runs, "loads")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## More notebooks

    `centra notebook NAME` opens the others: `sales_and_returns`, `stock_and_sell_through` and
    `globale_catalog_quality`. The documentation describes every table and column.
    """)
    return


if __name__ == "__main__":
    app.run()
