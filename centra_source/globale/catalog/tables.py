"""The tables of the Global-e catalog: their columns, keys and descriptions."""

from ...tables.table import Column, Reference, Table

GLOBALE_CATALOG = Table(
    name="globale_catalog",
    columns=(
        Column(
            "product_size_id",
            "bigint",
            description="Centra's id of the size, which is Global-e's unique identifier.",
        ),
        Column("sku", "text", description="Product, variant and size number in one, as Centra stores it."),
        Column(
            "display_name",
            "text",
            description="Name of the display, or of the product if there is no display.",
        ),
        Column(
            "product_description", "text", description="Description of the display as one line of plain text."
        ),
        Column(
            "product_description_raw",
            "text",
            description="The same as stored in Centra: HTML, BBCode or plain text.",
        ),
        Column(
            "composition",
            "text",
            description="What the product is made of, from the configured custom attribute.",
        ),
        Column(
            "hs_code", "text", description="Commodity code, digits only; null if it contains anything else."
        ),
        Column("hs_code_raw", "text", description="Commodity code as the merchant typed it."),
        Column("hs_description", "text", description="The merchant's description of the commodity code."),
        Column("country_of_origin", "text", description="ISO 3166-1 alpha-2 code; null if Centra has none."),
        Column(
            "weight_grams",
            "decimal",
            description="Weight in grams of the size, or else of the product. Centra does not say whether "
            "it includes the packaging.",
        ),
        Column("weight_value", "double", description="The weight as stored in Centra, in weight_unit."),
        Column("weight_unit", "text", description="Unit of weight_value, such as KILOGRAMS."),
        Column("brand_name", "text", description="Name of the product's brand."),
        Column("gtin", "text", description="EAN, or else UPC, as the merchant typed it."),
        Column("is_blocked", "bool", description="Whether the product must not be sold through Global-e."),
        Column("blocked_by", "text", description="Why the product is blocked; null if it is not."),
        Column("is_preorder", "bool", description="Whether the size can be ordered before it is in stock."),
        Column("is_bundle", "bool", description="Whether the product is a bundle of other products."),
        Column("bundle_id", "bigint", description="Id of the bundle; null if the product is not a bundle."),
        Column("is_active", "bool", description="Whether product, variant, size and display are all active."),
        Column("product_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("variant_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("size_is_active", "bool", description="Whether the size is active."),
        Column(
            "display_status", "text", description="ACTIVE, INACTIVE or CANCELLED; null without a display."
        ),
        Column("store_id", "bigint", description="Id of the store that the catalog is made for."),
        Column(
            "display_id",
            "bigint",
            description="Id of the display that the texts are from; null if they are from the product.",
        ),
        Column("display_item_id", "bigint", description="Id of the variant on that display."),
        Column("displays", "bigint", description="Number of displays of the store that show the size."),
        Column(
            "other_display_names",
            "text",
            description="Other names of the size on displays of the store, a JSON list; null if none.",
        ),
        Column("product_id", "bigint", description="Id of the product."),
        Column("product_variant_id", "bigint", description="Id of the variant."),
        Column("product_number", "text", description="The merchant's number of the product."),
        Column("folder_name", "text", description="Name of the product's folder."),
        Column("collection_name", "text", description="Name of the product's collection."),
        Column(
            "supplier_name",
            "text",
            description="Name of the supplier, if all purchase orders of the product have the same one.",
        ),
        Column(
            "untranslated",
            "text",
            description="Texts that are not translated into the configured language: name, description.",
        ),
    ),
    key=("product_size_id",),
    root_key="product_size_id",
    references=(
        Reference("product_size_id", "product_sizes"),
        Reference("display_id", "displays"),
        Reference("product_id", "products"),
        Reference("product_variant_id", "product_variants"),
    ),
    description="One row per product size that the store offers: the catalog that Global-e reads.",
)

CATALOG_DISPLAYS = Table(
    name="globale_catalog_displays",
    columns=(
        Column("product_size_id", "bigint", description="Id of the size."),
        Column("display_item_id", "bigint", description="Id of its variant on the display."),
        Column(
            "item",
            "text",
            description="Id of the size on this display in the shop: display item id and size id.",
        ),
        Column("display_id", "bigint", description="Id of a display of the store that shows the size."),
        Column("display_name", "text", description="Name of the display, in the default language."),
        Column("display_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("store_id", "bigint", description="Id of the store."),
        Column("is_chosen", "bool", description="Whether the catalog uses the texts of this display."),
    ),
    key=("product_size_id", "display_item_id"),
    root_key="product_size_id",
    references=(Reference("product_size_id", "product_sizes"), Reference("display_id", "displays")),
    description="One row per product size and display of the store that shows it.",
)

CATALOG_EXCLUDED = Table(
    name="globale_catalog_excluded",
    columns=(
        Column("product_size_id", "bigint", description="Id of the size that is not in the catalog."),
        Column("sku", "text", description="SKU of the size."),
        Column("product_id", "bigint", description="Id of its product."),
        Column("product_variant_id", "bigint", description="Id of its variant."),
        Column("product_name", "text", description="Name of the product."),
        Column("reason", "text", description="Why the size is left out."),
    ),
    key=("product_size_id",),
    root_key="product_size_id",
    references=(Reference("product_size_id", "product_sizes"), Reference("product_id", "products")),
    description="One row per product size that the catalog leaves out, with the reason.",
)
