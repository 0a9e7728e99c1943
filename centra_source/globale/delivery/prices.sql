-- One row per size of the catalog and possible price in a currency. The valid price comes first: from the default
-- pricelist of the currency, then from the oldest one, and the price of the variant before that of the product.
select
    catalog.product_size_id,
    catalog.sku,
    pricelists.currency_code,
    prices.price_value
from globale_catalog as catalog
inner join prices
    on
        catalog.product_id = prices.product_id
        and coalesce(prices.product_variant_id, catalog.product_variant_id) = catalog.product_variant_id
inner join pricelists on prices.pricelist_id = pricelists.id
where
    pricelists.store_id = catalog.store_id
    and pricelists.status = 'ACTIVE'
    and prices.price_value is not null
    and catalog.sku is not null
    and not catalog.is_blocked
order by
    catalog.product_size_id,
    pricelists.currency_code,
    case when pricelists.is_default_for_currency then 0 else 1 end,
    pricelists.id,
    case when prices.product_variant_id is null then 1 else 0 end,
    prices.id
