"""Notebooks on a loaded shop, their charts and tables, and their export as HTML pages."""

NOTEBOOKS = {
    "first_look": "A first look",
    "sales_and_returns": "Sales and returns",
    "stock_and_sell_through": "Stock and sell-through",
    "globale_catalog_quality": "Global-e catalog quality",
}
"""The title of each notebook by its file name, in the order in which pages link to them."""
