"""A disk that keeps only what was synced: replays the record of holdwrites.c and makes the images a power cut could leave.

Rules (POSIX at its strictest, no file system's kindness): the bytes of a file are on disk after its fsync, a name in a folder after the
folder's fsync; everything else is there, or not, or there in part, in any order. A rename is one step. Parts are sectors.
"""
import os
import struct

O_TRUNC = 0o1000
SECTORS = (512, 4096)


def records(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        kind, fd, number, length = struct.unpack_from("<ciqI", data, at)
        at += 17
        a = data[at:at + length]
        at += length
        (length,) = struct.unpack_from("<I", data, at)
        at += 4
        yield kind.decode(), fd, number, os.fsdecode(a), data[at:at + length]
        at += length


def written(data, at, piece):
    if len(data) < at:
        data.extend(bytes(at - len(data)))
    data[at:at + len(piece)] = piece


class File:
    def __init__(self, data=b"", durable=True):
        self.durable, self.now, self.pending = bytearray(data if durable else b""), bytearray(data), []

    def write(self, at, piece):
        written(self.now, at, piece)
        self.pending.append((at, piece))

    def truncate(self, size):
        if size <= len(self.now):
            del self.now[size:]
        else:
            self.now.extend(bytes(size - len(self.now)))
        self.pending.append((size, None))

    def sync(self):
        self.durable, self.pending = bytearray(self.now), []

    def image(self, choose):
        """`choose`: random, with the strategy of this image."""
        data = bytearray(self.durable)
        for at, piece in self.pending:
            if piece is None:
                if choose.keeps():
                    del data[at:]
                    data.extend(bytes(at - len(data)))
                continue
            sector = choose.sector
            start = at
            while start < at + len(piece):
                end = min((start // sector + 1) * sector, at + len(piece))
                if choose.keeps():
                    written(data, start, piece[start - at:end - at])
                start = end
        return bytes(data)


class Folder:
    def __init__(self):
        self.durable, self.now, self.pending = {}, {}, []

    def do(self, step):
        self.apply(self.now, step)
        self.pending.append(step)

    @staticmethod
    def apply(entries, step):
        kind, name, item, target = step
        if kind == "add":
            entries[name] = item
        elif kind == "delete" and entries.get(name) is item:
            del entries[name]
        elif kind == "rename":
            if entries.get(name) is item:
                del entries[name]
            entries[target] = item

    def sync(self):
        self.durable, self.pending = dict(self.now), []


class Choice:
    """How one image is made: which of the unsynced steps and sectors survive."""
    STRATEGIES = ("nothing", "everything", "random", "random", "rare", "most", "names only", "data only")

    def __init__(self, random, strategy=None):
        self.random = random
        self.strategy = strategy or random.choice(self.STRATEGIES)
        self.sector = random.choice(SECTORS)

    def keeps(self, name=False):
        if self.strategy == "nothing":
            return False
        if self.strategy == "everything":
            return True
        if self.strategy in ("names only", "data only"):
            return name == (self.strategy == "names only")
        return self.random.random() < {"random": 0.5, "rare": 0.1, "most": 0.9}[self.strategy]


class Disk:
    """`ignore`: syncs that are treated as if the program had forgotten them, for negative controls: "files", "folders" or "all"."""

    def __init__(self, root, ignore=None):
        self.root, self.ignore, self.open, self.output = root, ignore, {}, bytearray()
        self.top = Folder()                                        # holds the folder itself under its name
        self.name = os.path.basename(root)
        self.checkpoints = []

    def load(self, base):
        if os.path.isdir(base):
            self.top.now[self.name] = self.read(base)
            self.top.sync()
        return self

    def read(self, path):
        folder = Folder()
        for name in sorted(os.listdir(path)):
            full = os.path.join(path, name)
            folder.now[name] = self.read(full) if os.path.isdir(full) else File(open(full, "rb").read())
        folder.sync()
        return folder

    def find(self, path):
        if path == os.path.dirname(self.root):
            return self.top
        relative = os.path.relpath(path, os.path.dirname(self.root)).split(os.sep)
        item = self.top
        for name in relative:
            item = item.now.get(name) if isinstance(item, Folder) else None
            if item is None:
                return None
        return item

    def parent(self, path):
        return self.find(os.path.dirname(path)) if path != self.root else self.top

    def step(self, record):
        """One record; `g` (a read) and `F` (a call made to fail) change nothing."""
        kind, fd, number, path, extra = record
        if kind == "o":
            item = self.find(path)
            if item is None:
                item = File(durable=False)
                self.parent(path).do(("add", os.path.basename(path), item, None))
            elif isinstance(item, File) and number & O_TRUNC and item.now:
                item.truncate(0)
            self.open[fd] = item
        elif kind == "c":
            self.open.pop(fd, None)
        elif kind == "w":
            self.open[fd].write(number, extra)
        elif kind == "t":
            self.open[fd].truncate(number)
        elif kind == "f":
            item = self.open[fd]
            if self.ignore != "all" and self.ignore != ("folders" if isinstance(item, Folder) else "files"):
                item.sync()
        elif kind == "m":
            self.parent(path).do(("add", os.path.basename(path), Folder(), None))
        elif kind == "u":
            folder = self.parent(path)
            folder.do(("delete", os.path.basename(path), folder.now.get(os.path.basename(path)), None))
        elif kind == "r":
            target = os.fsdecode(extra)
            source, name = self.parent(path), os.path.basename(path)
            item = source.now[name]
            if self.parent(target) is source:
                source.do(("rename", name, item, os.path.basename(target)))
            else:                                                  # khatm never does; a strict disk may then lose either half
                self.parent(target).do(("add", os.path.basename(target), item, None))
                source.do(("delete", name, item, None))
            if target.endswith("public/checkpoint"):
                self.checkpoints.append(bytes(item.now))
        elif kind == "s":
            self.output += extra

    def dirty(self):
        """Paths whose bytes or names are not on disk."""
        found = []

        def walk(folder, path):
            if folder.pending:
                found.append((path or ".") + "/")
            for name, item in folder.now.items():
                if isinstance(item, Folder):
                    walk(item, f"{path}/{name}")
                elif item.pending:
                    found.append(f"{path}/{name}".lstrip("/"))
        home = self.find(self.root)
        if home is not None:
            walk(home, "")
        return [path.lstrip("/") for path in found]

    def image(self, folder, choice):
        """Writes what is left of the folder to `folder`; True when there is one at all."""
        made = {}

        def build(item, path):
            if isinstance(item, File):
                with open(path, "wb") as file:
                    file.write(item.image(choice))
                # Modes are not part of this disk: what was private stays private, as the next program expects it.
                os.chmod(path, 0o600 if any(f"{os.sep}{name}{os.sep}" in path for name in ("keys", "officers", "answer-keys")) else 0o644)
                return
            os.makedirs(path, exist_ok=True)
            for name, child in entries(item).items():
                build(child, os.path.join(path, name))

        def entries(item):
            if id(item) not in made:
                made[id(item)] = dict(item.durable)
                for step in item.pending:
                    if choice.keeps(name=True):
                        Folder.apply(made[id(item)], step)
            return made[id(item)]
        home = entries(self.top).get(self.name)
        if home is None:
            return False
        build(home, folder)
        return True
