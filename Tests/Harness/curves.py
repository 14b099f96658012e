"""Signature checks for the audit, from the standards' formulas alone (FIPS 186-5, RFC 8032): nothing here is shared with khatm.

Slow (2 to 10 ms a check) and not constant in time: it only ever sees public values.
"""
import hashlib

# name: (p, a, b, n, gx, gy, bytes, hash)
CURVES = {
    "1.2.840.10045.3.1.7": (
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF, -3,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5, 32, hashlib.sha256),
    "1.3.132.0.34": (
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF, -3,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F, 48, hashlib.sha384),
}


def _double(p, a, point):
    x, y, z = point
    if not y:
        return (0, 1, 0)
    s = 4 * x * y * y % p
    z2 = z * z % p
    m = (3 * x * x + a * z2 * z2) % p
    x3 = (m * m - 2 * s) % p
    return (x3, (m * (s - x3) - 8 * pow(y, 4, p)) % p, 2 * y * z % p)


def _add(p, a, one, two):
    if not one[2]:
        return two
    if not two[2]:
        return one
    x1, y1, z1 = one
    x2, y2, z2 = two
    z1s, z2s = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * z2s % p, x2 * z1s % p
    s1, s2 = y1 * z2s * z2 % p, y2 * z1s * z1 % p
    if u1 == u2:
        return _double(p, a, one) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % p
    h3 = h * h2 % p
    v = u1 * h2 % p
    x3 = (r * r - h3 - 2 * v) % p
    return (x3, (r * (v - x3) - s1 * h3) % p, h * z1 * z2 % p)


def ecdsa(oid, point, message, signature):
    """True when the raw r||s signature holds. `point` is 04||x||y."""
    p, a, b, n, gx, gy, size, digest = CURVES[oid]
    if len(signature) != 2 * size or len(point) != 2 * size + 1 or point[0] != 4:
        return False
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    if not (0 < r < n and 0 < s < n):
        return False
    qx, qy = int.from_bytes(point[1:size + 1], "big"), int.from_bytes(point[size + 1:], "big")
    if (qy * qy - qx * qx * qx - a * qx - b) % p:
        return False
    w = pow(s, -1, n)
    e = int.from_bytes(digest(message).digest()[:size], "big")
    u1, u2 = e * w % n, r * w % n
    g, q = (gx, gy, 1), (qx, qy, 1)
    both, total = _add(p, a, g, q), (0, 1, 0)
    for bit in range(max(u1.bit_length(), u2.bit_length()) - 1, -1, -1):
        total = _double(p, a, total)
        pick = (u1 >> bit & 1) | (u2 >> bit & 1) << 1
        if pick:
            total = _add(p, a, total, (g, q, both)[pick - 1])
    if not total[2]:
        return False
    return total[0] * pow(total[2] * total[2], -1, p) % p % n == r


P25519 = 2**255 - 19
L25519 = 2**252 + 27742317777372353535851937790883648493
D25519 = -121665 * pow(121666, -1, P25519) % P25519


def _recover(y, sign):
    if y >= P25519:
        return None
    x2 = (y * y - 1) * pow(D25519 * y * y + 1, -1, P25519) % P25519
    x = pow(x2, (P25519 + 3) // 8, P25519)
    if (x * x - x2) % P25519:
        x = x * pow(2, (P25519 - 1) // 4, P25519) % P25519
    if (x * x - x2) % P25519 or (x == 0 and sign):
        return None
    return P25519 - x if x & 1 != sign else x


def _edpoint(data):
    y = int.from_bytes(data, "little")
    x = _recover(y & (1 << 255) - 1, y >> 255)
    return None if x is None else (x, y & (1 << 255) - 1, 1, x * (y & (1 << 255) - 1) % P25519)


def _edadd(one, two):
    p = P25519
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % p, (one[1] + one[0]) * (two[1] + two[0]) % p
    c, d = 2 * one[3] * two[3] * D25519 % p, 2 * one[2] * two[2] % p
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % p, g * h % p, f * g % p, e * h % p)


def _edmul(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _edadd(total, point)
        point = _edadd(point, point)
        scalar >>= 1
    return total


_BASE = _edpoint(bytes.fromhex("58" + "66" * 31))


def ed25519(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = _edpoint(public), _edpoint(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L25519:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L25519
    left, right = _edmul(s, _BASE), _edadd(r, _edmul(k, key))
    return (left[0] * right[2] - right[0] * left[2]) % P25519 == 0 and (left[1] * right[2] - right[1] * left[2]) % P25519 == 0


# DER, as far as SubjectPublicKeyInfo and the serial of a certificate need it.

def tlv(data, at=0):
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    return tag, data[at:at + length], at + length


def children(data):
    at, found = 0, []
    while at < len(data):
        tag, body, at = tlv(data, at)
        found.append((tag, body))
    return found


def oid(body):
    parts, value = [str(min(body[0] // 40, 2)), str(body[0] - 40 * min(body[0] // 40, 2))], 0
    for byte in body[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(str(value))
            value = 0
    return ".".join(parts)


class Key:
    """A public key from its SubjectPublicKeyInfo."""

    def __init__(self, spki):
        algorithm, bits = children(tlv(spki)[1])
        names = children(algorithm[1])
        self.algorithm = oid(names[0][1])
        self.curve = oid(names[1][1]) if len(names) > 1 and names[1][0] == 6 else None
        self.point = bits[1][1:]

    def holds(self, message, signature):
        if self.algorithm == "1.3.101.112":
            return ed25519(self.point, message, signature)
        return ecdsa(self.curve, self.point, message, signature)


def certificate_serial(der):
    fields = children(children(tlv(der)[1])[0][1])
    return next(body for tag, body in fields if tag == 2)
