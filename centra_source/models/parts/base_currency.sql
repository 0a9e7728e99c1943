-- One row: the currency of base amounts; null if currencies are not loaded.
select max(currencies.code) as base_currency_code
from currencies
where currencies.is_base
