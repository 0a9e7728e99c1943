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

    What was loaded, how fresh and how complete it is, what was left out, and what the loads cost. All
    times are UTC. Everything is read from the tables that `python centra_pipeline.py` has loaded;
    Centra is not asked.
    """)
    return


@app.cell
def _():
    centra = shop.open_shop()
    return (centra,)


@app.cell
def _(centra):
    resources = centra.query(
        """
        select resource, rows_held, last_read_at, read_up_to, expected, loaded, is_complete, notes
        from resource_freshness
        order by rows_held desc, resource
        """,
        empty="There is no table `resource_freshness`: load once more.",
    )
    complete = resources["is_complete"].dropna().astype(bool)
    show.key_figures(
        {
            "Resources": len(resources),
            "Objects": int(resources["rows_held"].sum()),
            "Last read (UTC)": resources["last_read_at"].max(),
            "Complete by Centra's own count": f"{complete.sum()} of {len(complete)}",
            "Left out": int(resources["notes"].sum()),
        }
    )
    return complete, resources


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What was loaded

    Objects that the database holds now, without those that the shop has deleted. An object is a row of
    the table that has the resource's name; the lists inside it, such as `order_lines`, have tables of
    their own.
    """)
    return


@app.cell
def _(resources):
    largest = resources[resources["rows_held"] > 0].head(15)
    show.stop_if(largest.empty, "This shop is empty.")
    charts.bars(
        dict(zip(largest["resource"], largest["rows_held"], strict=True)),
        title=f"Objects held, of the {len(largest)} largest resources",
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
        title="Orders by the month in which they were made, cancelled ones too",
        x_label="Month (UTC)",
        y_label="Orders",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## How fresh it is

    What has changed in Centra up to *read up to* is in the tables. Lists without a date are read whole;
    for them it is when that reading began. The oldest come first.
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
            rows_held as "Objects held",
            rows_deleted as "Deleted in the shop"
        from resource_freshness
        order by read_up_to, resource
        """,
        empty="Nothing was read.",
    )
    show.long_table(freshness, "resources")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Whether it is complete

    Centra says how many objects of most resources there are. The last load that read a resource must
    have brought exactly as many; otherwise it fails, and nothing of it is loaded.
    """)
    return


@app.cell
def _(complete, resources):
    short = resources[resources["is_complete"].eq(False)][["resource", "expected", "loaded"]]
    show.stop_if(
        short.empty,
        f"All {len(complete)} resources that Centra counts are complete. It shows no count of the other "
        f"{len(resources) - len(complete)}; they are read with the row before each page, which shows whether "
        "anything has shifted.",
    )
    show.table(short.set_axis(["Resource", "Counted by Centra", "Read"], axis=1))
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What was left out

    Fields and resources that the token may not read, or that this shop's version of Centra lacks, as
    the last load met them.
    """)
    return


@app.cell
def _(centra):
    left_out = centra.query(
        """
        select distinct resource as "Resource", note as "What is missing, and why"
        from load_audit
        where note is not null and started_at >= (select max(begun_at) from run_history)
        order by resource, note
        """,
        empty="Nothing: the token may read all that was asked for.",
    )
    show.long_table(left_out, "notes")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What the loads cost

    Centra charges each request complexity points, and limits them per ten seconds and per hour, for all
    systems of a shop together.
    """)
    return


@app.cell
def _(centra):
    dearest = centra.query(
        """
        select resource, sum(complexity) as points
        from load_audit
        group by resource
        having sum(complexity) > 0
        order by points desc, resource
        limit 15
        """,
        empty="Nothing was charged.",
    )
    charts.bars(
        dict(zip(dearest["resource"], dearest["points"], strict=True)),
        title=f"What the {len(dearest)} dearest resources have cost, in all loads together",
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
        empty="There is no load yet.",
    )
    runs.insert(1, "seconds", (runs["ended_at"] - runs["begun_at"]).dt.total_seconds())
    runs = runs.drop(columns="ended_at").set_axis(
        [
            "Begun (UTC)",
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
    ## Where to go on

    `sales_and_returns.py`, `stock_and_sell_through.py` and `globale_catalog_quality.py` stand beside
    this notebook. `docs/tables.md` tells what each table and column holds.
    """)
    return


if __name__ == "__main__":
    app.run()
