# SPDX-License-Identifier: Apache-2.0
"""Devices that misbehave in ways no honest program does: an SNMP agent and a Modbus server whose
every answer a test can bend. BER is written out here, apart from the collector's and the
simulator's, so that a common mistake cannot hide.
"""
import bisect
import functools
import socket
import struct
import threading

INTEGER, OCTETS, NULL, OID = 0x02, 0x04, 0x05, 0x06
IPADDRESS, GAUGE, TICKS, COUNTER64 = 0x40, 0x42, 0x43, 0x46
NO_INSTANCE, END_OF_VIEW = 0x81, 0x82
GET, NEXT, RESPONSE, BULK = 0xA0, 0xA1, 0xA2, 0xA5


def tlv(tag, content):
    n = len(content)
    if n < 0x80:
        return bytes([tag, n]) + content
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def integer(value, tag=INTEGER):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


@functools.lru_cache(200000)
def name(oid):
    out = bytes([oid[0] * 40 + oid[1]])
    for arc in oid[2:]:
        part = bytes([arc & 0x7F])
        while arc := arc >> 7:
            part = bytes([0x80 | arc & 0x7F]) + part
        out += part
    return tlv(OID, out)


def split(data):
    """The TLVs of a string: [(tag, content)]."""
    found, at = [], 0
    while at < len(data):
        tag, n, at = data[at], data[at + 1], at + 2
        if n & 0x80:
            n, at = int.from_bytes(data[at:at + (n & 0x7F)], "big"), at + (n & 0x7F)
        found.append((tag, data[at:at + n]))
        at += n
    return found


@functools.lru_cache(200000)
def arcs(content):
    oid, arc = [content[0] // 40, content[0] % 40], 0
    for byte in content[1:]:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            oid.append(arc)
            arc = 0
    return tuple(oid)


class Request:
    def __init__(self, packet):
        (_, message), = split(packet)
        self.version, self.community, (self.pdu, body) = split(message)
        (_, self.id), (_, a), (_, b), (_, names) = split(body)
        self.non_repeaters, self.repetitions = int.from_bytes(a, "big"), int.from_bytes(b, "big")
        self.oids = [arcs(split(vb)[0][1]) for _, vb in split(names)]

    def response(self, vbs, status=0, index=0, request_id=None):
        """vbs: [(oid, value as TLV)]."""
        body = (tlv(INTEGER, self.id if request_id is None else request_id) + integer(status) +
                integer(index) + tlv(0x30, b"".join(tlv(0x30, name(o) + v) for o, v in vbs)))
        return tlv(0x30, tlv(*self.version) + tlv(*self.community) + tlv(RESPONSE, body))


asked = set()  # what any agent or server was ever asked to do: ("snmp", PDU), ("modbus", function)


class Agent:
    """Answers rightly; subclasses bend one thing. values: {oid: value as TLV}."""

    LIMIT = 65000  # bytes of an answer

    def __init__(self, case, host, port, values):
        self.values, self.order = values, sorted(values)
        self.requests = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.host, self.port = host, port
        self.open = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        case.addCleanup(self.close)

    def start(self):
        self.thread.start()
        return self

    def close(self):
        self.open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"", (self.host, self.port))
        if self.thread.ident:
            self.thread.join(10)
        self.socket.close()

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(65536)
            if not self.open:
                return
            if packet:
                self.requests += 1
                request = Request(packet)
                asked.add(("snmp", request.pdu))
                self.answer(request, peer)

    def answer(self, request, peer):
        self.send(request.response(self.bindings(request)), peer)

    def send(self, packet, peer):
        self.socket.sendto(packet, peer)

    def get(self, oid):
        return self.values.get(oid) or tlv(NO_INSTANCE, b"")

    def next(self, oid):
        """The instance behind oid and its value."""
        at = bisect.bisect_right(self.order, oid)
        if at == len(self.order):
            return oid, tlv(END_OF_VIEW, b"")
        return self.order[at], self.values[self.order[at]]

    def bindings(self, request):
        if request.pdu == GET:
            return [(oid, self.get(oid)) for oid in request.oids]
        rounds = request.repetitions if request.pdu == BULK else 1
        vbs, at, size = [], list(request.oids), 0
        for _ in range(rounds):
            for i, oid in enumerate(at):
                at[i], value = self.next(oid)
                size += len(value) + 30
                if vbs and size > self.LIMIT:
                    return vbs
                vbs.append((at[i], value))
        return vbs


class ModbusServer:
    """Registers of one unit; answer() returns what goes out for a request, or sends by itself."""

    def __init__(self, case, host, port, image):
        self.image = image  # bytes of the registers from 0 on
        self.connections, self.open = [], True
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.run, daemon=True)
        case.addCleanup(self.close)

    def start(self):
        self.thread.start()
        return self

    def close(self):
        self.open = False
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(10)

    def run(self):
        while self.open:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        stream = connection.makefile("rb")
        try:
            while len(request := stream.read(12)) == 12:
                asked.add(("modbus", request[7]))
                self.answer(connection, request)
        except (OSError, ValueError):
            pass
        connection.close()

    def values(self, request):
        start, n = struct.unpack(">HH", request[8:12])
        return self.image[2 * start:2 * (start + n)]

    @staticmethod
    def frame(request, data, length=None, count=None):
        pdu = bytes([request[7], len(data) if count is None else count]) + data
        size = len(pdu) + 1 if length is None else length
        return request[:4] + struct.pack(">H", size) + request[6:7] + pdu

    def answer(self, connection, request):
        connection.sendall(self.frame(request, self.values(request)))
