"""The scheduled job: what it prints and writes, how it ends, and what its checks find."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pytest

from centra_jobs.output.alerts import AlertFailed, check_alert_address, send_alert
from centra_jobs.runs.loading import load_all
from centra_jobs.verify import checks
from centra_jobs.verify.audit_lines import AuditLine
from centra_jobs.verify.checked_tables import CheckedTable, list_tables
from centra_sandbox import Request, Sandbox, Shop
from centra_source import centra_source
from centra_source.exceptions import InvalidSetting

from ..support.postgres import PostgresTarget
from ..support.selection import representative
from ..support.shop_rows import find_differences
from ..support.target import Target
from ..support.workplace import PROJECT, Output, Workplace, make_environment

SCRIPT = "pipelines/warehouse_pipeline.py"
FEW = ("--resources", "orders,brands,stock")
BRANDS = ("--resources", "brands")
TABLES = ("orders", "order_lines", "order_attributes", "brands", "stock")
NOON = datetime(2026, 11, 16, 12, tzinfo=timezone.utc)


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    """A shop that is loaded in a moment."""
    with Sandbox(products=6, orders=12, seed=4) as sandbox:
        yield sandbox


@dataclass
class Webhook:
    """What was posted to a local webhook, which answers with some statuses in turn and then with the last."""

    url: str
    posts: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def webhook(*statuses: int) -> Iterator[Webhook]:
    """A web server that takes alerts."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posts.append(json.loads(body))
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook = Webhook(f"http://127.0.0.1:{server.server_port}/services/the-secret-part")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


def report_in(folder: Path) -> dict[str, Any]:
    """The report of the last run."""
    document: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return document


def run(workplace: Workplace, shop: Sandbox, *command: str, **variables: str) -> Output:
    """Runs the job with a report, and looks for the token in all that it leaves behind."""
    done = workplace.run(
        *command, "--report", "report.json", script=SCRIPT, **{**make_environment(shop), **variables}
    )
    assert shop.token not in done.stdout + done.stderr
    assert shop.token not in (workplace.folder / "report.json").read_text()
    return done


def broken(document: dict[str, Any]) -> dict[str, list[str]]:
    """The checks that do not hold."""
    return {check["name"]: check["failures"] for check in document["checks"] if not check["holds"]}


def assert_equal_to_shop(workplace: Workplace, shop: Sandbox) -> None:
    """Every table holds what the shop holds."""
    for table in TABLES:
        assert find_differences(shop.shop, table, workplace.rows(table)) == []


@pytest.mark.full
def test_run_prints_a_line_and_reports_in_full(shop: Sandbox, workplace: Workplace) -> None:
    """Without a terminal there is one line; the report has the figures; JSON comes as one event a line."""
    first = run(workplace, shop, *FEW)
    assert (first.returncode, first.stderr) == (0, "")
    (line,) = first.stdout.splitlines()
    assert "INFO Loaded in " in line
    report = report_in(workplace.folder)
    assert (report["status"], report["exit_code"], report["error"]) == ("ok", 0, None)
    assert broken(report) == {}
    assert [check["name"] for check in report["checks"]] == [
        *("counted", "all_read", "arrived", "whole_lists"),
        *("unique_keys", "present_owners", "kept_bookmarks", "nothing_pending"),
        *("usable_values", "order_totals"),
    ]
    orders = report["resources"]["orders"]
    assert (orders["rows"], orders["arrived"], orders["expected"], orders["loaded"]) == (12, 12, 12, 12)
    assert set(report["load_ids"]) == workplace.load_ids("load_audit")
    assert report["location"].endswith("centra.duckdb")
    assert report["versions"]["centra"]

    shop.shop.update(shop.shop.orders[0])
    second = run(workplace, shop, *FEW, "--log-format", "json", "--verbose")
    assert (second.returncode, second.stdout) == (0, "")
    events = [json.loads(line) for line in second.stderr.splitlines()]
    assert all(event.keys() >= {"time", "level", "logger", "message"} for event in events)
    (orders,) = (event for event in events if event.get("resource") == "orders")
    assert (orders["rows"], orders["arrived"]) == (12, 1)
    assert (events[-1]["status"], events[-1]["exit_code"]) == ("ok", 0)
    assert report_in(workplace.folder)["load_ids"] != report["load_ids"]

    third = run(workplace, shop, *BRANDS, "--quiet")
    assert (third.returncode, third.stdout, third.stderr) == (0, "", "")


FAULTS = {
    "unique_keys": (
        "insert into {0}.orders select * from {0}.orders order by number limit 1",
        "orders: duplicate keys (id): 1, in 2 rows.",
    ),
    "present_owners": (
        "delete from {0}.orders where number in "
        "(select number from {0}.orders order by number limit 1 offset 2)",
        "order_lines: ",
    ),
    "usable_values": (
        "update {0}.order_lines set tax_percent = -100 where id = (select max(id) from {0}.order_lines)",
        "(tax_percent -100.0): the tax of the line is null.",
    ),
    "order_totals": (
        "update {0}.orders set totals_lines_value = totals_lines_value + 1 "
        "where number = (select max(number) from {0}.orders)",
        " by Centra's totals.",
    ),
}
"""By check: what spoils the destination, and what is said of it."""


@pytest.mark.full
def test_planted_faults_are_found(shop: Sandbox, workplace: Workplace) -> None:
    """Deleted, doubled and orphaned rows end the job with 3 and are named, to the webhook too.

    Rows that somebody deleted from a list that is read whole come back with the load.
    """
    run(workplace, shop, *FEW)
    with duckdb.connect(str(workplace.folder / "centra.duckdb")) as connection:
        for statement, _ in FAULTS.values():
            connection.execute(statement.format("centra_data"))
        connection.execute("delete from centra_data.brands")
    with webhook(200) as hook:
        found = run(workplace, shop, "--resources", "brands,orders", "--alert", hook.url)
    report = report_in(workplace.folder)
    assert (found.returncode, report["status"]) == (3, "incomplete")
    failures = broken(report)
    assert failures.keys() == {*FAULTS}
    for name, (_, sentence) in FAULTS.items():
        assert any(sentence in failure for failure in failures[name])
        assert sentence in found.stderr
    (post,) = hook.posts
    assert "a check fails: unique_keys, present_owners" in post["text"]
    assert post["report"]["exit_code"] == 3
    assert find_differences(shop.shop, "brands", workplace.rows("brands")) == []


@pytest.mark.full
def test_failures_have_codes_and_alerts(shop: Sandbox, workplace: Workplace) -> None:
    """A refused token and a shop that is down end with 1, a bad setting with 2; each reaches the webhook."""
    with webhook(200) as hook:
        alert = {"WAREHOUSE__ALERT_URL": hook.url}
        settings = [
            ({"SOURCES__CENTRA_SOURCE__ACCESS_TOKEN": "no-such-token"}, 1, "does not accept the token"),
            (
                {
                    "SOURCES__CENTRA_SOURCE__BASE_URL": "http://127.0.0.1:9/graphql",
                    "SOURCES__CENTRA_SOURCE__RETRY_LIMIT": "0.1",
                },
                1,
                "check base_url and the network",
            ),
            ({"SOURCES__CENTRA_SOURCE__DELETES": "maybe"}, 2, "choose soft or hard"),
        ]
        for variables, code, sentence in settings:
            failed = run(workplace, shop, *FEW, **variables, **alert)
            (line,) = failed.stderr.splitlines()
            assert (failed.returncode, failed.stdout) == (code, "")
            assert f" ERROR {report_in(workplace.folder)['error']}" in line
            assert sentence in line
            assert sentence in hook.posts[-1]["text"]
            assert hook.posts[-1]["report"]["exit_code"] == code
            assert "no-such-token" not in json.dumps(hook.posts) + line
            assert "the-secret-part" not in line + json.dumps(hook.posts)
        assert len(hook.posts) == len(settings)


@pytest.mark.full
def test_webhook_that_refuses_is_logged_and_changes_nothing(shop: Sandbox, workplace: Workplace) -> None:
    """The exit code is that of the load; the address of the webhook is a secret."""
    with webhook(404) as hook:
        failed = run(
            workplace, shop, *FEW, "--alert", hook.url, SOURCES__CENTRA_SOURCE__ACCESS_TOKEN="no-such-token"
        )
    assert failed.returncode == 1
    assert "The alert did not reach 127.0.0.1 (HTTP 404)" in failed.stderr
    assert "the-secret-part" not in failed.stderr + (workplace.folder / "report.json").read_text()


def test_alert_is_sent_again_after_a_passing_fault() -> None:
    """A server error is followed by another attempt, a refusal is not."""
    waits: list[float] = []
    with webhook(503, 429, 200) as hook:
        send_alert(hook.url, "text", {"exit_code": 1}, waits.append)
        assert hook.posts == [{"text": "text", "report": {"exit_code": 1}}] * 3
    with webhook(400) as hook:
        with pytest.raises(AlertFailed, match="HTTP 400"):
            send_alert(hook.url, "text", {}, waits.append)
        assert len(hook.posts) == 1
    with pytest.raises(AlertFailed, match="ConnectionError") as refused:
        send_alert(hook.url, "text", {}, waits.append)
    assert "the-secret-part" not in str(refused.value)


def test_alert_calls_nobody_and_makes_no_link() -> None:
    """Whatever a product or an error of the shop is called."""
    with webhook(200) as hook:
        send_alert(hook.url, "<!channel> <@U1> <https://evil|Centra> @all \x1b[2J", {})
    assert (
        hook.posts[0]["text"]
        == "\u2039!channel\u203a \u2039@\u2060U1\u203a \u2039https://evil|Centra\u203a @\u2060all \ufffd[2J"
    )


@pytest.mark.parametrize("url", ["hooks.example.com/x", "http://hooks.example.com/x", "file:///x"])
def test_alert_travels_encrypted(url: str) -> None:
    """Plain HTTP is for this machine only, and what is refused is not printed."""
    with pytest.raises(InvalidSetting) as refused:
        check_alert_address(url)
    assert url not in str(refused.value)


@pytest.mark.full
def test_second_run_ends_with_75(shop: Sandbox, workplace: Workplace) -> None:
    """A scheduler that starts the job twice gets an exit code for "later"; the first run is not disturbed."""
    seconds: list[Output] = []

    def start_another(request: Request, _: Shop) -> None:
        if not seconds and request.operation == "brands":
            seconds.append(workplace.run(*BRANDS, script=SCRIPT, **make_environment(shop)))

    shop.before_request(start_another)
    first = run(workplace, shop, *BRANDS)
    assert (first.returncode, broken(report_in(workplace.folder))) == (0, {})
    assert seconds[0].returncode == 75
    (line,) = seconds[0].stderr.splitlines()
    assert "Another run of centra_pipeline is in progress" in line


ENDING_JOB = """
import os, re, signal, sys
from centra_jobs.cli import main

NUMBER, PATTERN = int(os.environ["SIGNAL"]), re.compile(os.environ["MOMENT"])

def watch(event, arguments):
    global NUMBER
    step = f"{event} {arguments[1] if len(arguments) > 1 else ''}"
    if NUMBER and PATTERN.search(step):
        NUMBER, number = 0, NUMBER
        os.kill(os.getpid(), number)

sys.addaudithook(watch)
sys.exit(main(["nightly", *sys.argv[1:]]))
"""

MOMENTS = {
    "while it reads": r"^http\.client\.send",
    "while it normalizes": r"^os\.rename .*/load/normalized/",
    "while it loads": r"^os\.rename .*/started_jobs/orders\..*\.parquet",
}
"""Steps of a run, by Python's audit events."""


STOPS = [
    ("while it reads", signal.SIGTERM),
    pytest.param("while it loads", signal.SIGTERM, id="asked to end while it loads"),
    pytest.param("while it loads", signal.SIGKILL, id="killed while it loads"),
    pytest.param("while it normalizes", signal.SIGTERM, id="asked to end when it has normalized"),
    ("while it normalizes", signal.SIGKILL),
    ("while it reads", signal.SIGKILL),
]


@pytest.mark.full
@pytest.mark.parametrize(("moment", "number"), STOPS)
def test_stopped_run_is_completed_by_the_next(
    shop: Sandbox, workplace: Workplace, moment: str, number: signal.Signals
) -> None:
    """Whenever it is killed or asked to end, the next run ends with the same tables as an undisturbed one."""
    script = workplace.folder / "ending.py"
    script.write_text(ENDING_JOB)
    stopped = workplace.run(
        *FEW,
        *("--report", "report.json"),
        script=str(script),
        SIGNAL=str(int(number)),
        MOMENT=MOMENTS[moment],
        **make_environment(shop),
    )
    if number == signal.SIGKILL:
        assert stopped.returncode == -signal.SIGKILL
    else:
        assert stopped.returncode == 143, stopped.stderr
        assert stopped.stderr.splitlines()[-1].endswith("the next run continues from there.")
        assert report_in(workplace.folder)["status"] == "interrupted"
    shop.shop.update(shop.shop.orders[0], otherComment="changed meanwhile")
    done = run(workplace, shop, *FEW)
    assert (done.returncode, done.stderr) == (0, "")
    if moment == "while it loads":
        assert "Finishing the load that was interrupted." in done.stdout
    report = report_in(workplace.folder)
    assert broken(report) == {}
    assert set(report["load_ids"]) == workplace.load_ids("load_audit")
    assert_equal_to_shop(workplace, shop)


@pytest.mark.full
def test_closed_range_moves_no_bookmark(workplace: Workplace) -> None:
    """A data interval brings what has changed in it, and the regular run after it the rest."""
    with Sandbox(products=6, orders=12, seed=4) as shop:
        shop.clock.set(NOON)
        shop.shop.update(shop.shop.orders[0])
        day = ("--start-date", "2026-11-16", "--end-date", "2026-11-17")
        shop.clock.set(NOON.replace(day=18))
        done = run(workplace, shop, "--resources", "orders", *day)
        assert (done.returncode, done.stderr) == (0, "")
        report = report_in(workplace.folder)
        assert (report["start_date"], report["resources"]["orders"]["rows"]) == ("2026-11-16", 1)
        assert len(report["load_ids"]) == 1
        run(workplace, shop, "--resources", "orders")
        assert find_differences(shop.shop, "orders", workplace.rows("orders")) == []


@pytest.mark.full
def test_postgres_is_checked_too(shop: Sandbox, workplace: Workplace, postgres: PostgresTarget) -> None:
    """The same queries in another dialect; the password of the database is nowhere."""
    credentials = str(postgres.pipeline.destination.config_params["credentials"])
    job = (*FEW, "--destination", "postgres")
    done = run(workplace, shop, *job, DESTINATION__POSTGRES__CREDENTIALS=credentials)
    assert (done.returncode, done.stderr) == (0, "")
    report = report_in(workplace.folder)
    assert broken(report) == {}
    assert (report["destination"], len(report["checks"])) == ("postgres", 10)
    assert ":none@" not in json.dumps(report)


DESTINATIONS = [
    ({}, 2, "not configured: .dlt/secrets.toml lacks database"),
    ({"CREDENTIALS__HOST": "h", "CREDENTIALS__PASSWORD": "a-password"}, 2, "lacks database, username in"),
    ({"CREDENTIALS": "postgresql://u:a-password@127.0.0.1:9/d"}, 1, "Connection refused"),
    ({"CREDENTIALS": "other://u:a-password@127.0.0.1:9/d"}, 1, "invalid connection option"),
]


@pytest.mark.full
@pytest.mark.parametrize(
    ("settings", "code", "sentence"),
    representative(DESTINATIONS, DESTINATIONS[0]),
    ids=lambda value: str(value)[:30],
)
def test_destination_that_cannot_be_opened_gets_one_sentence(
    shop: Sandbox, workplace: Workplace, settings: dict[str, str], code: int, sentence: str
) -> None:
    """What is missing ends with 2, a server that is down with 1; no password is printed."""
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    variables = {f"DESTINATION__POSTGRES__{name}": value for name, value in settings.items()}
    failed = run(workplace, shop, *FEW, "--destination", "postgres", **variables)
    (line,) = failed.stderr.splitlines()
    assert failed.returncode == code
    assert sentence in line
    assert "a-password" not in line
    assert shop.requests == []


@pytest.mark.full
def test_missing_driver_is_named(shop: Sandbox, workplace: Workplace) -> None:
    """The sentence has the command that installs it."""
    (workplace.folder / "psycopg2.py").write_text("raise ModuleNotFoundError")
    path = f"{workplace.folder}:{Path(__file__).parents[2]}"
    credentials = {"DESTINATION__POSTGRES__CREDENTIALS": "postgresql://u:a-password@127.0.0.1:9/d"}
    failed = run(workplace, shop, *FEW, "--destination", "postgres", PYTHONPATH=path, **credentials)
    assert failed.returncode == 2
    assert "pip install 'dlt[postgres]'" in failed.stderr


@pytest.mark.full
def test_unforeseen_error_is_one_event(shop: Sandbox, workplace: Workplace) -> None:
    """In JSON even a traceback is a line. After the load, the job goes on and ends with 3 and a report."""
    patch = "from centra_jobs.verify import checks\nchecks.count_rows = lambda *_: 1 / 0\n"
    (workplace.folder / "sitecustomize.py").write_text(patch)
    path = f"{workplace.folder}{os.pathsep}{PROJECT}"
    failed = run(workplace, shop, *BRANDS, "--log-format", "json", PYTHONPATH=path)
    events = [json.loads(line) for line in failed.stderr.splitlines()]
    assert failed.returncode == 3
    report = report_in(workplace.folder)
    assert "the checks failed: Unexpected error: division by zero" in report["error"]
    assert "resource_freshness" in report["models"]
    assert any("Traceback" in event.get("exception", "") for event in events)


@pytest.mark.full
def test_bad_report_folder_is_reported_first(shop: Sandbox, workplace: Workplace) -> None:
    """Nothing is loaded for a report that cannot be written."""
    refused = workplace.run(*FEW, "--report", "nowhere/report.json", script=SCRIPT, **make_environment(shop))
    assert refused.returncode == 2
    assert "its folder does not exist" in refused.stderr
    assert shop.requests == []


def line_of(**values: Any) -> AuditLine:
    """A line of load_audit of a window of orders in which all is well, but for some values."""
    usual = AuditLine("1", "orders", "window", NOON, NOON, 3, 3, 0, 1, 1, NOON, NOON, None, None)
    return usual._replace(**values)


@pytest.mark.parametrize(
    ("values", "rows", "holds"),
    [
        ({}, 3, True),
        ({}, 2, False),
        ({}, 4, False),
        ({"status": "incomplete"}, 4, True),
        ({"unreadable": 1}, 4, True),
        ({"kind": "window"}, 4, True),
    ],
)
def test_whole_lists_are_compared(values: dict[str, Any], rows: int, holds: bool) -> None:
    """A table of a list that was read whole and proven so holds as many rows as were read."""
    table = CheckedTable("brands", "brands", ("id",), is_whole=True)
    line = line_of(**{"resource": "brands", "kind": "list", **values})
    assert checks.check_whole_lists({"brands": rows}, [line], [table]).holds is holds


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({}, True),
        ({"loaded": 2}, False),
        ({"loaded": 4}, False),
        ({"loaded": 4, "rereads": 2}, True),
        ({"loaded": 2, "rereads": 2}, False),
        ({"expected": None}, True),
        ({"kind": "list", "loaded": 4}, True),
        ({"kind": "events", "loaded": 2}, True),
    ],
    ids=str,
)
def test_every_window_brings_what_centra_counts(values: dict[str, Any], holds: bool) -> None:
    """Fewer rows are never right; more are if objects left while a window was read again."""
    assert checks.check_counts([line_of(**values)]).holds is holds


def test_resource_without_a_line_was_not_read() -> None:
    """A note that it was left out is enough, events alone are not."""
    lines = [line_of(), line_of(resource="brands", kind="left out"), line_of(resource="stock", kind="events")]
    (failure,) = checks.check_all_read(lines, ["orders", "brands", "stock"]).failures
    assert failure.startswith("stock: ")


def test_bookmarks_only_go_forward() -> None:
    """One that is missing, or earlier than before, is reported."""
    before = {("orders", "updated_at"): NOON, ("stock_change_lines", "id"): 7}
    assert checks.check_bookmarks(before, before).holds
    assert checks.check_bookmarks(before, {**before, ("stock_change_lines", "id"): 8}).holds
    assert not checks.check_bookmarks(before, {("orders", "updated_at"): NOON}).holds
    assert not checks.check_bookmarks(before, {**before, ("stock_change_lines", "id"): 6}).holds


@pytest.mark.full
def test_large_tables_are_compared_with_what_a_run_brought(shop: Sandbox, target: Target) -> None:
    """Of a large table, rows of earlier runs are left alone, and those of the run are all looked at."""
    target.load(shop, "orders")
    pipeline = target.pipeline
    tables = list_tables(["orders"], pipeline.default_schema.tables)
    rows = checks.count_rows(pipeline.dataset(), tables)
    load_id = pipeline.list_completed_load_packages()[-1]
    with pipeline.sql_client() as client:
        client.execute_sql("insert into orders select * from orders order by number limit 1")
        client.execute_sql("delete from orders where number in (select max(number) from orders)")

    def found(load_ids: list[str], small_table: int) -> list[bool]:
        asked = (pipeline.dataset(), rows, tables, load_ids, small_table)
        return [checks.check_unique_keys(*asked).holds, checks.check_owners(*asked).holds]

    assert found(["0"], 1_000) == [False, False]
    assert found(["0"], 0) == [True, True]
    assert found([load_id], 0) == [False, False]


@pytest.mark.full
def test_rows_of_a_list_that_is_read_no_more_raise_no_alarm(shop: Sandbox, target: Target) -> None:
    """What was loaded before a list was excluded stays, when its owners are replaced or gone."""
    target.load(shop, "orders")
    pipeline = target.pipeline
    tables = list_tables(["orders"], pipeline.default_schema.tables)
    rows = checks.count_rows(pipeline.dataset(), tables)
    with pipeline.sql_client() as client:
        client.execute_sql("delete from orders where number in (select max(number) from orders)")
        assert not checks.check_owners(pipeline.dataset(), rows, tables, []).holds
        client.execute_sql("update orders set _dlt_load_id = '9999999999.0'")
        assert checks.check_owners(pipeline.dataset(), rows, tables, []).holds


@pytest.mark.full
@pytest.mark.parametrize("deletes", ["soft", "hard"])
def test_rows_that_were_handed_on_have_arrived(shop: Sandbox, target: Target, deletes: str) -> None:
    """Right after each load its rows are all there; one that is missing afterwards is reported."""
    settings: dict[str, Any] = {
        "base_url": shop.url,
        "access_token": shop.token,
        "deletes": deletes,
        "rows_per_load": 5,
    }
    missing: list[list[str]] = []

    def see(spoil: Callable[[str], None]) -> Callable[..., None]:
        def on_load(info: Any, handed_on: Any) -> None:
            (load_id,) = info.loads_ids
            spoil(load_id)
            pipeline = target.pipeline
            tables = list_tables(["orders", "brands", "stock"], pipeline.default_schema.tables)
            missing.append(checks.find_missing_rows(pipeline.dataset(), load_id, handed_on, tables))

        return on_load

    def load(spoil: Callable[[str], None] = lambda load_id: None) -> None:
        source = centra_source(**settings).with_resources("orders", "brands", "stock")
        load_all(target.pipeline, source, settings, see(spoil))

    load()
    shop.shop.update(shop.shop.orders[3])
    shop.shop.remove(shop.shop.orders[0])
    load()
    assert len(missing) > 3
    assert [failures for failures in missing if failures] == []
    shop.shop.update(shop.shop.orders[3])

    def lose(load_id: str) -> None:
        with target.pipeline.sql_client() as client:
            client.execute_sql(f"delete from orders where _dlt_load_id = '{load_id}'")

    load(lose)
    (failure,) = (failure for failures in missing for failure in failures)
    assert failure.startswith("orders: ")
