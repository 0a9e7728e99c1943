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

    This notebook shows the catalog for Global-e and what needs fixing before it is delivered. A row of
    the catalog is a product size that the store offers. `centra globale catalog` derives the catalog
    again and writes its file, with a page on which you can tick off findings.
    """)
    return


@app.cell
def _():
    centra = shop.open_shop()
    centra.show_doubts("globale_catalog", "globale_catalog_issues", "globale_catalog_excluded")
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
        empty="The Global-e catalog has no sizes: its store offers no product.",
    )
    findings = centra.query("""
        select severity, rule, count(*) as found, count(distinct product_id) as products
        from globale_catalog_issues
        group by severity, rule
        order by case severity when 'BLOCK' then 1 when 'WARN' then 2 else 3 end, found desc, rule
    """)
    excluded = centra.query("""
        select reason as "Why it is excluded", count(*) as "Sizes", count(distinct product_id) as "Products"
        from globale_catalog_excluded
        group by reason
        order by count(*) desc, reason
    """)
    by_severity = findings.groupby("severity")["found"].sum().to_dict() if len(findings) else {}
    show.key_figures(
        {
            "Sizes in the catalog": len(sizes),
            "Without findings": int((sizes["severity"] == 0).sum()),
            "Findings that block delivery": by_severity.get("BLOCK", 0),
            "Warnings": by_severity.get("WARN", 0),
            "Excluded sizes": int(excluded["Sizes"].sum()) if len(excluded) else 0,
        }
    )
    return excluded, findings, sizes


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Which rules are broken

    A size can break several rules. Do not deliver the file while a finding blocks delivery. For a
    warning, Global-e contacts you or uses a guess. The other findings are for your information.
    """)
    return


@app.cell
def _(findings):
    show.stop_if(findings.empty, "No rule is broken.")
    severities = {"BLOCK": charts.RED, "WARN": charts.ORANGE, "INFO": charts.GREY}
    pairs = zip(findings["rule"], findings["severity"], strict=True)
    titles = {rule: one.title for rule, one in RULES.items()}
    # A rule can have findings of two severities: each is a bar of its own.
    several = set(findings["rule"][findings["rule"].duplicated()])
    rules = {
        f"{rule}{f' {severity}' if rule in several else ''}  {titles.get(rule, '')}": severity
        for rule, severity in pairs
    }
    charts.bars(
        dict(zip(rules, findings["found"], strict=True)),
        title="Findings by rule",
        x_label="Findings",
        y_label="Rule",
        inks={name: severities[severity] for name, severity in rules.items()},
        meaning={charts.RED: "blocks delivery", charts.ORANGE: "warning", charts.GREY: "information"},
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is filled in

    Duties depend on the country of origin and the commodity code, or the composition from which Global-e
    finds the code. Freight depends on the weight. A field counts as filled if its value is valid: a wrong
    commodity code does not count.
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
        title=f"Filled fields of the {len(sizes):,} sizes",
        x_label="Share of the sizes in the catalog (%)",
        y_label="Field",
        limit=100,
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Where to start

    Sizes with a finding that blocks delivery, by collection and by supplier. Often one person can
    complete all products of a collection.
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
        tables.append(found.set_axis([heading, "Sizes", "Blocked sizes", "Share (%)"], axis=1))
    mo.vstack([show.table(found) for found in tables])
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is excluded

    Sizes that the store does not offer are not in the catalog. Each is counted for the first reason that
    applies. `include` in `[globale]` of `.dlt/config.toml` adds some of them.
    """)
    return


@app.cell
def _(excluded):
    show.stop_if(excluded.empty, "No size is excluded.")
    show.table(excluded)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What to do for each rule
    """)
    return


@app.cell
def _(centra):
    remedies = centra.query(
        """
        select
            rule as "Rule",
            min(message) as "Example of what is wrong",
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
    ## All findings
    """)
    return


@app.cell
def _():
    severity = mo.ui.dropdown(
        {"that block delivery": "BLOCK", "that are warnings": "WARN", "for information": "INFO"},
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
        empty="There are no findings of this kind.",
    )
    show.long_table(listed, "findings")
    return


if __name__ == "__main__":
    app.run()
