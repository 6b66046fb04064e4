"""What can be downloaded: the files of MNIST and Fashion-MNIST, their checksums and their mirrors.

`download` brings them, `cache` finds and checks them on this computer.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataFile:
    """One IDX file of a set.

    `payload`: its size in bytes once unpacked; `sha256`: of the payload; `travelling`: bytes that
    travel, gzipped, as the mirrors sent them when this was written (during a download, their
    Content-Length takes its place).
    """

    name: str
    payload: int
    sha256: str
    travelling: int

    @property
    def gzipped(self) -> str:
        """The name under which the file travels and is kept."""
        return f"{self.name}.gz"


@dataclass(frozen=True)
class Source:
    """A set of files, and the addresses (ending in "/") that have all of them, best first."""

    mirrors: tuple[str, ...]
    files: tuple[DataFile, ...]


# Both sets have files of these names and of these sizes in bytes, unpacked.
_NAMES_AND_PAYLOADS = (
    ("train-images-idx3-ubyte", 47_040_016),
    ("train-labels-idx1-ubyte", 60_008),
    ("t10k-images-idx3-ubyte", 7_840_016),
    ("t10k-labels-idx1-ubyte", 10_008),
)


def _files(*sums_and_sizes: tuple[str, int]) -> tuple[DataFile, ...]:
    pairs = zip(_NAMES_AND_PAYLOADS, sums_and_sizes, strict=True)
    return tuple(
        DataFile(name, payload, sha256, travelling)
        for (name, payload), (sha256, travelling) in pairs
    )


SOURCES = {
    "mnist": Source(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        _files(
            ("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 9_912_422),
            ("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 28_881),
            ("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 1_648_877),
            ("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 4_542),
        ),
    ),
    "fashion-mnist": Source(
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        _files(
            ("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 26_421_880),
            ("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 29_515),
            ("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 4_422_102),
            ("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 5_148),
        ),
    ),
}
NAMES = tuple(SOURCES)
