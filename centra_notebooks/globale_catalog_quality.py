import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Global-e catalog quality", css_file="look.css")

with app.setup:
    import marimo as mo

    from centra_notebooks import charts, shop, show
    from centra_source.globale.checks.rules import RULES


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Global-e catalog quality

    What Global-e would get of this shop, and what is to be mended before it does. A row of the catalog
    is a product size that the store offers. `python pipelines/globale_catalog_pipeline.py` makes the
    catalog anew, writes its file, and a page on which findings can be ticked off.
    """)
    return


@app.cell
def _():
    centra = shop.open_shop()
    return (centra,)


@app.cell
def _(centra):
    sizes = centra.query(
        """
        with worst as (
            select
                product_size_id,
                max(case severity when 'BLOCK' then 3 when 'WARN' then 2 else 1 end) as severity
            from globale_catalog_issues
            group by product_size_id
        )
        select
            catalog.product_size_id,
            coalesce(catalog.collection_name, 'none') as collection,
            coalesce(catalog.supplier_name, 'not known') as supplier,
            catalog.is_blocked,
            coalesce(worst.severity, 0) as severity
        from globale_catalog as catalog
        left join worst on worst.product_size_id = catalog.product_size_id
        """,
        empty="There is no Global-e catalog. `python pipelines/globale_catalog_pipeline.py` makes one, "
        "where a store displays products.",
    )
    findings = centra.query("""
        select severity, rule, count(*) as found, count(distinct product_id) as products
        from globale_catalog_issues
        group by severity, rule
        order by case severity when 'BLOCK' then 1 when 'WARN' then 2 else 3 end, found desc, rule
    """)
    excluded = centra.query("""
        select reason as "Why it is left out", count(*) as "Sizes", count(distinct product_id) as "Products"
        from globale_catalog_excluded
        group by reason
        order by count(*) desc, reason
    """)
    by_severity = findings.groupby("severity")["found"].sum().to_dict() if len(findings) else {}
    show.key_figures(
        {
            "Sizes in the catalog": len(sizes),
            "with nothing to mend": int((sizes["severity"] == 0).sum()),
            "Findings that block delivery": by_severity.get("BLOCK", 0),
            "Warnings": by_severity.get("WARN", 0),
            "Sizes left out": int(excluded["Sizes"].sum()) if len(excluded) else 0,
        }
    )
    return excluded, findings, sizes


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Which rules do not hold

    A size can break several rules. As long as a finding blocks, the file is not to be delivered;
    warnings make Global-e ask or guess; the rest is worth a look.
    """)
    return


@app.cell
def _(findings):
    show.stop_if(findings.empty, "Every rule holds.")
    severities = {"BLOCK": charts.RED, "WARN": charts.ORANGE, "INFO": charts.GREY}
    pairs = zip(findings["rule"], findings["severity"], strict=True)
    rules = {f"{rule}  {RULES[rule].title}": severity for rule, severity in pairs}
    charts.bars(
        dict(zip(rules, findings["found"], strict=True)),
        title="Findings in the catalog, by the rule that does not hold",
        x_label="Findings",
        y_label="What should hold",
        inks={name: severities[severity] for name, severity in rules.items()},
        meaning={charts.RED: "blocks delivery", charts.ORANGE: "warning", charts.GREY: "worth a look"},
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is filled in

    Country of origin and commodity code (or the composition from which Global-e finds it) decide about
    duties; the weight about freight. A field counts as filled where the catalog could read it: a
    commodity code that is none does not count.
    """)
    return


@app.cell
def _(centra, sizes):
    filled = centra.query("""
        select
            count(display_name) as "Display name",
            count(product_description) as "Description",
            count(country_of_origin) as "Country of origin",
            count(hs_code) as "Commodity code",
            count(composition) as "Composition",
            count(coalesce(hs_code, composition)) as "Code or composition",
            count(weight_grams) as "Weight",
            count(brand_name) as "Brand",
            count(gtin) as "GTIN"
        from globale_catalog
    """)
    shares = (100 * filled.iloc[0] / len(sizes)).sort_values(ascending=False, kind="stable")
    charts.bars(
        {str(name): float(share) for name, share in shares.items()},
        title=f"How many of the {len(sizes):,} sizes have each field filled",
        x_label="Share of the sizes in the catalog (%)",
        y_label="Field",
        limit=100,
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Where to begin

    Sizes with a finding that blocks, by collection and by supplier: whoever can fill in one product of
    a collection can often fill in all of it.
    """)
    return


@app.cell
def _(sizes):
    blocked = sizes.assign(blocks=sizes["severity"] == 3)
    tables = []
    for column, heading in {"collection": "Collection", "supplier": "Supplier"}.items():
        found = blocked.groupby(column)["blocks"].agg(["size", "sum"]).reset_index()
        found["share"] = 100 * found["sum"] / found["size"]
        found = found.sort_values(["sum", column], ascending=[False, True]).head(10)
        tables.append(found.set_axis([heading, "Sizes", "with blocking findings", "Share (%)"], axis=1))
    mo.vstack([show.table(found) for found in tables])
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is left out

    Sizes that the store does not offer are not in the catalog, each for the first reason that applies.
    `include` under `[globale]` in `.dlt/config.toml` takes some of them in.
    """)
    return


@app.cell
def _(excluded):
    show.stop_if(excluded.empty, "Nothing is left out.")
    show.table(excluded)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What to do, rule by rule
    """)
    return


@app.cell
def _(centra):
    remedies = centra.query(
        """
        select
            rule as "Rule",
            min(message) as "What is wrong, for example",
            count(distinct product_id) as "Products",
            min(remedy) as "What to do in Centra"
        from globale_catalog_issues
        group by rule, severity
        order by case severity when 'BLOCK' then 1 when 'WARN' then 2 else 3 end, count(*) desc, rule
        """,
        empty="There is nothing to do.",
    )
    show.table(remedies)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Every finding
    """)
    return


@app.cell
def _():
    severity = mo.ui.dropdown(
        {"that block delivery": "BLOCK", "that warn": "WARN", "worth a look": "INFO"},
        value="that block delivery",
        label="Findings",
    )
    severity
    return (severity,)


@app.cell
def _(centra, severity):
    listed = centra.query(
        f"""
        select
            rule as "Rule",
            sku as "SKU",
            display_name as "Name",
            value as "Found",
            message as "What is wrong"
        from globale_catalog_issues
        where severity = '{severity.value}'
        order by product_size_id, rule, number
        """,
        empty="There is no such finding.",
    )
    show.long_table(listed, "findings")
    return


if __name__ == "__main__":
    app.run()
