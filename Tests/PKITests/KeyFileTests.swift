import Fixtures
import Foundation
import TestSupport
import Testing

@testable import PKI

/// Text around DER (RFC 7468): one block, in whatever lines it was broken.
@Suite struct PEMTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  private func read(_ text: String) -> [UInt8]? { PEM.decode(Array(text.utf8))?.der }

  @Test func linesAndSurroundings() {
    let pem = authority.a.signer.pem
    let der = authority.a.signer.der
    let body = pem.split(separator: "\n").dropFirst().dropLast()
    let begin = "-----BEGIN CERTIFICATE-----\n"
    let end = "-----END CERTIFICATE-----\n"
    #expect(pem == begin + body.joined(separator: "\n") + "\n" + end && body.allSatisfy { $0.utf8.count <= 64 })
    for (name, text) in [
      ("as written", pem), ("CRLF", pem.replacingOccurrences(of: "\n", with: "\r\n")),
      ("no line end", String(pem.dropLast())),
      ("white space behind", pem + " \r\n\t\n"), ("text before", "Certificate:\n    Data: -----\n" + pem),
      ("trailing spaces", begin + body.joined(separator: "  \n") + "\n" + end),
      ("much before", String(repeating: "x\n", count: 100_000) + pem),
    ] { #expect(read(text) == der, "\(name)") }
    for (name, text) in [
      ("empty", ""), ("no block", "hello\n"), ("base64 alone", body.joined(separator: "\n")),
      ("text behind", pem + "."),
      ("NUL behind", pem + "\u{0}"), ("two blocks", pem + pem), ("another block behind", pem + authority.a.crl.pem),
      ("block before", authority.a.crl.pem + pem), ("no end", begin + body.joined(separator: "\n")),
      ("other end", begin + body.joined(separator: "\n") + "\n-----END CERTIFICAT-----\n"),
      ("four hyphens", pem.replacingOccurrences(of: "-----", with: "----")),
      ("character outside the alphabet", pem.replacingOccurrences(of: "MII", with: "M*I")),
      ("cut inside", begin + body.joined(separator: "\n").dropLast() + "\n" + end), ("indented", " " + pem),
    ] { #expect(read(text) == nil, "\(name)") }
  }

  @Test func labelsAreExact() {
    let (signer, list) = (authority.a.signer, authority.a.crl)
    func certificate(_ label: String) -> Bool {
      do {
        return try Certificate(pem: Array(signer.pem.replacingOccurrences(of: "CERTIFICATE", with: label).utf8))
          == signer
      } catch { return false }
    }
    #expect(certificate("CERTIFICATE"))
    for label in [
      "X509 CERTIFICATE", "TRUSTED CERTIFICATE", "certificate", "CERTIFICATE ", "CERTIFICATES", "PUBLIC KEY",
      "X509 CRL", "CERTIFICATE\u{301}",
    ] {
      #expect(!certificate(label), "\(label)")
    }
    let header = signer.pem.replacingOccurrences(of: "CERTIFICATE-----\nM", with: "CERTIFICATE-----\nX-Note: a\n\nM")
    #expect(PEM.decode(Array(header.utf8))?.hasHeader == true)
    #expect(throws: CertificateRejection.malformed("PEM")) { try Certificate(pem: Array(header.utf8)) }
    for label in ["CRL", "X509  CRL", "x509 crl"] {
      #expect(throws: RevocationListRejection.malformed("PEM")) {
        try RevocationList(pem: Array(list.pem.replacingOccurrences(of: "X509 CRL", with: label).utf8))
      }
    }
    let key = signer.publicKey
    for label in ["RSA PUBLIC KEY", "CERTIFICATE", "PRIVATE KEY"] {
      #expect(throws: KeyRejection.malformed) {
        try PublicKey(pem: Array(key.pem.replacingOccurrences(of: "PUBLIC KEY", with: label).utf8))
      }
    }
  }

  @Test func everyLengthComesBack() {
    for count in 1...200 {
      let der = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      let block = PEM.decode(Array(PEM.encode("X", der).utf8))
      #expect(block?.der == der && block?.isLabelled("X") == true && block?.isLabelled("Y") == false)
    }
  }
}

/// Key files that other programs write (RFC 5958, 8018).
@Suite struct KeyFileTests {
  private static let p256 = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]

  /// An encrypted PKCS#8 file of a fresh key, made by the command; nil without one.
  private func sealed(_ options: [String], of generate: [String] = p256) throws -> [UInt8]? {
    guard let clear = try openssl(generate),
      let out = try openssl(["pkcs8", "-topk8", "-passout", "pass:x"] + options, input: clear.bytes)
    else { return nil }
    #expect(clear.status == 0 && out.status == 0, "\(options) \(out.errors)")
    return out.bytes
  }

  private func error(_ file: [UInt8], _ passphrase: String = "x") -> KeyRejection? {
    do {
      _ = try PrivateKey(encryptedPEM: file, passphrase: Array(passphrase.utf8))
      return nil
    } catch { return error }
  }

  @Test func everyCipherOfTheCommand() throws {
    for options in [
      ["-v2", "aes-128-cbc"], ["-v2", "aes-192-cbc"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
      ["-v2", "des3", "-iter", "1"],
      ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"], ["-v2", "camellia-256-cbc"], ["-v1", "PBE-SHA1-3DES"],
      ["-scrypt", "-scrypt_N", "1024", "-scrypt_r", "8", "-scrypt_p", "1"],
    ] {
      guard let file = try sealed(options) else { return }
      #expect(error(file) == nil, "\(options)")
      for wrong in ["", "X", "xx", "x "] { #expect(error(file, wrong) == .wrongPassphrase, "\(options) \(wrong)") }
    }
  }

  @Test func keysWeHaveNoUseFor() throws {
    for (generate, wanted) in [
      (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], KeyRejection.unsupportedKind),
      (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"], .unsupportedKind),
      (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-224"], .unsupportedKind),
      (["genpkey", "-algorithm", "ED448"], .unsupportedKind), (["genpkey", "-algorithm", "X25519"], .unsupportedKind),
      (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], .tooShort(bits: 1024)),
    ] {
      guard let file = try sealed(["-v2", "aes-256-cbc", "-iter", "1"], of: generate) else { return }
      #expect(error(file) == wanted, "\(generate)")
    }
  }

  @Test func filesThatAreNoEncryptedKey() throws {
    guard let clear = try openssl(Self.p256), let file = try sealed(["-v2", "aes-256-cbc", "-iter", "1"]),
      let old = try openssl(["ec", "-aes256", "-passout", "pass:x"], input: clear.bytes),
      let der = try openssl(["pkcs8", "-topk8", "-outform", "DER", "-passout", "pass:x"], input: clear.bytes)
    else { return }
    // the old form is encrypted with a key from MD5
    #expect(error(clear.bytes) == .notEncrypted && error(old.bytes) == .notEncrypted)
    #expect(String(decoding: old.bytes, as: UTF8.self).contains("Proc-Type: 4,ENCRYPTED"))
    #expect(error(der.bytes) == .malformed && error([]) == .malformed && error(file + file) == .malformed)
    #expect(error(Array(PrivateKey.pemOfClear(file).utf8)) == .notEncrypted)
    let block = try #require(PEM.decode(file))
    #expect(error(Array(PEM.encode("ENCRYPTED PRIVATE KEY", block.der + [0]).utf8)) == .malformed)
    #expect(error(Array(PEM.encode("ENCRYPTED PRIVATE KEY", Array(block.der.dropLast())).utf8)) == .malformed)
    #expect(error(Array(PEM.encode("CERTIFICATE", block.der).utf8)) == .malformed)
  }

  /// CBC has no checksum: a changed block in the middle of the private number leaves a file that opens. What opens must
  /// be a key whose halves belong together, or every signature by it is wrong.
  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func everyBitOfAFileCounts() throws {
    for generate in [Self.p256, ["genpkey", "-algorithm", "ED25519"]] {
      guard let file = try sealed(["-v2", "aes-256-cbc", "-iter", "1"], of: generate) else { return }
      let der = try #require(PEM.decode(file)).der
      var opened = 0
      for bit in 0..<(der.count * 8) {
        var changed = der
        changed[bit / 8] ^= 1 << (bit % 8)
        let key: PrivateKey
        do {
          key = try PrivateKey(
            encryptedPEM: Array(PEM.encode("ENCRYPTED PRIVATE KEY", changed).utf8),
            passphrase: [0x78]
          )
        } catch { continue }
        opened += 1
        let algorithm: SignatureAlgorithm = key.kind == .p256 ? .es256 : .eddsa
        #expect(
          try key.publicKey.verifies(key.sign([1], algorithm: algorithm), over: [1], algorithm: algorithm),
          "bit \(bit)"
        )
      }
      #expect(opened < der.count * 8 / 4)
      #expect(error(file) == nil)
    }
  }

  @Test func theSamePassphraseMakesAnotherFile() throws {
    let key = try PrivateKey.generate(.ed25519)
    let first = try key.encryptedPEM(passphrase: [1])
    let second = try key.encryptedPEM(passphrase: [1])
    #expect(first != second)  // salt and initial vector are new
    let long = [UInt8](repeating: 0xff, count: 1000)
    #expect(
      try PrivateKey(encryptedPEM: try key.encryptedPEM(passphrase: long), passphrase: long).publicKey == key.publicKey
    )
    #expect(error(try key.encryptedPEM(passphrase: long), String(repeating: "x", count: 1000)) == .wrongPassphrase)
  }
}

extension PrivateKey {
  /// The same bytes under the label of a key in the clear.
  fileprivate static func pemOfClear(_ file: [UInt8]) -> String {
    String(decoding: file, as: UTF8.self).replacingOccurrences(of: "ENCRYPTED PRIVATE KEY", with: "PRIVATE KEY")
  }
}
