"""Tables as people have them are read; what is wrong is named by its row."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.data import csv_points
from lab.data.menu import TOY_POINTS
from lab.data.own_points import MOST

GOOD = {
    "commas and a header": "x,y,class\n0.5,-0.2,A\n-0.3,0.8,B\n",
    "no header": "0.5,-0.2,A\n-0.3,0.8,B",
    "semicolons": "x;y;class\n0.5;-0.2;A\n-0.3;0.8;B",
    "decimal commas": "x;y;class\n0,5;-0,2;A\n-0,3;0,8;B",
    "tabs": "x\ty\tclass\n0.5\t-0.2\tA\n-0.3\t0.8\tB",
    "tabs and decimal commas": "0,5\t-0,2\tA\n-0,3\t0,8\tB",
    "spaces": "0.5 -0.2 A\n-0.3 0.8 B",
    "many spaces": "  0.5   -0.2   A\n -0.3    0.8   B",
    "bars": "0.5|-0.2|A\n-0.3|0.8|B",
    "spaces behind commas": "x, y, class\n0.5, -0.2, A\n-0.3, 0.8, B",
    "another order": "class,y,x\nA,-0.2,0.5\nB,0.8,-0.3",
    "other names": "x1;x2;label\n0.5;-0.2;A\n-0.3;0.8;B",
    "more columns": "id,x,y,class,note\n1,0.5,-0.2,A,hm\n2,-0.3,0.8,B,",
    "quoted": '"x","y","class"\n"0.5","-0.2","A"\n"-0.3","0.8","B"',
    "Windows": "x,y,class\r\n0.5,-0.2,A\r\n-0.3,0.8,B\r\n",
    "old Macintosh": "x,y,class\r0.5,-0.2,A\r-0.3,0.8,B",
    "empty lines": "\n\nx,y,class\n\n0.5,-0.2,A\n\n-0.3,0.8,B\n\n",
    "capitals": "X,Y,Class\n0.5,-0.2,A\n-0.3,0.8,B",
    "exponents": "5e-1,-2E-1,A\n-3e-1,.8,B",
    "with our own split": "x,y,class,split\n0.5,-0.2,A,train\n-0.3,0.8,B,test",
    "a header of other words": "breadth,height,kind\n0.5,-0.2,A\n-0.3,0.8,B",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_sloppy_tables_are_read(text: str) -> None:
    for content in (text, text.encode(), text.encode("utf-8-sig"), text.encode("latin-1")):
        table = csv_points.read_table(content)
        assert np.allclose(table.points, [[0.5, -0.2], [-0.3, 0.8]])
        assert table.labels.tolist() == [0, 1]
        assert table.notes == []


def test_classes_of_any_name_and_numbers_of_any_size_are_fitted_and_told() -> None:
    table = csv_points.read_table(
        "cm;kg;animal\n120;40,5;Hündin\n30;4,2;Katze\n60;20;Hündin".encode("latin-1")
    )
    assert table.labels.tolist() == [0, 1, 0]
    assert np.abs(table.points).max() == pytest.approx(csv_points.FULL)
    assert "A is Hündin, B is Katze" in table.notes[0]
    assert "scaled" in table.notes[1]
    assert csv_points.read_table("0,0,10\n0,1,9\n1,1,2").labels.tolist() == [
        2,
        1,
        0,
    ]  # numbers in their order


BAD = {
    "": "nothing in it",
    "   \n ": "nothing in it",
    "x,y,class": "only a header",
    "hello": "row 1 is not",
    "x,y,class\n0.5,abc,A\n0,0,B": "row 2: 'abc' is not a number",
    "0,0,A\n\n0,,B\n1,1,B": "row 3: '' is not a number",
    "0,0,A\n0,1,B\n1,1": "row 3 has 2 columns",
    "0,0,A\n0,nan,B": "row 2: 'nan'",
    "0,0,A\n0,inf,B": "row 2: 'inf'",
    "0,0,A\n0,1e300,B": "row 2: '1e300'",
    "0,0,A\n0,1,A": "all points are of the class 'A'",
    "\n".join(f"0,{i},k{i}" for i in range(6)): "6 classes",
    "0,0,A\n0,1,\n1,1,B": "row 2 names no class",
    "\n".join(["0,0,A", "1,1,B"] * MOST): "at most 2,001 rows, not 4,000",
    "0.1\n0.2": "row 1 is not",
    "PK\0\0": "no table of text",
    "<html><body>Please log in</body></html>": "only a header",
}


@pytest.mark.parametrize(("text", "sentence"), BAD.items(), ids=range(len(BAD)))
def test_what_is_wrong_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="^.*" + sentence.replace("'", ".").replace("?", ".")):
        csv_points.read_table(text.encode())


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(ValueError, match="at most 1,000,000 bytes"):
        csv_points.read_table(b"0,0,A\n" * 200_000)


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    try:
        table = csv_points.read_table(content)
    except ValueError:
        return
    assert np.isfinite(table.points).all()


@pytest.mark.parametrize("name", TOY_POINTS)
def test_every_set_is_written_with_all_its_points(name: str) -> None:
    dataset = TOY_POINTS[name]()
    data = dataset.load(3)
    rows = list(csv.DictReader(io.StringIO(csv_points.to_csv(data))))
    assert len(rows) == len(data.train_y) + len(data.test_y)
    assert data.places
    assert np.allclose(
        [float(row["x"]) for row in rows], np.concatenate([p[:, 0] for p in data.places]), atol=1e-5
    )
    assert {row["split"] for row in rows} == {"train", "test"}
    if not dataset.regression:
        table = csv_points.read_table(csv_points.to_csv(data))
        assert len(table.points) == len(rows)


def test_named_places_are_used_and_the_class_is_the_other_column() -> None:
    points, labels, notes = csv_points.read_table(
        "id,x,y,kind\n17,0.5,0.25,oak\n18,-0.5,0.75,elm\n"
    )
    assert points.tolist() == [[0.5, 0.25], [-0.5, 0.75]]
    assert labels.tolist() == [1, 0]
    assert notes[0] == "The classes are those of the column 'kind'."
    assert csv_points.read_table("kind,y,x\nA,0.25,0.5\nB,0.75,-0.5\n").points.tolist() == [
        [0.5, 0.25],
        [-0.5, 0.75],
    ]
    with pytest.raises(ValueError, match="not x, y and class"):
        csv_points.read_table("x,y\n1,2\n3,4\n")


def test_a_cell_without_end_gets_a_sentence() -> None:
    with pytest.raises(ValueError, match="row 2 cannot be read"):
        csv_points.read_table("0,0,A\n" + "1" * 200_000 + ",0,B\n")
