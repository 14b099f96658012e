import Fixtures
import Foundation
import Testing

@testable import PKI

/// Known answers of hashes and HMAC.
@Suite struct KnownAnswerTests {
  private func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// FIPS 180-4, the examples of its authors.
  @Test func sha2() {
    let million = [UInt8](repeating: 0x61, count: 1_000_000)
    let two = ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
    let four = ascii(
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
    )
    #expect(hex(SHA2.sha256(two)) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(hex(SHA2.sha256(million)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    #expect(
      hex(SHA2.sha384([]))
        == "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
    )
    #expect(
      hex(SHA2.sha384(ascii("abc")))
        == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
    )
    #expect(
      hex(SHA2.sha384(four))
        == "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039"
    )
    #expect(
      hex(SHA2.sha384(million))
        == "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985"
    )
  }

  /// Cut wherever it may be, around two blocks of 64 bytes; as an array, a slice, and a sequence without storage.
  @Test func everySplitGivesTheWhole() {
    let bytes = (0..<130).map { UInt8(truncatingIfNeeded: $0 &* 73 &+ 5) }
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 130] {
      let whole = SHA2.sha256(Array(bytes[..<length]))
      for cut in 0...length {
        var hash = SHA256()
        hash.update(Array(bytes[..<cut]))
        hash.update([])
        if cut % 2 == 0 { hash.update(bytes[cut..<length]) } else { hash.update(AnySequence(bytes[cut..<length])) }
        #expect(hash.finish() == whole, "\(length) at \(cut)")
      }
    }
  }

  /// RFC 4231, cases 3 to 7.
  @Test func hmac() {
    let long = [UInt8](repeating: 0xaa, count: 131)
    for (key, message, tag) in [
      (
        [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
      ),
      (
        (1...25).map { UInt8($0) }, [UInt8](repeating: 0xcd, count: 50),
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
      ),
      ([UInt8](repeating: 0x0c, count: 20), ascii("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"),
      (
        long, ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
      (
        long,
        ascii(
          """
          This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
          hashed before being used by the HMAC algorithm.
          """
        ), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
      ),
    ] { #expect(hex(hmacSHA256(key: key, message: message)).hasPrefix(tag)) }
  }

  /// RFC 2104's definition over our own hash, for every length of key around the block; an empty key leaves no trace of
  /// the one before.
  @Test func hmacIsItsDefinition() {
    for length in [0, 1, 31, 32, 33, 63, 64, 65, 100, 128, 200] {
      let key = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 11 &+ 1) }
      let message = ascii("message \(length)")
      var block = length > 64 ? SHA2.sha256(key) : key
      block += [UInt8](repeating: 0, count: 64 - block.count)
      let inner = SHA2.sha256(block.map { $0 ^ 0x36 } + message)
      #expect(hmacSHA256(key: key, message: message) == SHA2.sha256(block.map { $0 ^ 0x5c } + inner), "\(length)")
      #expect(hmacSHA256(key: [], message: message) == hmacSHA256(key: [0], message: message))
    }
  }

  @Test func randomBytes() throws {
    for count in [0, 1, 2, 31, 32, 255, 1 << 20] { #expect(try secureRandomBytes(count).count == count) }
    var seen: Set<[UInt8]> = []
    for _ in 0..<2000 { seen.insert(try secureRandomBytes(16)) }
    #expect(seen.count == 2000)
    // 64 KiB: each value 256 times on average; below 128 or above 400 of any has a chance under 2^-50.
    var counts = [Int](repeating: 0, count: 256)
    for byte in try secureRandomBytes(65_536) { counts[Int(byte)] += 1 }
    #expect(counts.allSatisfy { (128...400).contains($0) }, "\(counts.min() ?? 0) to \(counts.max() ?? 0)")
  }

  @Test func librariesThatAreTooOldOrTooNew() {
    for (version, good) in [
      (UInt(0x1010_1170), false), (0x3000_0000, false), (0x3000_0060, false), (0x3000_0070, true), (0x3000_0130, true),
      (0x3050_0000, true),
      (0x4000_0000, false),
    ] { #expect(PKIStartup.isNewEnough(version) == good, "\(String(version, radix: 16))") }
    #expect(
      PKIStartup.Failure.versionTooOld(found: "OpenSSL 3.0.2").description.contains("hint: install OpenSSL 3.0.7")
    )
    #expect(
      PKIStartup.Failure.initialisation(OpenSSLFailure(call: "f", reasons: ["a", "b"])).description
        == "cannot initialise OpenSSL: f failed: a; b"
    )
    #expect(OpenSSLFailure(call: "f").description == "f failed")
  }
}

/// Edges of ECDSA signatures.
@Suite struct ECDSAFormTests {
  private static let orders = [
    EllipticCurve.p256: bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    .p384: bytes(
      hex: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
    ),
  ]

  /// Both halves at every edge: 0, 1, the sign bit, each byte length, n - 1, n, n + 1, all ones.
  @Test(arguments: EllipticCurve.allCases) func halvesAtTheirEdges(_ curve: EllipticCurve) throws {
    let size = curve.coordinateBytes
    let order = try #require(Self.orders[curve])
    func number(_ digits: [UInt8]) -> [UInt8] { [UInt8](repeating: 0, count: size - digits.count) + digits }
    var good = [
      number([1]), number([0x7f]), number([0x80]), number([0xff]), number([1, 0]),
      order.dropLast() + [order[size - 1] - 1],
    ]
    for length in 1..<size {
      good += [
        number([0x7f] + [UInt8](repeating: 0xff, count: length - 1)),
        number([0x80] + [UInt8](repeating: 0, count: length - 1)),
      ]
    }
    let bad = [number([]), order, order.dropLast() + [order[size - 1] + 1], [UInt8](repeating: 0xff, count: size)]
    let one = number([1])
    for half in good {
      for raw in [half + one, one + half, half + half] {
        let der = ECDSASignature.der(raw: raw, curve: curve)
        #expect(der == derECDSA(raw))
        #expect(ECDSASignature.raw(der: der ?? [], curve: curve) == raw)
      }
    }
    for half in bad {
      for raw in [half + one, one + half, half + half] {
        #expect(ECDSASignature.der(raw: raw, curve: curve) == nil, "\(hex(raw))")
        #expect(ECDSASignature.raw(der: derECDSA(raw), curve: curve) == nil, "\(hex(raw))")
      }
    }
    for count in [0, 1, size, 2 * size - 1, 2 * size + 1, 96, 64] where count != 2 * size {
      #expect(ECDSASignature.der(raw: [UInt8](repeating: 1, count: count), curve: curve) == nil)
    }
    // The longest of all still has a length of one byte.
    #expect(ECDSASignature.der(raw: good[5] + good[5], curve: curve)?.count == 2 * size + 8)
  }

  @Test func derOfOtherForms() {
    let good = derECDSA([UInt8](repeating: 0, count: 31) + [5] + [UInt8](repeating: 0, count: 31) + [6])
    #expect(good == [0x30, 6, 2, 1, 5, 2, 1, 6] && ECDSASignature.raw(der: good, curve: .p256) != nil)
    for (name, der) in [
      ("trailing", good + [0]), ("trailing inside", [0x30, 8, 2, 1, 5, 2, 1, 6, 5, 0]),
      ("one number", [0x30, 3, 2, 1, 5]),
      ("long length", [0x30, 0x81, 6, 2, 1, 5, 2, 1, 6]), ("indefinite", [0x30, 0x80, 2, 1, 5, 2, 1, 6, 0, 0]),
      ("a set", [0x31, 6, 2, 1, 5, 2, 1, 6]),
      ("padded", [0x30, 7, 2, 2, 0, 5, 2, 1, 6]), ("negative", [0x30, 6, 2, 1, 0x85, 2, 1, 6]),
      ("empty number", [0x30, 5, 2, 0, 2, 1, 6]),
      ("enumerated", [0x30, 6, 10, 1, 5, 2, 1, 6]), ("cut", Array(good.dropLast())),
      ("33 bytes", [0x30, 38, 2, 33, 1] + [UInt8](repeating: 0, count: 32) + [2, 1, 6]),
    ] as [(String, [UInt8])] { #expect(ECDSASignature.raw(der: der, curve: .p256) == nil, "\(name)") }
  }
}

/// Equal keys, whatever they came from.
@Suite struct KeyIdentityTests {
  @Test func equalWhateverTheyWereMadeFrom() throws {
    for kind in [KeyKind.p256, .p384] {
      let key = try PrivateKey.generate(kind).publicKey
      guard case .ec(let curve, let x, let y) = key.material, let last = y.last else {
        Issue.record("not EC")
        continue
      }
      let same = [
        key, try PublicKey(key.material), try PublicKey(curve: curve, point: [4] + x + y),
        try PublicKey(curve: curve, point: [2 + last & 1] + x),
        try PublicKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo()), try PublicKey(pem: Array(key.pem.utf8)),
      ]
      #expect(Set(same).count == 1 && Set(same.map(\.material)).count == 1 && same.allSatisfy { $0 == key })
      let negative = try PublicKey(curve: curve, point: [3 - last & 1] + x)  // same x
      #expect(Set(same + [negative, try PrivateKey.generate(kind).publicKey]).count == 3)
      #expect(
        key.subjectPublicKeyInfo() != negative.subjectPublicKeyInfo() && key.keyIdentifier != negative.keyIdentifier
      )
    }
  }

  /// RFC 5280 4.2.1.2 leaves the method open; ours is RFC 7093's over the bits of the key, without the algorithm around
  /// them.
  @Test func keyIdentifiers() throws {
    for (kind, offset) in [(KeyKind.p256, 26), (.p384, 23), (.ed25519, 12)] {
      let key = try PrivateKey.generate(kind).publicKey
      #expect(key.keyIdentifier == Array(SHA2.sha256(Array(key.subjectPublicKeyInfo().dropFirst(offset))).prefix(20)))
    }
  }

  @Test func kindsOfFreshKeys() throws {
    for (kind, family) in [
      (KeyKind.p256, ChainRules.KeyFamily.p256), (.p384, .p384), (.ed25519, .ed25519), (.rsa(bits: 2048), .rsa),
      (.rsa(bits: 2056), .rsa),
    ] {
      let first = try PrivateKey.generate(kind)
      let second = try PrivateKey.generate(kind)
      #expect(
        first.kind == kind && first.publicKey.kind == kind && kind.family == family
          && first.publicKey != second.publicKey
      )
      #expect(SignatureAlgorithm.allCases.filter { kind.fits($0) }.count == (family == .rsa ? 2 : 1))
    }
    for (bits, wanted) in [
      (0, KeyRejection.tooShort(bits: 0)), (2047, .tooShort(bits: 2047)), (2049, .weak), (8193, .tooLong(bits: 8193)),
      (.max, .tooLong(bits: .max)),
    ] {
      #expect(throws: wanted) { try PrivateKey.generate(.rsa(bits: bits)) }
    }
  }

  /// One public key, four threads, right and wrong signatures in turn.
  @Test func oneKeyOnManyThreads() async throws {
    for (kind, algorithm) in everySort {
      let key = try PrivateKey.generate(kind)
      let publicKey = key.publicKey
      let good = try key.sign([1, 2, 3], algorithm: algorithm)
      let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
        for task in 0..<4 {
          group.addTask {
            var wrong = 0
            for round in 0..<40 {
              let isGood = (round + task) % 2 == 0
              if try publicKey.verifies(good, over: isGood ? [1, 2, 3] : [1, 2, UInt8(round)], algorithm: algorithm)
                != (isGood || round == 3)
              {
                wrong += 1
              }
            }
            return wrong
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(wrong == 0, "\(kind)")
    }
  }

  /// OpenSSL keeps what went wrong for each thread; what stays there would be blamed on the next call.
  @Test func nothingStaysInTheErrorQueue() throws {
    let key = try PrivateKey.generate(.p256)
    let file = try key.encryptedPEM(passphrase: [1])
    func queue() -> [String] { OpenSSLFailure.drainReasons() }
    #expect(queue().isEmpty)
    #expect(
      try !key.publicKey.verifies([UInt8](repeating: 1, count: 64), over: [], algorithm: .es256) && queue().isEmpty
    )
    #expect(throws: KeyRejection.offCurve) {
      try PublicKey(.ec(.p256, x: [UInt8](repeating: 1, count: 32), y: [UInt8](repeating: 1, count: 32)))
    }
    #expect(queue().isEmpty)
    #expect(throws: KeyRejection.wrongPassphrase) { try PrivateKey(encryptedPEM: file, passphrase: [2]) }
    #expect(queue().isEmpty)
    #expect(PEM.decode([0x2d]) == nil && queue().isEmpty)
    let authority = try TestAuthority.shared.get()
    let host = try authority.a.signer { $0.dnsNames = [authority.b.host] }
    #expect(
      authority.rejection([host, authority.a.ca], rules: authority.b.rules) == .nameConstraintViolated(step: 0)
        && queue().isEmpty
    )
  }
}
