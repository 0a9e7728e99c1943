"""The dlt resource of one list of the shop: what users can add to it, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from dlt.extract import DltResource, Incremental
from dlt.extract.hints import TResourceHints
from dlt.extract.incremental import IncrementalResourceWrapper
from dlt.extract.items_transform import FilterItem, MapItem

from ..exceptions import InvalidSetting
from ..resources import list_table_names
from ..setting_parsers import parse_moment
from .given_hints import read_column_hints, read_table_hints
from .user_steps import Limit, UserSteps

OF_ALL_TABLES = ("schema_contract", "table_format", "file_format")
"""Hints that every table of a resource gets."""

OF_ONE_TABLE = {"columns": read_column_hints, "additional_table_hints": read_table_hints}
"""Hints that the named table gets; without a name, the resource's own table."""


class ShopResource(DltResource):
    """A resource whose rows are laid out by this source.

    Functions that are added get whole objects, and hints go to the tables that they name. What would have no
    effect, or make the tables wrong, is refused.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.steps = UserSteps()
        self.bookmark: Incremental[Any] | None = None
        self._given_hints: dict[str, dict[str, Any]] = {}

    def add_map(self, item_map: Callable[..., Any], insert_at: int | None = None) -> ShopResource:
        """Adds a function that changes rows of the resource's own table.

        Args:
            item_map: Gets a row as a dict and returns it. It may change values and add columns, but not keys.
            insert_at: Its place among the functions, from 1. Default: the last.
        """
        return self._add_row_step(MapItem(item_map), insert_at)

    def add_filter(self, item_filter: Callable[..., Any], insert_at: int | None = None) -> ShopResource:
        """Adds a function that chooses objects by their row in the resource's own table.

        The rows of an object in other tables are left out with it. Rows of earlier loads stay.

        Args:
            item_filter: Gets a row as a dict and returns whether it is loaded.
            insert_at: Its place among the functions, from 1. Default: the last.
        """
        return self._add_row_step(FilterItem(item_filter), insert_at)

    def add_limit(
        self,
        max_items: int | None = None,
        max_time: float | None = None,
        count_rows: bool | None = False,  # the arguments are dlt's
    ) -> ShopResource:
        """Has a load read a sample: whole objects, which it merges. It moves no bookmark and deletes nothing.

        Args:
            max_items: The most pages of objects, or objects if `count_rows` is set.
            max_time: The most seconds.
            count_rows: Count objects. The last page may add some.
        """
        most = None if max_items == -1 else max_items  # dlt takes both as no limit
        pages, objects = (None, most) if count_rows else (most, None)
        is_limited = most is not None or max_time is not None
        self.steps.limit = Limit(pages, objects, max_time) if is_limited else None
        return self

    def parallelize(self) -> ShopResource:
        """Has dlt read the resource in a thread of its own."""
        self.steps.is_parallel = True
        return super().parallelize()

    def add_step(self, item_transform: Any, insert_at: int | None = None) -> ShopResource:
        """Adds a step of dlt that follows a bookmark. All others are refused: they would get every table.

        Raises:
            InvalidSetting: The step is another one.
        """
        if not isinstance(item_transform, Incremental | IncrementalResourceWrapper):
            raise InvalidSetting(
                f"{self.name}: add_step() cannot be used. Use add_map(), add_filter(), add_limit() or a "
                "transformer."
            )
        return super().add_step(item_transform, cast(int, insert_at))

    def select_tables(self, *table_names: Any) -> ShopResource:
        """Is refused: the tables of a resource are chosen by a setting, and are then not requested either.

        Raises:
            InvalidSetting: Always.
        """
        raise InvalidSetting(
            f"{self.name}: select_tables() cannot be used. To leave tables out, use "
            "centra_source(exclude=[...])."
        )

    def add_yield_map(self, item_map: Callable[..., Any], insert_at: int | None = None) -> ShopResource:
        """Is refused: the rows that it would make have no key to be merged by.

        Raises:
            InvalidSetting: Always.
        """
        raise InvalidSetting(
            f"{self.name}: add_yield_map() cannot be used, because the rows that it makes have no key. Use a "
            "transformer, which loads its rows into a table of its own."
        )

    def apply_hints(self, table_name: Any = None, **hints: Any) -> ShopResource:  # type: ignore[override]
        """Adds hints for columns and tables, such as those of `bigquery_adapter`.

        Args:
            table_name: The table of this resource that gets `columns` and `additional_table_hints`. Default:
                its own table.
            hints: As those of dlt. `schema_contract`, `table_format` and `file_format` apply to all tables.

        Raises:
            InvalidSetting: A hint would change how rows are merged, or names what the resource does not have.
        """
        given = {name: hint for name, hint in hints.items() if hint is not None and hint is not False}
        given.pop("create_table_variant", None)
        if "incremental" in given:
            super().apply_hints(incremental=self._fit_incremental(given.pop("incremental")))
        if (disposition := given.pop("write_disposition", None)) and disposition != "merge":
            raise InvalidSetting(
                f"{self.name}: write_disposition {disposition!r} cannot be used: every table is merged. To "
                "load all rows again, use centra_source(full_refresh=True). For a history of changes, load "
                "the rows of a transformer with that write_disposition and a merge_key."
            )
        if refused := sorted(given.keys() - {*OF_ALL_TABLES, *OF_ONE_TABLE}):
            raise InvalidSetting(
                f"{self.name}: the hint {refused[0]} cannot be changed: keys and tables are given."
            )
        table = table_name or self.name
        if table not in (tables := list_table_names(self.name)):
            raise InvalidSetting(
                f"{self.name} has no table {table!r}, and its tables cannot be renamed. Its tables are "
                f"{', '.join(sorted(tables))}. To keep tables apart, use another dataset_name."
            )
        own = self._given_hints.setdefault(table, {})
        for name, read in OF_ONE_TABLE.items():
            own[name] = {**own.get(name, {}), **read(self.name, given.get(name, {}))}
        self._given_hints.setdefault("", {}).update({k: given[k] for k in OF_ALL_TABLES if k in given})
        return self

    def merge_hints(self, hints_template: TResourceHints, create_table_variant: bool = False) -> None:
        """Takes the hints of a table from its rows, and adds those that were given."""
        hints = cast(dict[str, Any], hints_template)
        table = hints["table_name"]
        hints.update(self._given_hints.get("", {}))
        own = self._given_hints.get(table, {})
        if more := own.get("additional_table_hints"):
            hints["additional_table_hints"] = {**hints.get("additional_table_hints", {}), **more}
        for name, column in own.get("columns", {}).items():
            if name not in hints["columns"]:
                raise InvalidSetting(f"{table} has no column {name!r}, for which a hint was given.")
            hints["columns"][name] = {**hints["columns"][name], **column}
        self._set_hints(hints_template, create_table_variant)

    def with_name(self, new_name: str, new_section: str | None = None) -> ShopResource:
        """Is refused: the tables and the state have the name of the resource.

        Raises:
            InvalidSetting: Always.
        """
        raise InvalidSetting(
            f"{self.name} cannot be renamed to {new_name!r}. To load the same list twice, use another "
            "dataset_name and another pipeline_name."
        )

    def _clone(self, **options: Any) -> ShopResource:
        clone = super()._clone(**options)
        clone.steps, clone.bookmark = self.steps.copy(), self.bookmark
        clone._given_hints = {table: {**hints} for table, hints in self._given_hints.items()}
        return clone

    def bind(self, *args: Any, **kwargs: Any) -> ShopResource:
        """Binds another incremental, as dlt does when the resource is called."""
        fit = self._fit_incremental
        return super().bind(*map(fit, args), **{name: fit(value) for name, value in kwargs.items()})

    def _fit_incremental(self, given: Any) -> Incremental[Any]:
        """Returns the bookmark of the resource with the range of another incremental.

        Args:
            given: With an `initial_value` and `end_value` as moments, or as ISO 8601 texts (UTC by default).

        Raises:
            InvalidSetting: The resource cannot follow it.
        """
        if self.bookmark is None:
            raise InvalidSetting(f"{self.name} is read whole by each load: it takes no incremental.")
        own, given = self.bookmark, Incremental.ensure_instance(given)
        if given.cursor_path != own.cursor_path:
            raise InvalidSetting(
                f"{self.name} is read by {own.cursor_path}, so its incremental cannot follow "
                f"{given.cursor_path!r}."
            )
        if given.lag or given.last_value_func is not max or given.row_order:
            raise InvalidSetting(
                f"{self.name}: only initial_value and end_value of an incremental can be set. For a lag, use "
                "centra_source(lookback=...)."
            )
        start = own.initial_value if given.initial_value is None else given.initial_value
        end = own.end_value if given.end_value is None else given.end_value
        if own.cursor_path != "id":
            start, end = (parse_moment(value, "incremental") if value else None for value in (start, end))
        return Incremental(own.cursor_path, initial_value=start, end_value=end, primary_key=())

    def _add_row_step(self, step: MapItem | FilterItem, insert_at: int | None) -> ShopResource:
        steps = self.steps.of_rows
        steps.insert(len(steps) if insert_at is None else max(insert_at - 1, 0), step)
        return self
