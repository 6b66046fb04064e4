"""The tables of the store, and how much fits into them.

Times are seconds since 1970; what is large is a safetensors file or JSON, as bytes. The migrations
beside this file build the same tables in a database; a test holds the two together.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

MOST_BYTES = 2_000_000_000  # of all that is kept, after which the oldest runs go
BESIDE = 4_000_000  # bytes from which something is a file beside SQLite's, not a value in it
DAYS = 30  # that a visit is kept after it was last here
MOST_NOTE = 1_000_000  # bytes of one note
VISIT, TOKEN, NAME = 64, 64, 200  # letters

metadata = MetaData()

visits = Table(
    "visits",
    metadata,
    Column("id", String(VISIT), primary_key=True),  # the hash of the cookie
    Column("created", Float, nullable=False),
    Column("seen", Float, nullable=False, index=True),
)

runs = Table(
    "runs",
    metadata,
    Column("token", String(TOKEN), primary_key=True),
    Column("visit", String(VISIT), nullable=False, index=True),
    Column("page", String(NAME), nullable=False),
    Column("experiment", Text, nullable=False),
    Column("training", Boolean, nullable=False),
    Column("pace", String(NAME), nullable=False),  # JSON: a word, or steps a second
    Column("changed", Float, nullable=False, index=True),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("token", String(TOKEN), primary_key=True),
    Column("clock", Text, nullable=False),  # JSON: how far the pace has come
    Column("step", BigInteger, nullable=False),
    Column("accuracy", Float),  # of the test set, at the last measurement
    Column("machine", String(NAME), nullable=False),  # what its bits depend on
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary),
    Column("file", String(NAME)),  # its name, where it lies beside the database
)

drawings = Table(
    "drawings",
    metadata,
    Column("visit", String(VISIT), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # lab/reading/fine_tune.py writes it
)

models = Table(
    "models",
    metadata,
    Column("visit", String(VISIT), primary_key=True),
    Column("kind", String(NAME), primary_key=True),
    Column("name", String(NAME), primary_key=True),
    Column("place", Integer, nullable=False),  # among those of its kind, from 0 on
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary),
    Column("file", String(NAME)),
)

notes = Table(
    "notes",
    metadata,
    Column("visit", String(VISIT), primary_key=True),
    Column("name", String(NAME), primary_key=True),
    Column("content", Text, nullable=False),  # JSON
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("token", String(TOKEN), primary_key=True),
    Column("visit", String(VISIT), nullable=False, index=True),
    Column("name", String(NAME), nullable=False),
    Column("plan", Text, nullable=False),  # JSON: lab/sweeps/plan.py writes it
    Column("status", String(NAME), nullable=False, index=True),
    Column("created", Float, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("sweep", String(TOKEN), primary_key=True),
    Column("number", Integer, primary_key=True),  # of the trial
    Column("content", Text, nullable=False),  # JSON: lab/sweeps/trials.py writes it
)

leases = Table(
    "leases",
    metadata,
    Column("token", String(TOKEN), primary_key=True),
    Column("server", BigInteger, nullable=False),  # lab/store/leases.py says which
    Column("until", Float, nullable=False),  # by the database's own clock; 0 for nobody's
    Column("asked", Boolean, nullable=False),  # whether another server wants it
)

rooms = Table(
    "rooms",
    metadata,
    Column("code", String(TOKEN), primary_key=True),
    Column("used", Float, nullable=False),
    Column("content", Text, nullable=False),  # JSON: lab/rooms/room.py writes it
)

moments = Table(
    "moments",
    metadata,
    Column("room", String(TOKEN), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", Text, nullable=False),  # JSON: what a wall showed
)

class_digits = Table(
    "class_digits",
    metadata,
    Column("room", String(TOKEN), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("visit", String(VISIT), nullable=False),
    Column("content", Text, nullable=False),  # JSON: lab/rooms/class_digits.py writes it
)

class_sets = Table(
    "class_sets",
    metadata,
    Column("room", String(TOKEN), primary_key=True),
    Column("digest", String(TOKEN), primary_key=True),
    Column("content", LargeBinary, nullable=False),  # lab/data/class_set.py writes it
)
