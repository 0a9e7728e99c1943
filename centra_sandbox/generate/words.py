"""Texts of the shop, with the markup, unusual characters and wrong codes of real shops."""

ADJECTIVES = (
    "Linen",
    "Merino",
    "Recycled",
    "Oversized",
    "Cropped",
    "Quilted",
    "Washed",
    "Ribbed",
    "Boxy",
    "Slim",
)
GARMENTS = (
    "Shirt",
    "Jacket",
    "Trousers",
    "Dress",
    "Cap",
    "Scarf",
    "Sneaker",
    "Tote",
    "Beanie",
    "Cardigan",
    "Socks",
)
COLOURS = ("Black", "Off White", "Navy", "Rust", "Sage", "Blå/Gul", "Café")
TRANSLATED_COLOURS = {"Black": "Svart", "Off White": "Benvit", "Navy": "Marinblå", "Sage": "Salvia"}
SIZES = ("XS", "S", "M", "L", "XL", "XXL")
PLACES = ("Chest", "Ärmlängd", "Length, back")
BRANDS = ("Northlight", "Åsa & Öberg", 'Studio "Nine"')
COLLECTIONS = ("AW24", "SS25", "AW25", "SS26")
FOLDERS = ("Men", "Women", "Accessories", "Archive")

DESCRIPTIONS: tuple[str | None, ...] = (
    "Ladies' baseball cap\n[b]QUALITY:[/b]\nfurpile synthetic",
    "<p>Jacket in <strong>100% organic cotton</strong>.<br />Made in Portugal.</p>",
    'Soft, warm, and "almost" weightless\u00a0- 5\u00a0% cashmere',
    "[list][*]Two pockets[*]Weight < 5 kg[/list] [url=https://example.com/care]Care guide[/url]",
    "Caf&eacute; racer &amp; commuter&nbsp;bag",
    "Feels like summer ☀️🧵, all year, every year",
    "<script>track('view')</script><p>Knitted cardigan</p>",
    '=HYPERLINK("https://example.com")\r\nSee our size guide',
    "Plain cotton socks, ribbed cuff; sold in pairs",
    "",
    None,
)
META_DESCRIPTIONS = ("Clothes & more, free returns", "Nyheter för höst\u00a0&\u00a0vinter", "")
SHORT_DESCRIPTIONS: tuple[str | None, ...] = ("A classic.", "[i]New in[/i]", "", None)

HS_CODES: tuple[str | None, ...] = (
    "6206300090",
    "6109100010",
    "6203423500",
    "6402999800",
    "4202929800",
    "6109.10.00.10",
    "610910",
    "HCC123",
    "62",
    None,
)
HS_DESCRIPTIONS: tuple[str | None, ...] = ("Women's blouses of cotton", "T-shirts, knitted", None)
WEIGHTS: tuple[tuple[float, str] | None, ...] = (
    (0.25, "KILOGRAMS"),
    (1.2, "KILOGRAMS"),
    (250.0, "KILOGRAMS"),
    (1.5, "POUNDS"),
    (0.0, "KILOGRAMS"),
    None,
)
PRICES = (19900, 24995, 49950, 79900, 120000, 199930, 349999, 9999, 50001)
"""Base prices in öre; 120000 is a whole amount, 199930 is 1999.3."""

FIRST_NAMES = ("Anna", "Björn", "Chloé", "Dmitri", "Eva-Lotta", "Fátima", "Grace", "李", "O'Brien")
LAST_NAMES = ("Svensson", "Müller", "Öberg", "García", "Smith", "de la Cruz", "D'Angelo")
STREETS = ("Storgatan 1", "Unter den Linden 5", "1600 Main St", "Rua Augusta 24, 3º")
CITIES = ("Stockholm", "Berlin", "New York", "Porto")
COMMENTS = ("", "Please gift wrap 🎁", "Leave at the door,\nring twice", "call +46 70 123 45 67", '"fragile"')


def ean(number: int) -> str:
    """Returns a valid EAN-13 for a running number."""
    digits = f"73{number:010}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
