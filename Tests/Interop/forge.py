"""Attacks on tokens and chains. The keys are those of the sample federation, so that a forgery is wrong in one thing only."""

import datetime
import hashlib
import hmac
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from federation import PASSPHRASE, pad, unpad

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def load_key(path):
    return serialization.load_pem_private_key(path.read_bytes(), PASSPHRASE.encode())


def load_certificate(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def raw_es256(key, message):
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signed(header, payload, key):
    """A token by any of our keys: `payload` as bytes or an object."""
    body = payload if isinstance(payload, bytes) else dump(payload)
    text = pad(dump(header)) + "." + pad(body)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(text.encode())
    elif isinstance(key, rsa.RSAPrivateKey):
        filling = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if header["alg"].startswith("PS") else padding.PKCS1v15()
        signature = key.sign(text.encode(), filling, hashes.SHA256())
    else:
        signature = raw_es256(key, text.encode())
    return text + "." + pad(signature)


def thumbprint(jwk):
    """RFC 7638 for EC keys."""
    return pad(hashlib.sha256(dump({name: jwk[name] for name in ("crv", "kty", "x", "y")})).digest())


def ec_jwk(public):
    numbers = public.public_numbers()
    return {"kty": "EC", "crv": "P-256", "x": pad(numbers.x.to_bytes(32, "big")), "y": pad(numbers.y.to_bytes(32, "big"))}


def broken_tokens(token, other, key):
    """(name, token) of everything that must not verify. `key` is the genuine private key, `other` another genuine token of the same key."""
    head, body, mac = token.split(".")
    header, payload, signature = json.loads(unpad(head)), json.loads(unpad(body)), unpad(mac)
    public = key.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")

    def with_signature(raw):
        return f"{head}.{body}.{pad(raw)}"

    def hs256(secret, alg="HS256"):
        text = pad(dump(dict(header, alg=alg))) + "." + body
        return text + "." + pad(hmac.new(secret, text.encode(), hashlib.sha256).digest())

    for index in (0, 31, 32, 63):
        flipped = bytearray(signature)
        flipped[index] ^= 1
        yield f"bit flip in signature byte {index}", with_signature(flipped)
    raw = bytearray(unpad(body))
    place = raw.index(b'"membershipNumber":"') + 20
    raw[place] ^= 1
    yield "bit flip in the payload", f"{head}.{pad(raw)}.{mac}"
    yield "changed payload", f"{head}.{pad(dump(dict(payload, name='Somebody else')))}.{mac}"
    yield "longer validity", f"{head}.{pad(dump(dict(payload, validUntil='2099-12-31T23:59:59Z')))}.{mac}"
    yield "changed header", f"{pad(dump(dict(header, cty='xx')))}.{body}.{mac}"
    yield "another token's signature", f"{head}.{body}.{other.split('.')[2]}"
    yield "another token's payload", f"{head}.{other.split('.')[1]}.{mac}"
    yield "alg none, no signature", f"{pad(dump(dict(header, alg='none')))}.{body}."
    yield "alg none, old signature", f"{pad(dump(dict(header, alg='none')))}.{body}.{mac}"
    yield "alg None in other letters", f"{pad(dump(dict(header, alg='nOnE')))}.{body}."
    yield "HS256 with the public key as PEM", hs256(pem)
    yield "HS256 with the public point", hs256(public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))
    yield "HS256 with nothing", hs256(b"")
    yield "DER signature", with_signature(utils.encode_dss_signature(r, s))
    yield "all-zero signature", with_signature(bytes(64))
    yield "r = 0", with_signature(bytes(32) + signature[32:])
    yield "s = 0", with_signature(signature[:32] + bytes(32))
    yield "r + n", with_signature((r + P256_ORDER).to_bytes(33, "big")[-32:] + signature[32:])
    yield "s and r exchanged", with_signature(signature[32:] + signature[:32])
    yield "signature cut by a byte", with_signature(signature[:-1])
    yield "signature longer by a byte", with_signature(signature + b"\0")
    yield "empty signature", f"{head}.{body}."
    yield "alg ES384 with this key", f"{pad(dump(dict(header, alg='ES384')))}.{body}.{mac}"
    stranger = ec.generate_private_key(ec.SECP256R1())
    yield "a stranger's key under our kid", signed(header, unpad(body), stranger)
    yield "a stranger's key, brought along as jwk", signed(dict(header, jwk=ec_jwk(stranger.public_key())), unpad(body), stranger)
    yield "a stranger's key, pointed at by jku", signed(dict(header, jku="https://evil.example/jwks.json"), unpad(body), stranger)
    yield "a stranger's key, pointed at by x5u", signed(dict(header, x5u="https://evil.example/chain.pem"), unpad(body), stranger)


def broken_rsa_tokens(token, other, key):
    """The same for an RS256 token; `key` is the genuine RSA key."""
    head, body, mac = token.split(".")
    header, payload, signature = json.loads(unpad(head)), json.loads(unpad(body)), unpad(mac)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def hs256(secret):
        text = pad(dump(dict(header, alg="HS256"))) + "." + body
        return text + "." + pad(hmac.new(secret, text.encode(), hashlib.sha256).digest())

    for index in (0, len(signature) // 2, len(signature) - 1):
        flipped = bytearray(signature)
        flipped[index] ^= 1
        yield f"bit flip in signature byte {index}", f"{head}.{body}.{pad(flipped)}"
    yield "changed payload", f"{head}.{pad(dump(dict(payload, name='Somebody else')))}.{mac}"
    yield "another token's signature", f"{head}.{body}.{other.split('.')[2]}"
    yield "alg none, no signature", f"{pad(dump(dict(header, alg='none')))}.{body}."
    yield "HS256 with the public key as PEM", hs256(pem)
    yield "HS256 with the modulus", hs256(key.public_key().public_numbers().n.to_bytes(384, "big"))
    yield "alg ES256 with this key", f"{pad(dump(dict(header, alg='ES256')))}.{body}.{mac}"
    yield "all-zero signature", f"{head}.{body}.{pad(bytes(len(signature)))}"
    yield "signature 1", f"{head}.{body}.{pad(bytes(len(signature) - 1) + bytes([1]))}"
    yield "signature with a zero in front", f"{head}.{body}.{pad(bytes(1) + signature)}"
    yield "signature cut by a byte", f"{head}.{body}.{pad(signature[:-1])}"
    yield "PS256 signature under RS256", f"{head}.{body}.{signed(dict(header, alg='PS256'), payload, key).split('.')[2]}"
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    yield "a stranger's key under our kid", signed(header, unpad(body), stranger)


def critical_tokens(token, key):
    """Well signed, but with header members that a reader must understand or refuse (RFC 7515, 4.1.11)."""
    head, body, _ = token.split(".")
    header = json.loads(unpad(head))
    yield "unknown crit", signed(dict(header, crit=["urn:example:must-understand"], **{"urn:example:must-understand": True}), unpad(body), key)
    yield "crit names an absent member", signed(dict(header, crit=["exp-of-header"]), unpad(body), key)
    yield "empty crit", signed(dict(header, crit=[]), unpad(body), key)
    text = pad(dump(dict(header, crit=["b64"], b64=False)))
    raw = raw_es256(key, text.encode() + b"." + unpad(body))
    yield "unencoded payload (b64 false)", f"{text}.{body}.{pad(raw)}"


DAY = datetime.timedelta(days=1)
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
UNHELD = "1.3.6.1.4.1.32473.9.9"


class Forger:
    """Holds the keys of one chamber's issuing CA and of its signer, as a thief would."""

    def __init__(self, federation, slug, domain, organization):
        certificates, keys = federation.public / "certs", federation.home / "keys"
        self.root = load_certificate(certificates / "root.pem")
        self.ca, self.ca_key = load_certificate(certificates / f"{slug}-ca.pem"), load_key(keys / f"{slug}-ca.key.pem")
        self.signer, self.signer_key = load_certificate(certificates / f"{slug}-signer-1.pem"), load_key(keys / f"{slug}-signer-1.key.pem")
        self.domain, self.organization = domain, organization
        self.now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.policies = [policy.policy_identifier.dotted_string for policy in self.signer.extensions.get_extension_for_class(x509.CertificatePolicies).value]

    def certificate(self, *, host=None, organization=None, policies=None, usages=(DOCUMENT_SIGNING,), public=None, issuer=None, issuer_key=None,
                    ca=False, path=None, start=None, end=None, crl=None, digest=None, common="Credential Signer 9", uris=None):
        """A certificate like the signer's, but for what is given."""
        issuer, issuer_key = issuer or self.ca, issuer_key or self.ca_key
        name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "AE"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization or self.organization),
                          x509.NameAttribute(NameOID.COMMON_NAME, common)])
        public = public or self.signer_key.public_key()
        usage = dict(digital_signature=not ca, content_commitment=not ca, key_encipherment=False, data_encipherment=False, key_agreement=False,
                     key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False)
        builder = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject).public_key(public).serial_number(x509.random_serial_number())
                   .not_valid_before(start or self.now - DAY / 24).not_valid_after(end or self.now + 300 * DAY)
                   .add_extension(x509.BasicConstraints(ca, path if ca else None), True).add_extension(x509.KeyUsage(**usage), True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
                   .add_extension(x509.AuthorityKeyIdentifier(issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest, None, None), False))
        if not ca:
            host = host or self.domain
            names = [x509.DNSName(host)] + [x509.UniformResourceIdentifier(uri) for uri in ([f"did:web:{host}"] if uris is None else uris)]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
            if usages:
                builder = builder.add_extension(x509.ExtendedKeyUsage(list(usages)), False)
        held = self.policies if policies is None else policies
        if held:
            builder = builder.add_extension(x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in held]), False)
        points = [x509.DistributionPoint([x509.UniformResourceIdentifier(crl or "http://khatm.example/crl/dubai.crl")], None, None, None)]
        builder = builder.add_extension(x509.CRLDistributionPoints(points), False)
        return builder.sign(issuer_key, digest or hashes.SHA384())

    def crl(self, revoked=(), number=1_000_000, start=None, end=None, issuer=None, key=None):
        issuer = issuer or self.ca
        builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
                   .last_update(start or self.now - DAY / 24).next_update(end or self.now + 7 * DAY)
                   .add_extension(x509.CRLNumber(number), False)
                   .add_extension(x509.AuthorityKeyIdentifier(issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest, None, None), False))
        for certificate in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(self.now - DAY / 48).build())
        return builder.sign(key or self.ca_key, hashes.SHA384())

    def flipped_certificate(self):
        raw = bytearray(self.signer.public_bytes(serialization.Encoding.DER))
        raw[-3] ^= 1
        return x509.load_der_x509_certificate(bytes(raw))


class Case:
    """A chain, leaf first without the root, and what to ask of it. `says`: words of each client; None: it does not look at this."""

    def __init__(self, name, chain, *, root, crls, host, policy, says=None, resigns=True):
        self.name, self.chain, self.root, self.crls, self.host, self.policy = name, chain, root, crls, host, policy
        self.says = says              # None: must be accepted
        self.resigns = resigns        # the leaf is about the genuine signer's key, so a token can be signed for it


def chain_cases(federation, forger, other):
    """Good chains of every chamber, and chains that are wrong in one thing. `other`: (certificates, domain, organization) of another chamber."""
    public = federation.public
    root = forger.root
    root_crl = x509.load_der_x509_crl((public / "crl/root.crl").read_bytes())
    own_crl = x509.load_der_x509_crl((public / "crl/dubai.crl").read_bytes())
    policy = "1.3.6.1.4.1.32473.2.1"
    good = dict(root=root, crls=[root_crl, own_crl], host=forger.domain, policy=policy)
    # A thief's CRL over the same CA replaces ours where the leaf is not of our making.
    from federation import CHAMBERS
    for slug, _, _, _, domain in CHAMBERS:
        chain = [load_certificate(public / "certs" / f"{slug}-signer-1.pem"), load_certificate(public / "certs" / f"{slug}-ca.pem")]
        crl = x509.load_der_x509_crl((public / "crl" / f"{slug}.crl").read_bytes())
        yield Case(f"{slug}: signer, CA, CRLs", chain, **dict(good, crls=[root_crl, crl], host=domain))
    yield Case("a second signer, rightly made", [forger.certificate(), forger.ca], **good)

    def bad(name, chain, openssl, java, pyhanko, resigns=True, **changes):
        return Case(name, chain, **dict(good, **changes), says={"openssl": openssl, "java": java, "pyhanko": pyhanko}, resigns=resigns)

    make, ca = forger.certificate, forger.ca
    yield bad("another chamber's host", [make(host=other.domain), ca], "permitted subtree violation", "name constraints|INVALID_NAME", "names that are not|permitted", host=other.domain)
    yield bad("another chamber's organisation", [make(organization=other.organization), ca], "permitted subtree violation", "name constraints", "permitted")
    yield bad("another chamber's host and organisation", [make(host=other.domain, organization=other.organization), ca], "permitted subtree violation",
              "name constraints", "permitted", host=other.domain)
    yield bad("a host of the chamber that was not asked for", [make(host="shop." + forger.domain), ca], "hostname mismatch", "target certificate constraints", "domain|host")
    yield bad("a policy that the CA does not hold", [make(policies=[UNHELD]), ca], "explicit policy", "INVALID_POLICY|policy", "policy|policies", policy=UNHELD)
    yield bad("no policy", [make(policies=[]), ca], "explicit policy", "INVALID_POLICY|policy", "policy|policies")
    yield bad("anyPolicy", [make(policies=["2.5.29.32.0"]), ca], "explicit policy", "INVALID_POLICY|policy", "policy|policies")
    yield bad("a policy that was not asked for", [forger.signer, ca], "explicit policy", "INVALID_POLICY|policy", "policy|policies", policy="1.3.6.1.4.1.32473.2.99", resigns=False)
    between_key = ec.generate_private_key(ec.SECP384R1())
    between = make(ca=True, path=0, public=between_key.public_key(), common="Second CA", usages=())
    longer = make(issuer=between, issuer_key=between_key)
    yield bad("a CA more", [longer, between, ca], "path length constraint", "path ?len|PATH_TOO_LONG", "path length|maximum path", crls=[root_crl, own_crl, forger.crl(issuer=between, key=between_key)])
    yield bad("issued by a signer", [make(issuer=forger.signer, issuer_key=forger.signer_key, digest=hashes.SHA256()), forger.signer, ca],
              "invalid CA certificate|certificate sign|not allowed", "INVALID_KEY_USAGE|NOT_CA_CERT", "not a CA")
    yield bad("a CA as signer", [make(ca=True, path=0, common="CA as signer", usages=()), ca], "hostname mismatch|path length", "target certificate constraints|PATH_TOO_LONG", "path|usage|purpose|host|domain")
    yield bad("a signer that has ended", [make(start=forger.now - 30 * DAY, end=forger.now - DAY), ca], "expired", "EXPIRED", "expired")
    yield bad("a signer that has not begun", [make(start=forger.now + DAY), ca], "not yet valid", "NOT_YET_VALID", "not valid until|not yet")
    yield bad("a revoked signer", [forger.signer, ca], "revoked", "REVOKED", "revoked", crls=[root_crl, forger.crl([forger.signer])], resigns=False)
    yield bad("a CRL past its end", [forger.signer, ca], "CRL has expired", "UNDETERMINED|revocation status", "revocation|CRL|fresh", resigns=False,
              crls=[root_crl, forger.crl(start=forger.now - 9 * DAY, end=forger.now - 2 * DAY)])
    yield bad("no CRL of the CA", [forger.signer, ca], "unable to get certificate CRL", "UNDETERMINED|revocation status", "revocation|CRL", crls=[root_crl], resigns=False)
    yield bad("no CRL of the root", [forger.signer, ca], "unable to get certificate CRL", "UNDETERMINED|revocation status", "revocation|CRL", crls=[own_crl], resigns=False)
    yield bad("a CRL by another key", [forger.signer, ca], "CRL signature failure|unable to get certificate CRL", "UNDETERMINED|revocation status", "revocation|CRL",
              crls=[root_crl, forger.crl(key=ec.generate_private_key(ec.SECP384R1()))], resigns=False)
    yield bad("the key usage of a TLS server", [make(usages=(ExtendedKeyUsageOID.SERVER_AUTH,)), ca], None, "target certificate constraints", "key usage|purpose")
    yield bad("no extended key usage", [make(usages=()), ca], None, None, "key usage|purpose|extended")
    yield bad("a bit of the signature", [forger.flipped_certificate(), ca], "signature failure|decode|asn1", "INVALID_SIGNATURE|signature", "signature", resigns=False)
    yield bad("another chamber's signer under our CA", [other.signer, ca], "unable to get (local )?issuer|signature failure|authority and subject key", "NAME_CHAINING|name constraints", "issuer|unable to build|signature", host=other.domain, resigns=False)
    yield bad("another chamber's host asked of our signer", [forger.signer, ca], "hostname mismatch", "target certificate constraints", "domain|host", host=other.domain, resigns=False)
    yield bad("RSA of 1024 bits", [make(public=rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()), ca], "key too weak", None, None, resigns=False)
    false_root_key = ec.generate_private_key(ec.SECP384R1())
    false_root = false_anchor(forger, false_root_key)
    false_ca = relabelled(forger, false_root, false_root_key)
    yield bad("a root of the same name", [forger.signer, false_ca], "signature failure|unable to get (local )?issuer|self-signed|authority and subject", "INVALID_SIGNATURE|signature|SIGNATURE", "signature|unable to build|issuer", resigns=False)


def false_anchor(forger, key):
    """A self-signed certificate with the name and key identifier of the genuine root."""
    identifier = forger.root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (x509.CertificateBuilder().subject_name(forger.root.subject).issuer_name(forger.root.subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(forger.now - DAY).not_valid_after(forger.now + 900 * DAY)
            .add_extension(x509.BasicConstraints(True, 1), True).add_extension(identifier, False).sign(key, hashes.SHA384()))


def relabelled(forger, issuer, key):
    """The chamber's CA, every extension kept, signed by somebody else."""
    builder = (x509.CertificateBuilder().subject_name(forger.ca.subject).issuer_name(issuer.subject).public_key(forger.ca.public_key())
               .serial_number(forger.ca.serial_number).not_valid_before(forger.ca.not_valid_before_utc).not_valid_after(forger.ca.not_valid_after_utc))
    for extension in forger.ca.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(key, hashes.SHA384())
