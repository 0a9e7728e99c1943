"""Where a value is edited in Centra: the beginnings of remedies.

Centra shows products, variants and sizes in the General section of a product, and displays in the section of
their store.
"""

PRODUCT = "Products > [product] > General"
SIZE = "Products > [product] > General, at the size"
DISPLAY = "Products > [product] > [store] Displays > [display]"
CODE = f"{PRODUCT}, harmonized commodity code"
