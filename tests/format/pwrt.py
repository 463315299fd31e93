#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A second reader of .pwrt files, written from docs/pwrt-format.md alone and sharing no code with the first.

    pwrt.py json FILE    the events in order of time, one JSON object a line
    pwrt.py dump FILE    an annotated hex dump: the example in the specification

It checks everything that the specification says and stops at the first thing that is not so.
"""
import ipaddress
import json
import struct
import sys
import textwrap

import zstandard

NONE = 0xFFFFFFFF
MASK64 = (1 << 64) - 1

SECTION, EVENTS, INDEX, END = 0x01, 0x20, 0x70, 0x7F
V, D, S, L, B = "varint", "delta", "string", "list", "bytes"
TABLES = {
    0x02: ("INFO", [("key", S), ("value", S)]),
    0x03: ("CLOCK", [("mono_ns", V), ("real_ns", V), ("within_ns", V)]),
    0x10: ("FUNCS", [("addr", D), ("name", S), ("module", S), ("why", S), ("arg", V), ("status", V)]),
    0x11: ("CALLERS", [("addr", D), ("name", S), ("module", S), ("offset", V)]),
    0x12: ("TASKS", [("pid", V), ("tgid", V), ("comm", S)]),
    0x13: ("DEVS", [("netns", V), ("ifindex", V), ("name", S)]),
    0x14: ("NETNS", [("inum", V), ("name", S)]),
    0x15: ("ENUMS", [("type", S), ("name", S), ("value", D)]),
    0x16: ("STACKS", [("callers", L)]),
    0x17: ("MODULES", [("name", S), ("addr", D), ("size", V)]),
    0x18: ("BTF", [("module", S), ("bytes", B)]),
    0x19: ("KEYS", [("name", S)]),
    0x22: ("LOST", [("from_ns", V), ("to_ns", V), ("count", V), ("cpu", V), ("reason", V)]),
    0x23: ("CPUS", [("cpu", V), ("entered", V), ("lost", V), ("untracked", V)]),
    INDEX: ("INDEX", [("type", V), ("items", V), ("len", V), ("ts_min", D), ("ts_span", V),
                      ("packet_min", D), ("packet_span", V)]),
}
(PACKET, PARENT, COUNT, S_FUNC, S_CALLER, S_SP, S_FLAGS, S_REASON, S_CHANGED, SHAPE_LO, SHAPE_HI, TIME_LO,
 TIME_HI, TIME_MORE, HDR, HDR_BYTES, SP) = range(17)
COLUMN_NAMES = ("PACKET PARENT COUNT S_FUNC S_CALLER S_SP S_FLAGS S_REASON S_CHANGED SHAPE_LO SHAPE_HI TIME_LO "
                "TIME_HI TIME_MORE HDR HDR_BYTES SP DEV LEN TASK CPU MARK CT SKB STACK VALUES").split()
# bit of S_CHANGED, column, encoding, field
VALUES = [(2, 17, "ref", "dev"), (3, 18, D, "len"), (4, 19, "ref", "task"), (5, 20, V, "cpu"), (6, 21, V, "mark"),
          (7, 22, D, "ct"), (8, 23, D, "skb"), (9, 24, "ref", "stack")]


def crc32c_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
        table.append(i)
    return table


CRC = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def want(condition, what):
    if not condition:
        raise SystemExit("pwrt.py: " + what)


class Cursor:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, n):
        want(self.at + n <= len(self.data), "more is read than there is")
        self.at += n
        return self.data[self.at - n:self.at]

    def le(self, n):
        return int.from_bytes(self.take(n), "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                want(byte or not shift, "a varint longer than it must be")
                want(value <= MASK64, "a varint over 64 bits")
                return value
            shift += 7

    def zigzag(self):
        v = self.varint()
        return v >> 1 ^ -(v & 1)

    def ref(self):
        return self.varint() - 1 & NONE

    def string(self):
        return self.take(self.varint()).decode("utf-8", "surrogateescape")

    def done(self):
        return self.at == len(self.data)


def columns(c, note=lambda *_: None, names=None):
    """Column id -> cursor on its bytes."""
    start, directory, out = c.at, [], {}
    for _ in range(c.varint()):
        ident, codec, stored = c.varint(), c.varint(), c.varint()
        directory.append((ident, codec, stored, c.varint() if codec else stored))
    note(start, c.at, "%d columns: %s" % (len(directory), ", ".join(
        "%d %s, %d bytes" % (i, ("stored", "zstd")[k], s) for i, k, s, _ in directory)))
    for ident, codec, stored, raw in directory:
        start, data = c.at, c.take(stored)
        want(ident not in out, "a column that is there twice")
        if codec:
            data = zstandard.ZstdDecompressor().decompress(data, max_output_size=raw)
        want(len(data) == raw, "a column of another size than the directory says")
        out[ident] = Cursor(data)
        note(start, c.at, "column %d%s" % (ident, " " + names[ident] if names and ident < len(names) else ""))
    want(c.done(), "bytes behind the last column")
    return out


def table(fields, payload, items, note):
    c = Cursor(payload)
    first = c.varint()
    note(0, c.at, "first id %d" % first)
    cols = columns(c, note, [name for name, _ in fields])
    entries = []
    before = dict.fromkeys((name for name, _ in fields), 0)
    for _ in range(items):
        entry = {}
        for ident, (name, kind) in enumerate(fields):
            col = cols.get(ident)
            if kind == S:
                entry[name] = col.string() if col else ""
            elif kind == B:
                entry[name] = col.take(col.varint()) if col else b""
            elif kind == L:
                entry[name] = [col.varint() for _ in range(col.varint())] if col else []
            elif kind == D:
                before[name] = before[name] + (col.zigzag() if col else 0) & MASK64
                entry[name] = before[name]
            else:
                entry[name] = col.varint() if col else 0
        entries.append(entry)
    for ident in range(len(fields)):
        want(ident not in cols or cols[ident].done(), "a column that is longer than its entries")
    return first, entries


def new_values(col):
    """Pairs of id in KEYS, and value: a number, text, an address of bytes, or None for a key of a later version."""
    n = col.varint()
    want(0 < n <= 512, "values of no bytes, or of too many")
    c, out = Cursor(col.take(n)), []
    while not c.done():
        tag = c.varint()
        want(tag >> 3 <= NONE, "a key that no table has room for")
        kind = tag & 7
        if kind < 2:
            out.append((tag >> 3, c.zigzag() if kind else c.varint()))
        else:
            data = c.take(c.varint())
            out.append((tag >> 3, data.decode() if kind == 2 else data if kind == 3 else None))
    return out


def new_header(ev, cols):
    directory, data = cols[HDR], cols[HDR_BYTES] if HDR_BYTES in cols else None
    length, l3 = directory.varint(), directory.varint()
    want(length <= 128 and l3 <= length, "a header that is too long")
    shift = l3 - ev["l3_off"]
    hdr = bytearray(ev["hdr"][i - shift] if 0 <= i - shift < len(ev["hdr"]) else 0 for i in range(length))
    at = 0
    for _ in range(directory.varint()):
        at += directory.varint()
        n = directory.varint()
        want(n and at + n <= length, "a patch outside of its header")
        hdr[at:at + n] = data.take(n)
        at += n
    ev["hdr"], ev["l3_off"] = bytes(hdr), l3


def events(payload, items, note):
    c = Cursor(payload)
    ts_min, ts_max, packet_min, packet_max, groups, shapes = struct.unpack("<QQQQII", c.take(40))
    for at, size, name, value in ((0, 8, "ts_min", ts_min), (8, 8, "ts_max", ts_max), (16, 8, "packet_min", packet_min),
                                  (24, 8, "packet_max", packet_max), (32, 4, "groups", groups), (36, 4, "shapes", shapes)):
        note(at, at + size, "%s %d" % (name, value))
    cols = columns(c, note, COLUMN_NAMES)
    table_of_shapes = []
    for _ in range(shapes):
        table_of_shapes.append({"func": cols[S_FUNC].varint(), "caller": cols[S_CALLER].ref(), "sp": cols[S_SP].zigzag(),
                                "flags": cols[S_FLAGS].varint(), "reason": cols[S_REASON].ref(),
                                "changed": cols[S_CHANGED].varint()})
    plane = {i: cols[i].take(items) if i in cols else bytes(items) for i in (SHAPE_LO, SHAPE_HI, TIME_LO, TIME_HI)}
    base = {"packet": packet_min, "parent": 0, "ts": ts_min, "sp": 0, "hdr": b"", "l3_off": 0, "dev": NONE, "len": 0,
            "task": NONE, "cpu": 0, "mark": 0, "ct": 0, "skb": 0, "stack": NONE, "values": []}
    out = []
    for _ in range(groups):
        ev = dict(base)
        ev["packet"] = ev["packet"] + cols[PACKET].zigzag() & MASK64
        parent = cols[PARENT].zigzag()
        ev["parent"] = ev["packet"] - parent & MASK64 if parent else 0
        want(packet_min <= ev["packet"] <= packet_max, "a packet outside of the block's")
        count = cols[COUNT].varint()
        want(count, "a group of no events")
        for k in range(count):
            i = len(out)
            want(i < items, "more events than the block has")
            shape = table_of_shapes[plane[SHAPE_LO][i] | plane[SHAPE_HI][i] << 8]
            dt = plane[TIME_LO][i] | plane[TIME_HI][i] << 8
            if dt == 0xFFFF:
                dt = cols[TIME_MORE].zigzag()
            ev["ts"] = ev["ts"] + dt & MASK64
            want(ts_min <= ev["ts"] <= ts_max, "a time outside of the block's")
            sp = shape["sp"]
            changed = shape["changed"]
            if changed & 1:
                new_header(ev, cols)
            if changed & 2:
                sp += cols[SP].zigzag()
            ev["sp"] = ev["sp"] + sp & MASK64
            for bit, column, kind, name in VALUES:
                if changed >> bit & 1:
                    col = cols[column]
                    ev[name] = col.ref() if kind == "ref" else col.varint() if kind == V else \
                        ev[name] + col.zigzag() & MASK64
            ev["values"] = new_values(cols[25]) if changed >> 10 & 1 else []
            for name in ("func", "caller", "reason", "flags"):
                ev[name] = shape[name]
            out.append(dict(ev))
            if not k:
                base = dict(ev)
    want(len(out) == items, "fewer events than the block has")
    for ident, col in cols.items():
        want(ident >= len(COLUMN_NAMES) or col.done(), "a column that is longer than its events")
    return out


def blocks(data, note=lambda *_: None):
    """Type, items and payload of each block; checks the frame."""
    at = seq = 0
    tag = None
    while at < len(data):
        head = data[at:at + 32]
        want(len(head) == 32, "the file ends inside a block")
        magic, kind, flags, zero, length, items, number, mark, payload_crc, head_crc = struct.unpack("<4sHBBIIIIII", head)
        want(magic == b"\x89PWB" and zero == 0, "no block")
        want(head_crc == crc32c(head[:28]), "a wrong header checksum")
        payload = data[at + 32:at + 32 + length]
        want(len(payload) == length and payload_crc == crc32c(payload), "a wrong payload checksum")
        tag = mark if tag is None else tag
        want(mark == tag and number == seq, "a block that is not of this file, or out of place")
        pad = -length % 8
        want(data[at + 32 + length:at + 32 + length + pad] == bytes(pad), "padding that is not zero")
        yield at, kind, flags, items, payload
        at += 32 + length + pad
        seq += 1


class File:
    def __init__(self, data, note=lambda *_: None):
        self.tables = {name: [] for name, _ in TABLES.values()}
        self.events = []
        total = None
        for at, kind, flags, items, payload in blocks(data):
            want(total is None, "blocks behind the end")

            def here(start, end, text, at=at):
                note(at + 32 + start, at + 32 + end, text)
            note(at, at + 32, "%s block%s: %d bytes, %d items" % (
                {SECTION: "SECTION", EVENTS: "EVENTS", END: "END"}.get(kind) or TABLES.get(kind, ("unknown",))[0],
                ", REQUIRED" if flags & 1 else "", len(payload), items))
            if kind == SECTION:
                self.section(payload, here)
            elif kind == EVENTS:
                self.events += events(payload, items, here)
            elif kind == END:
                total, packets, index_at = struct.unpack("<QQQ", payload[:24])
                for k, text in enumerate(("%d events" % total, "%d packets begin here" % packets, "index at %d" % index_at)):
                    here(8 * k, 8 * k + 8, text)
            elif kind in TABLES:
                name, fields = TABLES[kind]
                first, entries = table(fields, payload, items, here)
                want(first == len(self.tables[name]), "an id that does not follow the one before")
                self.tables[name] += entries
            else:
                want(not flags & 1, "a block that a newer reader is needed for")
        want(total == len(self.events), "no end, or events are missing")

    def section(self, payload, note):
        c = Cursor(payload)
        want(c.take(8) == b"PWRT\r\n\x1a\n", "not a .pwrt file")
        want(c.le(2) == 1, "another version")
        c.le(2)
        length, incompatible = c.le(4), c.le(8)
        want(length >= 48 and not incompatible, "features of a newer version")
        for start, end, text in ((0, 8, "PWRT, CR LF, ^Z, LF"), (8, 12, "version 1.0"), (12, 16, "length %d" % length),
                                 (16, 24, "no incompatible features"), (24, 32, "no compatible features"), (32, 48, "uuid")):
            note(start, end, text)

    def get(self, name, i):
        return self.tables[name][i] if i < len(self.tables[name]) else None

    def json(self):
        """Yields the values that pwru-show --json prints, too."""
        reasons = {e["value"]: e["name"] for e in self.tables["ENUMS"] if e["type"] == "skb_drop_reason"}
        meanings = {(e["type"], e["value"] & MASK64): e["name"] for e in self.tables["ENUMS"]}
        returned = {i["key"][4:]: i["value"] for i in self.tables["INFO"] if i["key"].startswith("ret.")}
        names = {n["inum"]: n["name"] for n in self.tables["NETNS"] if n["name"]}
        for ev in sorted(self.events, key=lambda e: e["ts"]):
            dev = self.get("DEVS", ev["dev"]) or {"netns": 0, "name": ""}
            out = {"ts": ev["ts"], "cpu": ev["cpu"], "func": self.tables["FUNCS"][ev["func"]]["name"],
                   "packet": ev["packet"], "len": ev["len"],
                   "netns": names.get(dev["netns"], str(dev["netns"]) if dev["netns"] else ""), "ifname": dev["name"]}
            if ev["reason"] != NONE:
                out["reason"] = reasons.get(ev["reason"], str(ev["reason"])).removeprefix("SKB_").removeprefix("DROP_REASON_")
            if ev["flags"] & 8:
                out["return"] = True
            for key, value in ev["values"]:
                name = self.tables["KEYS"][key]["name"]
                if isinstance(value, bytes):
                    value = str(ipaddress.ip_address(value))
                kind = returned.get(out["func"], name) if name == "ret" else name
                known = meanings.get((kind, value & MASK64)) if isinstance(value, int) else None
                if known and kind == "skb_drop_reason":
                    known = known.removeprefix("SKB_").removeprefix("DROP_REASON_")
                out[name] = known or value
            hdr = ev["hdr"][ev["l3_off"]:] if not ev["flags"] & 8 else b""
            if len(hdr) >= 20 and hdr[0] >> 4 == 4:
                out["ip.src"], out["ip.dst"] = (".".join(map(str, hdr[i:i + 4])) for i in (12, 16))
                out["ip.ttl"] = hdr[8]
            yield out


def dump(data):
    notes = []
    File(data, lambda start, end, text: notes.append((start, end, text)))
    at = 0
    for start, end, text in notes:
        if start > at:
            show(data, at, start, "padding")
        show(data, start, end, text)
        at = end
    show(data, at, len(data), "padding")


def show(data, start, end, text):
    """Rows of 16 bytes, with the text beside them, and below them where it is longer; 120 columns."""
    rows = [(line, data[line:min(line + 16, end)]) for line in range(start, end, 16)]
    texts = textwrap.wrap(text, 65)
    for i in range(max(len(rows), len(texts))):
        at = "%04x  %-48s" % (rows[i][0], rows[i][1].hex(" ")) if i < len(rows) else " " * 54
        print("%s %s" % (at, texts[i] if i < len(texts) else ""))


def main():
    want(len(sys.argv) == 3 and sys.argv[1] in ("json", "dump"), __doc__)
    with open(sys.argv[2], "rb") as f:
        data = f.read()
    if sys.argv[1] == "dump":
        dump(data)
        return
    for event in File(data).json():
        print(json.dumps(event))


if __name__ == "__main__":
    main()
