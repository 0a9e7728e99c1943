"""The tables of the Global-e catalog: what they hold, and by what a row is known."""

from ...tables.table import Column, Reference, Table

GLOBALE_CATALOG = Table(
    name="globale_catalog",
    columns=(
        Column(
            "product_size_id", "bigint", description="Centra's id of the size; Global-e's unique identifier."
        ),
        Column("sku", "text", description="Product, variant and size number in one, as Centra holds it."),
        Column("display_name", "text", description="Name of the display; of the product where it has none."),
        Column("product_description", "text", description="Description of the display as one line of text."),
        Column(
            "product_description_raw", "text", description="The same as it is stored: HTML, BBCode or plain."
        ),
        Column("composition", "text", description="What it is made of, from the custom attribute chosen."),
        Column("hs_code", "text", description="Customs tariff number, digits only; null where it is none."),
        Column("hs_code_raw", "text", description="Customs tariff number as the merchant typed it."),
        Column("hs_description", "text", description="The merchant's words for the customs tariff number."),
        Column("country_of_origin", "text", description="ISO 3166-1 alpha-2; null where Centra knows none."),
        Column(
            "weight_grams",
            "decimal",
            description="Weight in grams, of the size or else of the product. Centra does not say whether it "
            "includes the packaging.",
        ),
        Column("weight_value", "double", description="The weight as stored, in weight_unit."),
        Column("weight_unit", "text", description="Unit of weight_value, such as KILOGRAMS."),
        Column("brand_name", "text", description="Name of the product's brand."),
        Column("gtin", "text", description="EAN as the merchant typed it, or else the UPC."),
        Column("is_blocked", "bool", description="Whether it must not be sold through Global-e."),
        Column("blocked_by", "text", description="The rule that blocks it; null is not blocked."),
        Column("is_preorder", "bool", description="Whether it can be ordered before it is in stock."),
        Column("is_bundle", "bool", description="Whether it is a bundle of other products."),
        Column("bundle_id", "bigint", description="The bundle that it is."),
        Column("is_active", "bool", description="Whether product, variant, size and display all are active."),
        Column("product_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("variant_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("size_is_active", "bool", description="Whether the size is active."),
        Column("display_status", "text", description="ACTIVE, INACTIVE or CANCELLED; null without display."),
        Column("store_id", "bigint", description="The store that the catalog is made for."),
        Column("display_id", "bigint", description="The display chosen; null where texts are the product's."),
        Column("display_item_id", "bigint", description="The variant on that display."),
        Column("displays", "bigint", description="Displays of the store that show the size."),
        Column(
            "other_display_names",
            "text",
            description="JSON list of other names that the size has on displays of the store; null is none.",
        ),
        Column("product_id", "bigint", description="The product."),
        Column("product_variant_id", "bigint", description="The variant."),
        Column("product_number", "text", description="The merchant's number of the product."),
        Column("folder_name", "text", description="The folder in which the merchant keeps the product."),
        Column("collection_name", "text", description="The product's collection."),
        Column("supplier_name", "text", description="Who supplies it, if all its purchase orders agree."),
        Column(
            "untranslated",
            "text",
            description="Texts that the chosen language lacks, in the default one: name, description.",
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
    description="One row per product size that the chosen store offers: the catalog that Global-e reads.",
)

CATALOG_DISPLAYS = Table(
    name="globale_catalog_displays",
    columns=(
        Column("product_size_id", "bigint", description="The size."),
        Column("display_item_id", "bigint", description="Its variant on the display."),
        Column(
            "item",
            "text",
            description="How Centra's shop calls the size on this display: display item and size id.",
        ),
        Column("display_id", "bigint", description="A display of the store that shows the size."),
        Column("display_name", "text", description="Name of the display, in the default language."),
        Column("display_status", "text", description="ACTIVE, INACTIVE or CANCELLED."),
        Column("store_id", "bigint", description="The store."),
        Column("is_chosen", "bool", description="Whether the catalog has the texts of this display."),
    ),
    key=("product_size_id", "display_item_id"),
    root_key="product_size_id",
    references=(Reference("product_size_id", "product_sizes"), Reference("display_id", "displays")),
    description="One row per product size and display of the store that shows it.",
)

CATALOG_EXCLUDED = Table(
    name="globale_catalog_excluded",
    columns=(
        Column("product_size_id", "bigint", description="The size that is not in the catalog."),
        Column("sku", "text", description="Its SKU."),
        Column("product_id", "bigint", description="Its product."),
        Column("product_variant_id", "bigint", description="Its variant."),
        Column("product_name", "text", description="Name of the product."),
        Column("reason", "text", description="Why it is left out."),
    ),
    key=("product_size_id",),
    root_key="product_size_id",
    references=(Reference("product_size_id", "product_sizes"), Reference("product_id", "products")),
    description="One row per product size that the catalog leaves out, with the reason.",
)
