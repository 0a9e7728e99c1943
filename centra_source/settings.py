"""The defaults and limits of a load, each with its reason. `setting_parsers` reads the values that users
set."""

from __future__ import annotations

from datetime import timedelta

START_DATE = "2000-01-01"
"""Nothing in Centra is older."""

LOOKBACKS = {"updatedAt": timedelta(hours=1), "createdAt": timedelta(days=90)}
"""How far each run reads before its bookmark, by the field that the bookmark is about.

The hour covers rows that Centra commits late and clocks that disagree. The 90 days also cover changes that
move no timestamp, such as the completion of a return."""

WINDOW_ROWS = 10_000
"""Objects in one window. Longer time ranges are split, so that re-reading a window after a gap stays
cheap."""

PAGE_SIZES = range(1, 201)
"""Centra rejects a `limit` outside 1 to 200."""

PAGE_COST_FACTOR = 2
"""A page may cost twice what would use up points and requests together. Small resources cannot reach that
cost even with 200 objects, so they leave points to the expensive ones."""

PAGE_GROWTH = 10
"""Answers until a page size that was reduced is back at its full size."""

BATCH_ROWS = 10_000
"""Objects that become one set of Arrow tables. Fewer cost more calls into dlt, more cost memory."""

PARALLEL_REQUESTS = 8
"""Requests in flight at once. The throttle decides how many are sent."""

PARALLEL_WINDOWS, PARALLEL_PAGES = 8, 10
"""A time range is read in up to 8 windows at once, but no window is split below 10 pages."""

PAGES_AHEAD = 3
"""Pages of one window that wait in memory while earlier ones are written."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 120.0
"""Seconds without a byte. Centra does not promise a response time."""

ANSWER_LIMIT = 300.0
"""Seconds that one answer may take in total, or `retry_limit` if that is shorter."""

ANSWER_BYTES = 2**28
"""Bytes of one answer when it is unpacked. Pages of 200 objects have a hundredth of that."""

RETRY_LIMIT = 900.0
"""Seconds that one request may take, all retries included."""

FIRST_CONTACT_LIMIT = 15.0
"""The same before any server has answered: a wrong host name should show soon."""

QUOTA_SHARE = 0.8
"""Share of each of Centra's rate limits to use. The shop's other systems share the same limits."""

BACKOFF_FACTOR = 1.0
BACKOFF_CEILING = 60.0
"""Seconds. The first wait takes up to the factor, each further one up to twice as long, up to the ceiling."""

NOTABLE_WAIT, NOTICE_INTERVAL = 15.0, 300.0
"""Seconds from which a wait is logged, and between two such lines."""

THROTTLE_LIMIT = 7_200.0
"""Seconds that one request may wait for Centra's rate limits. An empty bucket of the hour is full in half of
that."""

WINDOW_ATTEMPTS = 3
"""How often a window is read before a gap between Centra's total and the rows read fails the load."""

SHIFT_PATIENCE = 20
"""How many pages without new rows are read of a list that shifts, in addition to one for each page with new
rows."""

BREAKDOWN_ATTEMPTS = 3
"""How often Centra may break down over a page or an object before smaller requests look for the cause.
A fault that passes is mostly over by then; one that stays must not cost `RETRY_LIMIT` for each request."""

UNREADABLE_ROWS, UNREADABLE_SHARE = 50, 0.1
"""If Centra breaks down over more objects and a greater share than this, the shop is broken, not objects."""

PART_REQUESTS = 60
"""Requests that look for the broken fields of one object. An object with so many is not readable at all."""

EVENT_POLICIES = ("auto", "on", "off")
"""How a load may use Centra's event queue."""

DELETE_POLICIES = ("soft", "hard")
"""What a load may do with the rows of deleted objects."""

STOP, CONTINUE = "stop", "continue"

FAILURE_POLICIES = (STOP, CONTINUE)
"""What a load may do if a resource cannot be read. The first one is the default."""

EVENTS_LIMIT = 200
"""Events that one request takes from the queue, and that one mutation confirms. Centra's examples have no
greater number."""

EVENTS_AT_ONCE = 5_000
"""Events that one load takes from a longer queue, if the shop sends so many at once."""

SWEEP_ROWS, SWEEP_SHARE = 50, 0.1
"""If more rows and a greater share than this seem to be gone, the token probably lost access to something."""

PII_ACTIONS = ("keep", "hash", "drop")
"""What a load may do with personal data. The first one is the default."""

PII_SECRET_LENGTH = 32
"""Characters. With a secret that can be guessed, trying all e-mail addresses reveals the one behind a
hash."""
