"""How much is read of anything that comes from outside, in one table.

Whoever reads asks for the size first, then counts, and only then looks at what it means: so that
what is too large costs no more than its arrival.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most so many of something, and the reason why so many."""

    most: int
    of: str
    why: str

    def check(self, what: str, count: int, cure: str = "") -> None:
        """Raise ValueError, in a sentence on `what` there is too much of and how to `cure` it."""
        if count > self.most:
            cure = f": {cure}" if cure else ""
            raise ValueError(
                f"{what} must have at most {self.most:,} {self.of}, not {count:,}{cure}"
            )

    @property
    def megabytes(self) -> int:
        """The same in whole megabytes, as Streamlit's uploads count."""
        return self.most // 1_000_000


# --- text: addresses, links, and what is written in them ------------------------------------------

PARAMETER = Limit(
    2_000, "letters", "400 points of one's own, the longest that a link says, are 1,650"
)
PARAMETERS = Limit(100, "parts", "our own addresses have up to 16, TensorFlow Playground's some 40")
LINK = Limit(20_000, "letters", "of one that is pasted: ten parts as long as they may be")
PAGE_OPTION = Limit(500, "letters", "all names that hide= can take are 330")
GOAL = Limit(200, "letters", "the longest goal that means something has 120")
NOTATION = Limit(
    10_000, "letters", "2,000 points of one's own, as the command line takes them, are 8,100"
)
ENTRIES = Limit(50, "entries", "a network has twelve layers at most")
NUMBER = Limit(40, "letters", "no float that Python writes has more than 24")
DIGITS = Limit(60, "digits", "seeds of random generators have 39")
MESSAGE = Limit(8_000, "bytes", "a board's longest message, an edit of a weight, has some 200")
INK = Limit(25_600, "bytes", "160 times 160 pixels: a picture smaller than the canvas")
TRANSPORT = Limit(
    8_000_000, "bytes", "of anything on a socket: a pasted megabyte takes four at most"
)

# --- tables of points -----------------------------------------------------------------------------

TABLE = Limit(1_000_000, "bytes", "2,000 points with all digits of their numbers are 0.1 MB")
POINTS = Limit(2_000, "points", "a picture of the plane has room for no more")
ROWS = Limit(2_001, "rows", "so many points, and a header")
LINES = Limit(40_000, "lines", "2,000 points with nine empty lines after each, ended by two signs")

# --- pictures and drawings ------------------------------------------------------------------------

PICTURE = Limit(5_000_000, "bytes", "a photograph of a telephone")
PIXELS = Limit(16_000_000, "pixels", "a photograph of a telephone; 64 MB when it is decoded")
DIGITS_READ = Limit(20, "digits", "what has more pieces of ink is a page of text, or noise")
PIECES = Limit(200, "pieces of ink", "ten for each digit; each is compared with all digits so far")
CANVAS = Limit(4_000_000, "letters", "of the picture of a canvas, however large its screen")
STROKES = Limit(1_000, "strokes", "on the canvas: a page of writing")
STROKE_POINTS = Limit(20_000, "points", "of a drawing's strokes: minutes with the pen down")
CANVAS_PIXELS = Limit(2_000_000, "pixels", "the canvas on a screen of four pixels for one")
DRAWINGS_FILE = Limit(4_000_000, "bytes", "500 drawings of 200 points each are 3 MB")
DRAWINGS = Limit(500, "drawings", "fifty of each digit teach a network any hand")
DRAWINGS_NUMBERS = Limit(50_000, "numbers", "a pen leaves some 40 points in each of 500 drawings")

# --- models ---------------------------------------------------------------------------------------

MODEL = Limit(
    84_000_000, "bytes", "two million parameters in float64 five times over, and a header"
)
HEADER = Limit(3_000_000, "bytes", "of a model: its history and curve of former versions")
ARRAYS = Limit(256, "arrays", "twelve layers have up to nine each, and an optimizer two for each")
EXPERIMENT = Limit(60_000, "letters", "of one in a file: 2,000 points of one's own are 8,100")
EXPERIMENT_PARTS = Limit(2_000, "commas", "twelve layers with all their settings have 100")
CLASSES = Limit(2_000, "letters", "of all names of classes in a file: ours have 100")
CLASSES_PARTS = Limit(20, "commas", "between the names of ten classes")
RESULTS = Limit(250_000, "letters", "of a file's figures, with a calibration of former versions")
RESULTS_PARTS = Limit(8_000, "commas", "a calibration of former versions has 5,000 numbers")
RESUME = Limit(2_500_000, "letters", "of what going on needs: history and curve of former versions")
RESUME_PARTS = Limit(150_000, "commas", "so many numbers have 10,000 rows of history and a curve")
FIGURES = Limit(64, "figures", "a network that was taught has twelve")
CALIBRATION = Limit(5_000, "numbers", "a calibration of ours has four")
FIGURE = Limit(100, "letters", "the longest name of a dataset has 40")
CLASS = Limit(60, "letters", "the longest name of a class has 11")
HISTORY = Limit(10_000, "rows", "longer histories are thinned before they are saved")
CHANGES = Limit(5_000, "changes", "as many settings are changed in hours of play")

# --- rooms ----------------------------------------------------------------------------------------

NICKNAME = Limit(24, "letters", "what a tile of the wall has room for")
FORM = Limit(2_000, "bytes", "a name and a code, each letter of which may take nine bytes")
ROOM = Limit(200, "students", "as many as a lecture has; beyond 64 not all train at once")
ROOMS = Limit(20, "rooms", "on one server: of thirty each, they are more than it can train")
ROOM_NOTE = Limit(
    1_000_000, "letters", "of one room in the store: 200 students with 60 runs each are 0.6 million"
)
PAD_POINTS = Limit(2_000, "points", "of one digit: half a minute with the pen down")
CLASS_DIGITS = Limit(60, "drawings", "of one student: each of ten digits six times")

TABLE_OF_LIMITS = {name: limit for name, limit in globals().items() if isinstance(limit, Limit)}
