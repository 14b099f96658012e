"""Certificates, CRLs and paths: pkilint, OpenSSL, GnuTLS, Java, Python cryptography, pyHanko's path validator."""

import asyncio
import datetime
import pathlib
import re
import shutil
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import verification

from federation import CHAMBERS
from forge import DOCUMENT_SIGNING, UNHELD, Forger, chain_cases, load_certificate
from report import Refused

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


class Other:
    def __init__(self, federation, slug, name, domain):
        self.domain, self.organization = domain, name
        self.signer = load_certificate(federation.public / "certs" / f"{slug}-signer-1.pem")


def command(*arguments, timeout=60):
    done = subprocess.run([str(word) for word in arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout)
    return done.returncode, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def write_cases(cases, folder):
    """Every case as files: n.cer and n.crl in DER for Java, PEM for the commands."""
    for number, case in enumerate(cases):
        case.folder = folder / f"{number:03}"
        case.folder.mkdir(parents=True)
        (case.folder / "root.cer").write_bytes(case.root.public_bytes(DER))
        (case.folder / "root.pem").write_bytes(case.root.public_bytes(PEM))
        for index, certificate in enumerate(case.chain):
            (case.folder / f"{index}.cer").write_bytes(certificate.public_bytes(DER))
        (case.folder / "leaf.pem").write_bytes(case.chain[0].public_bytes(PEM))
        (case.folder / "untrusted.pem").write_bytes(b"".join(certificate.public_bytes(PEM) for certificate in case.chain[1:]))
        (case.folder / "chain.pem").write_bytes(b"".join(certificate.public_bytes(PEM) for certificate in case.chain + [case.root]))
        for index, crl in enumerate(case.crls):
            (case.folder / f"{index}.crl").write_bytes(crl.public_bytes(DER))
        (case.folder / "crls.pem").write_bytes(b"".join(crl.public_bytes(PEM) for crl in case.crls))


def judge(report, client, key, case, call):
    if case.says is None:
        report.accepts(client, case.name, call)
    elif case.says[key] is None:
        report.blind(client, case.name, call)
    else:
        report.refuses(client, case.name, call, case.says[key])


# pkilint

# The signer's SAN holds the DID as a URI, as some readers of x5c want; RFC 3986 allows the scheme, the linter knows only host names.
KNOWN_FINDING = (r'^GeneralNameUriSyntaxValidator @ \S+uniformResourceIdentifier\s+pkix\.invalid_uri_syntax \(ERROR\): '
                 r'Invalid URI syntax: "did:web:[a-z0-9.-]+"$')


def lint(binaries, tool, *arguments):
    code, text = command(binaries / tool, "lint", *arguments)
    text = text.strip()
    if code == 0 and not text:
        return
    raise Refused(text or f"exit {code}")


def pkilint(report, federation, binaries, forger, folder):
    client = "pkilint"
    certificates, crls = federation.public / "certs", federation.public / "crl"
    for path in sorted(certificates.glob("*.pem")):
        call = lambda: lint(binaries, "lint_pkix_cert", "-s", "NOTICE", path)
        if "-signer-" in path.name:
            report.cannot(client, path.name, call, KNOWN_FINDING)
        else:
            report.accepts(client, path.name, call)
    for path in sorted(crls.glob("*.crl")):
        kind = "ARL" if path.stem == "root" else "CRL"
        report.accepts(client, path.name, lambda: lint(binaries, "lint_crl", "-t", kind, "-p", "PKIX", "-s", "NOTICE", path))
    chain_tool = "lint_pkix_signer_signee_cert_chain"
    for slug, *_ in CHAMBERS:
        root, ca, signer = (certificates / f"{name}.pem" for name in ("root", f"{slug}-ca", f"{slug}-signer-1"))
        report.accepts(client, f"root over {slug}-ca", lambda: lint(binaries, chain_tool, "-s", "NOTICE", root, ca))
        report.accepts(client, f"{slug}-ca over signer", lambda: lint(binaries, chain_tool, "-s", "NOTICE", ca, signer))
    report.refuses(client, "one chamber's CA over another's signer",
                   lambda: lint(binaries, chain_tool, "-s", "NOTICE", certificates / "ajman-ca.pem", certificates / "dubai-signer-1.pem"), "name|key_identifier|issuer")
    # A linter sees form, not lies; these are faults of form.
    folder.mkdir()

    def faulty(name, certificate):
        path = folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(PEM))
        return lambda: lint(binaries, "lint_pkix_cert", "-s", "NOTICE", path)

    report.refuses(client, "a host name that is none", faulty("host", forger.certificate(host="not_a..host", uris=[])), "domain_name")
    report.refuses(client, "a CRL address that is none", faulty("crl", forger.certificate(crl="nowhere", uris=[])), "uri")
    report.refuses(client, "a CA's usage without a CA", faulty("usage", half_authority(forger)), "key_?usage|keyCertSign|basic_?constraints")


def half_authority(forger):
    from cryptography.hazmat.primitives import hashes
    public = forger.signer_key.public_key()
    usage = x509.KeyUsage(digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
                          key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False)
    identifier = forger.ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    return (x509.CertificateBuilder().subject_name(forger.signer.subject).issuer_name(forger.ca.subject).public_key(public)
            .serial_number(x509.random_serial_number()).not_valid_before(forger.now).not_valid_after(forger.now + datetime.timedelta(days=9))
            .add_extension(x509.BasicConstraints(False, None), True).add_extension(usage, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier(identifier, None, None), False).sign(forger.ca_key, hashes.SHA384()))


# OpenSSL

def openssl(case):
    code, text = command("openssl", "verify", "-x509_strict", "-auth_level", "2", "-policy_check", "-explicit_policy", "-policy", case.policy,
                         "-verify_hostname", case.host, "-crl_check_all", "-CRLfile", case.folder / "crls.pem", "-no-CApath", "-no-CAstore",
                         "-CAfile", case.folder / "root.pem", "-untrusted", case.folder / "untrusted.pem", case.folder / "leaf.pem")
    if code != 0:
        raise Refused(text)
    if not text.strip().endswith("OK"):
        raise RuntimeError(text)


# GnuTLS

def certtool(*arguments):
    code, text = command("certtool", *arguments)
    if code != 0 or re.search(r"not verified|NOT trusted|verification output: Not", text, re.I):
        raise Refused(text[-400:])
    if "erified" not in text:
        raise RuntimeError(text)


def gnutls(report, federation, cases, folder):
    """It does not read policyConstraints, which our CAs bear, critical as RFC 5280 wants it, and so refuses every path of ours.
    What remains is its reading of CRLs."""
    client = "GnuTLS certtool"
    for case in cases:
        if case.says is None:
            call = lambda: certtool("--verify", "--infile", case.folder / "chain.pem", "--load-ca-certificate", case.folder / "root.pem",
                                    "--load-crl", case.folder / "crls.pem")
            report.cannot(client, case.name, call, "unknown critical extension")
    folder.mkdir()
    certificates = federation.public / "certs"
    for path in sorted((federation.public / "crl").glob("*.crl")):
        file = folder / f"{path.stem}.pem"
        file.write_bytes(x509.load_der_x509_crl(path.read_bytes()).public_bytes(PEM))
        issuer = "root" if path.stem == "root" else f"{path.stem}-ca"
        verify = lambda by: certtool("--verify-crl", "--infile", file, "--load-ca-certificate", certificates / f"{by}.pem")
        report.accepts(client, path.name, lambda: verify(issuer))
        wrong = "ajman-ca" if path.stem == "dubai" else "dubai-ca"
        report.refuses(client, f"{path.name} by another CA", lambda: verify(wrong), "not verified|issuer|not trusted")


# Java

def java(report, cases, source):
    client = "Java PKIX"
    listing = cases[0].folder.parent / "java.tsv"
    listing.write_text("".join(f"{number}\t{case.folder}\t{case.host}\t{case.policy}\n" for number, case in enumerate(cases)))
    code, text = command("java", source, listing, timeout=300)
    answers = dict((int(line.split("\t")[0]), line.split("\t")[1:]) for line in text.splitlines() if re.match(r"\d+\t", line))
    if code != 0 or len(answers) != len(cases):
        report.problem(client, "run", text[-600:])
        return

    def answer(number):
        verdict, words = answers[number]
        if verdict == "refused":
            raise Refused(words)
        if verdict != "accepted":
            raise RuntimeError(words)

    for number, case in enumerate(cases):
        judge(report, client, "java", case, lambda: answer(number))


# Python cryptography

def cryptography(report, federation):
    """It does not support directoryName constraints and refuses every path of ours; the signatures of the steps it can check."""
    client = "Python cryptography"
    certificates = federation.public / "certs"
    critical, plain = verification.Criticality.CRITICAL, verification.Criticality.NON_CRITICAL
    base = verification.ExtensionPolicy.permit_all()
    authorities = base.require_present(x509.BasicConstraints, critical, None).require_present(x509.KeyUsage, critical, None)
    for extension in (x509.NameConstraints, x509.PolicyConstraints, x509.InhibitAnyPolicy):
        authorities = authorities.may_be_present(extension, critical, None)
    ends = base.require_present(x509.SubjectAlternativeName, plain, None).require_present(x509.ExtendedKeyUsage, plain, None)
    root = load_certificate(certificates / "root.pem")
    store = verification.Store([root])
    loaded = {slug: (load_certificate(certificates / f"{slug}-ca.pem"), load_certificate(certificates / f"{slug}-signer-1.pem"), domain)
              for slug, _, _, _, domain in CHAMBERS}

    def path(ca, signer, domain):
        builder = verification.PolicyBuilder().store(store).extension_policies(ca_policy=authorities, ee_policy=ends)
        try:
            builder.build_server_verifier(x509.DNSName(domain)).verify(signer, [ca])
        except verification.VerificationError as refusal:
            raise Refused(str(refusal)) from None

    def issued(certificate, issuer):
        try:
            certificate.verify_directly_issued_by(issuer)
        except Exception as refusal:
            raise Refused(f"{type(refusal).__name__} {refusal}") from None

    def signs(crl, issuer):
        if not crl.is_signature_valid(issuer.public_key()):
            raise Refused("signature")

    for slug, (ca, signer, domain) in loaded.items():
        report.cannot(client, f"path of {slug}", lambda: path(ca, signer, domain), "unsupported directoryName constraint")
        report.accepts(client, f"{slug}: CA by root", lambda: issued(ca, root))
        report.accepts(client, f"{slug}: signer by CA", lambda: issued(signer, ca))
        crl = x509.load_der_x509_crl(federation.read(f"crl/{slug}.crl"))
        report.accepts(client, f"{slug}: CRL", lambda: signs(crl, ca))
        for other, (foreign, _, _) in loaded.items():
            if other != slug:
                report.refuses(client, f"{slug}: signer by {other}'s CA", lambda: issued(signer, foreign), "issuer|subject|signature|ValueError")
                report.refuses(client, f"{slug}: CRL by {other}'s CA", lambda: signs(crl, foreign), "signature")
    crl = x509.load_der_x509_crl(federation.read("crl/root.crl"))
    report.accepts(client, "CRL of the root", lambda: signs(crl, root))


# pyHanko

def pyhanko(case):
    from asn1crypto import x509 as asn1
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError
    from pyhanko_certvalidator.policy_decl import PKIXValidationParams

    chain = [asn1.Certificate.load(certificate.public_bytes(DER)) for certificate in case.chain]
    context = ValidationContext(trust_roots=[asn1.Certificate.load(case.root.public_bytes(DER))], crls=[crl.public_bytes(DER) for crl in case.crls],
                                revocation_mode="require", allow_fetching=False, moment=datetime.datetime.now(datetime.timezone.utc))
    rules = PKIXValidationParams(user_initial_policy_set=frozenset([case.policy]), initial_explicit_policy=True)
    validator = CertificateValidator(chain[0], intermediate_certs=chain[1:], validation_context=context, pkix_params=rules)

    async def validate():
        await validator.async_validate_usage({"digital_signature", "non_repudiation"}, {DOCUMENT_SIGNING.dotted_string}, extended_optional=False)

    try:
        asyncio.run(validate())
    except (ValidationError, PathError, PathBuildingError) as refusal:
        raise Refused(f"{type(refusal).__name__} {refusal}") from None
    if case.host not in chain[0].valid_domains:
        raise Refused(f"host: the certificate names the domain {', '.join(chain[0].valid_domains)}")


def run(report, federation, tools, work):
    forger = Forger(federation, "dubai", "dubai-chamber.example", "Dubai Chamber (sample)")
    other = Other(federation, "ajman", "Ajman Chamber (sample)", "ajman-chamber.example")
    cases = list(chain_cases(federation, forger, other))
    write_cases(cases, work / "chains")
    pkilint(report, federation, pathlib.Path(tools["bin"]), forger, work / "lint")
    for case in cases:
        judge(report, "OpenSSL verify", "openssl", case, lambda: openssl(case))
    if shutil.which("certtool"):
        gnutls(report, federation, cases, work / "gnutls")
    if tools.get("java"):
        java(report, cases, pathlib.Path(__file__).parent / "PathCheck.java")
    cryptography(report, federation)
    for case in cases:
        judge(report, "pyHanko path validator", "pyhanko", case, lambda: pyhanko(case))
    return forger, other, cases
