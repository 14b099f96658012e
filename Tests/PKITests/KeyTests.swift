import Foundation
import PKI
import Testing

/// One key and algorithm of each sort.
let everySort: [(KeyKind, SignatureAlgorithm)] = [
  (.p256, .es256), (.p384, .es384), (.ed25519, .eddsa), (.rsa(bits: 2048), .rs256), (.rsa(bits: 2048), .ps256),
]

/// Keys that are used and keys that are refused.
@Suite struct KeyTests {
  @Test func startsWithThisLibrary() throws {
    try PKIStartup.check()
    try PKIStartup.check(secureHeap: true)
    try PKIStartup.check(secureHeap: true)
  }

  /// A program may end while another of its threads still decrypts a key: a refusal, a faulty sheet.
  @Test(arguments: 0..<8) func endsWhileOpenSSLIsAtWork(_ turn: Int) async {
    await #expect(processExitsWith: .exitCode(3)) {
      try PKIStartup.check()
      for _ in 0..<4 {
        // until the process has ended
        Thread.detachNewThread { while (try? PKIStartup.check()) != nil { _ = try? PrivateKey.generate(.p256) } }
      }
      usleep(50_000)
      exit(3)
    }
  }

  @Test func signsAndVerifies() throws {
    for (kind, algorithm) in everySort {
      let key = try PrivateKey.generate(kind)
      #expect(key.kind == kind)
      for message in [[], [1, 2, 3], [UInt8](repeating: 7, count: 5000)] as [[UInt8]] {
        let signature = try key.sign(message, algorithm: algorithm)
        #expect(try key.publicKey.verifies(signature, over: message, algorithm: algorithm))
        #expect(try !key.publicKey.verifies(signature, over: message + [0], algorithm: algorithm))
      }
    }
  }

  @Test func signatureLengthsAreThoseOfJOSE() throws {
    let lengths = [64, 96, 64, 256, 256]
    for ((kind, algorithm), length) in zip(everySort, lengths) {
      let key = try PrivateKey.generate(kind)
      // Leading zeros of r and s must not shorten ECDSA: once in 128 signatures one would show.
      for round in 0..<(kind == .p256 ? 600 : 3) {
        #expect(try key.sign([UInt8(truncatingIfNeeded: round)], algorithm: algorithm).count == length)
      }
    }
  }

  /// Not one flipped bit, cut or extension of a signature verifies.
  @Test func anyChangeOfASignatureIsRefused() throws {
    let message = Array("the message".utf8)
    for (kind, algorithm) in everySort {
      let key = try PrivateKey.generate(kind)
      let good = try key.sign(message, algorithm: algorithm)
      for bit in 0..<(good.count * 8) {
        var bad = good
        bad[bit / 8] ^= 1 << (bit % 8)
        #expect(try !key.publicKey.verifies(bad, over: message, algorithm: algorithm), "\(kind) bit \(bit)")
      }
      for bad in [
        [], Array(good.dropLast()), Array(good.dropFirst()), good + [0], [0] + good,
        [UInt8](repeating: 0, count: good.count),
        [UInt8](repeating: 0xff, count: good.count),
      ] as [[UInt8]] {
        #expect(try !key.publicKey.verifies(bad, over: message, algorithm: algorithm))
      }
      #expect(try key.publicKey.verifies(good, over: message, algorithm: algorithm))
    }
  }

  @Test func theAlgorithmMustFitTheKey() throws {
    for (kind, own) in everySort {
      let key = try PrivateKey.generate(kind)
      let signature = try key.sign([1], algorithm: own)
      for algorithm in SignatureAlgorithm.allCases where algorithm != own {
        #expect(try !key.publicKey.verifies(signature, over: [1], algorithm: algorithm))
        if !kind.fits(algorithm) { #expect(throws: OpenSSLFailure.self) { try key.sign([1], algorithm: algorithm) } }
      }
    }
  }

  @Test func derOfECDSAIsNotJOSE() throws {
    let key = try PrivateKey.generate(.p256)
    let raw = try key.sign([1], algorithm: .es256)
    let der = derECDSA(raw)
    #expect(try key.publicKey.verifiesX509(der, over: [1], sha: 256))
    #expect(try !key.publicKey.verifies(der, over: [1], algorithm: .es256))
    #expect(try !key.publicKey.verifiesX509(raw, over: [1], sha: 256))
  }

  @Test func subjectPublicKeyInfoComesBack() throws {
    for (kind, _) in everySort {
      let key = try PrivateKey.generate(kind).publicKey
      let der = key.subjectPublicKeyInfo()
      let back = try PublicKey(subjectPublicKeyInfo: der)
      #expect(back == key && back.kind == kind && back.hashValue == key.hashValue)
      #expect(try PublicKey(pem: Array(key.pem.utf8)) == key)
      #expect(try PublicKey(key.material) == key)
      #expect(throws: KeyRejection.malformed) { try PublicKey(subjectPublicKeyInfo: der + [0]) }
      #expect(throws: KeyRejection.malformed) { try PublicKey(subjectPublicKeyInfo: Array(der.dropLast())) }
      // BER's long form of a short length
      guard der[1] < 0x80 else { continue }
      #expect(throws: KeyRejection.malformed) { try PublicKey(subjectPublicKeyInfo: [0x30, 0x81] + der[1...]) }
    }
  }

  @Test func opensslReadsOurPublicKeys() throws {
    for (kind, _) in everySort {
      let key = try PrivateKey.generate(kind).publicKey
      guard let out = try openssl(["pkey", "-pubin", "-outform", "DER"], input: Array(key.pem.utf8)) else { return }
      #expect(out.status == 0 && out.bytes == key.subjectPublicKeyInfo())
    }
  }

  @Test func points() throws {
    for (curve, kind) in [(EllipticCurve.p256, KeyKind.p256), (.p384, .p384)] {
      let key = try PrivateKey.generate(kind).publicKey
      guard case .ec(_, let x, let y) = key.material, let last = y.last else {
        Issue.record("not an EC key")
        return
      }
      #expect(try PublicKey(curve: curve, point: [4] + x + y) == key)
      #expect(try PublicKey(curve: curve, point: [2 + (last & 1)] + x) == key)
      #expect(try PublicKey(curve: curve, point: [3 - (last & 1)] + x) != key)
      var offY = y
      offY[0] ^= 1
      #expect(throws: KeyRejection.offCurve) { try PublicKey(.ec(curve, x: x, y: offY)) }
      // infinity, hybrid, short, long, private-looking
      for point in [[], [0], [6 + (last & 1)] + x + y, [4] + x, [2] + x + y, [4] + x + y + [0], x + y] as [[UInt8]] {
        #expect(throws: KeyRejection.malformed) { try PublicKey(curve: curve, point: point) }
      }
      #expect(throws: KeyRejection.malformed) { try PublicKey(.ec(curve, x: [0] + x, y: y)) }
      #expect(throws: KeyRejection.malformed) { try PublicKey(.ec(curve, x: x, y: Array(y.dropFirst()))) }
      // x not below p
      #expect(throws: KeyRejection.offCurve) { try PublicKey(.ec(curve, x: x.map { _ in 0xff }, y: y)) }
      #expect(throws: KeyRejection.offCurve) { try PublicKey(.ec(curve, x: x.map { _ in 0 }, y: y.map { _ in 0 })) }
    }
  }

  @Test func ed25519Keys() throws {
    #expect(throws: KeyRejection.malformed) { try PublicKey(.ed25519([UInt8](repeating: 1, count: 31))) }
    let filled = [UInt8](repeating: 0xff, count: 30)
    // y = p … 2^255 - 1, with both signs of x: all are second spellings
    for low in UInt8(0xed)...0xff {
      for top in [UInt8(0x7f), 0xff] {
        #expect(throws: KeyRejection.nonCanonical) { try PublicKey(.ed25519([low] + filled + [top])) }
      }
    }
    // y = 0, 1, p - 1: order 4, 1, 2
    let zeros = [UInt8](repeating: 0, count: 30)
    for (low, top) in [(UInt8(0), UInt8(0)), (0, 0x80), (1, 0), (1, 0x80)] {
      #expect(throws: KeyRejection.lowOrder) { try PublicKey(.ed25519([low] + zeros + [top])) }
    }
    #expect(throws: KeyRejection.lowOrder) { try PublicKey(.ed25519([0xec] + filled + [0x7f])) }
    _ = try PublicKey(.ed25519([3] + zeros + [0]))  // y = 3 is an ordinary point
  }

  @Test func rsaKeys() throws {
    let key = try PrivateKey.generate(.rsa(bits: 2048)).publicKey
    guard case .rsa(let modulus, let exponent) = key.material else {
      Issue.record("not an RSA key")
      return
    }
    #expect(exponent == [1, 0, 1])
    #expect(throws: KeyRejection.nonCanonical) { try PublicKey(.rsa(modulus: [0] + modulus, exponent: exponent)) }
    #expect(throws: KeyRejection.nonCanonical) { try PublicKey(.rsa(modulus: modulus, exponent: [0] + exponent)) }
    #expect(throws: KeyRejection.malformed) { try PublicKey(.rsa(modulus: [], exponent: exponent)) }
    #expect(throws: KeyRejection.malformed) { try PublicKey(.rsa(modulus: modulus, exponent: [])) }
    #expect(throws: KeyRejection.tooShort(bits: 2040)) {
      try PublicKey(.rsa(modulus: [0xff] + modulus.suffix(254), exponent: exponent))
    }
    // 2052 bits
    #expect(throws: KeyRejection.weak) { try PublicKey(.rsa(modulus: [0x0f] + modulus, exponent: exponent)) }
    let long = [0x80] + [UInt8](repeating: 1, count: 1024)
    #expect(throws: KeyRejection.tooLong(bits: 8200)) { try PublicKey(.rsa(modulus: long, exponent: exponent)) }
    for bad in [[1], [2], [1, 0, 0], [1] + [UInt8](repeating: 0, count: 7) + [1]] as [[UInt8]] {
      #expect(throws: KeyRejection.weak) { try PublicKey(.rsa(modulus: modulus, exponent: bad)) }
    }
    #expect(throws: KeyRejection.weak) {
      try PublicKey(.rsa(modulus: modulus.dropLast() + [modulus[255] & 0xfe], exponent: exponent))
    }
    _ = try PublicKey(.rsa(modulus: modulus, exponent: [3]))
    #expect(throws: KeyRejection.tooShort(bits: 1024)) { try PrivateKey.generate(.rsa(bits: 1024)) }
    #expect(throws: KeyRejection.tooLong(bits: 8200)) { try PrivateKey.generate(.rsa(bits: 8200)) }
    #expect(throws: KeyRejection.weak) { try PrivateKey.generate(.rsa(bits: 2052)) }
  }

  /// A modulus of the weak generator's shape: a power of 65537 modulo the product of the small primes, so modulo each.
  @Test func rocaModulus() throws {
    var modulus = [UInt8](repeating: 0, count: 256)
    // 65537^127 = (2^16 + 1)^127: row 127 of Pascal's triangle mod 2 is all ones, but the carries differ, so multiply
    // by hand.
    modulus[255] = 1
    for _ in 0..<127 {
      var carry = 0
      let old = modulus
      for index in stride(from: 255, through: 0, by: -1) {
        let sum = Int(old[index]) + (index + 2 < 256 ? Int(old[index + 2]) : 0) + carry
        modulus[index] = UInt8(sum & 0xff)
        carry = sum >> 8
      }
    }
    modulus = Array(modulus.drop { $0 == 0 })
    #expect(modulus.count >= 254)
    #expect(KeyChecksProbe.isROCA(modulus))
    modulus[modulus.count - 1] ^= 2
    #expect(!KeyChecksProbe.isROCA(modulus))
  }

  @Test func foreignKeysAreRefused() throws {
    let kinds: [([String], KeyRejection)] = [
      (["ecparam", "-name", "secp521r1", "-genkey", "-noout"], .unsupportedKind),
      (["ecparam", "-name", "secp256k1", "-genkey", "-noout"], .unsupportedKind),
      (["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit"], .unsupportedKind),
      (["genpkey", "-algorithm", "ED448"], .unsupportedKind), (["genpkey", "-algorithm", "X25519"], .unsupportedKind),
      (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], .tooShort(bits: 1024)),
    ]
    for (arguments, error) in kinds {
      guard let key = try openssl(arguments),
        let out = try openssl(["pkey", "-pubout", "-outform", "DER"], input: key.bytes)
      else { return }
      #expect(out.status == 0)
      #expect(throws: error, "\(arguments)") { try PublicKey(subjectPublicKeyInfo: out.bytes) }
    }
  }

  @Test func everyBitOfASubjectPublicKeyInfoCounts() throws {
    for (kind, _) in everySort {
      let key = try PrivateKey.generate(kind).publicKey
      let der = key.subjectPublicKeyInfo()
      for bit in 0..<(der.count * 8) {
        var bad = der
        bad[bit / 8] ^= 1 << (bit % 8)
        do {  // another key, in its one spelling, or none
          let other = try PublicKey(subjectPublicKeyInfo: bad)
          #expect(other != key && other.subjectPublicKeyInfo() == bad)
        } catch {}
      }
    }
  }
}

/// Private keys in files.
@Suite struct PrivateKeyAtRestTests {
  @Test func comesBackWithThePassphrase() throws {
    for kind in [KeyKind.p256, .p384, .ed25519, .rsa(bits: 2048)] {
      let key = try PrivateKey.generate(kind)
      let pem = try key.encryptedPEM(passphrase: Array("correct horse".utf8))
      #expect(String(decoding: pem, as: UTF8.self).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
      #expect(try PrivateKey(encryptedPEM: pem, passphrase: Array("correct horse".utf8)).publicKey == key.publicKey)
      #expect(throws: KeyRejection.wrongPassphrase) {
        try PrivateKey(encryptedPEM: pem, passphrase: Array("correct horsf".utf8))
      }
      #expect(throws: KeyRejection.wrongPassphrase) { try PrivateKey(encryptedPEM: pem, passphrase: []) }
    }
  }

  @Test func isProtectedByScrypt() throws {
    let pem = try PrivateKey.generate(.p256).encryptedPEM(passphrase: [1, 0, 255])  // any bytes
    guard let out = try openssl(["asn1parse"], input: pem) else { return }
    let text = String(decoding: out.bytes, as: UTF8.self)
    #expect(text.contains(":scrypt") && text.contains(":4000") && text.contains(":aes-256-cbc"))
    #expect(throws: KeyRejection.emptyPassphrase) { try PrivateKey.generate(.p256).encryptedPEM(passphrase: []) }
  }

  @Test func keysInTheClearAreRefused() throws {
    for arguments in [["genpkey", "-algorithm", "ED25519"], ["ecparam", "-name", "prime256v1", "-genkey", "-noout"]] {
      guard let out = try openssl(arguments) else { return }
      #expect(throws: KeyRejection.notEncrypted) { try PrivateKey(encryptedPEM: out.bytes, passphrase: [1]) }
    }
    for text in ["", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "hello"] {
      #expect(throws: KeyRejection.malformed) { try PrivateKey(encryptedPEM: Array(text.utf8), passphrase: [1]) }
    }
    // OpenSSL's own encrypted file opens; with bytes after the DER it does not
    guard let own = try openssl(["genpkey", "-algorithm", "ED25519", "-aes-256-cbc", "-pass", "pass:x"]) else { return }
    _ = try PrivateKey(encryptedPEM: own.bytes, passphrase: [0x78])
    #expect(throws: KeyRejection.malformed) { try PrivateKey(encryptedPEM: own.bytes + own.bytes, passphrase: [0x78]) }
  }
}

/// Hashes, random bytes, wiping.
@Suite struct DigestTests {
  /// A message in two parts, and a signature over its digest, are what the whole message says.
  @Test func beginningsThatAreHashedOnce() throws {
    let key = try PrivateKey.generate(.p256)
    let other = try PrivateKey.generate(.p256)
    let larger = try PrivateKey.generate(.p384)
    let message = (0..<500).map { UInt8($0 & 0xFF) }
    let signature = try key.sign(message, algorithm: .es256)
    for place in [0, 1, 63, 64, 65, 300, 500] {
      let beginning = SHA256Prefix(message[..<place])
      for _ in 0..<3 { #expect(beginning.digest(of: message[place...]) == SHA2.sha256(message)) }
      #expect(try key.publicKey.verifies(signature, sha256: beginning.digest(of: message[place...])))
      #expect(beginning.digest(of: []) == SHA2.sha256(Array(message[..<place])))
    }
    var digest = SHA2.sha256(message)
    #expect(
      try !other.publicKey.verifies(signature, sha256: digest) && !larger.publicKey.verifies(signature, sha256: digest)
    )
    for length in [0, 31, 33, 64] {
      #expect(try !key.publicKey.verifies(signature, sha256: Array((digest + digest).prefix(length))))
    }
    for bit in 0..<512 {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(try !key.publicKey.verifies(changed, sha256: digest))
    }
    digest[0] ^= 1
    #expect(try !key.publicKey.verifies(signature, sha256: digest))
  }

  @Test func knownValues() {
    #expect(hex(SHA2.sha256([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(hex(SHA2.sha256(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(hex(SHA2.sha384(Array("abc".utf8))).hasPrefix("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"))
    // RFC 4231, cases 1 and 2
    #expect(
      hex(hmacSHA256(key: [UInt8](repeating: 0x0b, count: 20), message: Array("Hi There".utf8)))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )
    #expect(
      hex(hmacSHA256(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    #expect(hex(hmacSHA256(key: [], message: [])) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func piecesAreTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for cut in [0, 1, 63, 64, 65, 500, 1000] {
      var hash = SHA256()
      hash.update(bytes[..<cut])
      hash.update(AnySequence(bytes[cut...]))
      #expect(hash.finish() == SHA2.sha256(bytes))
    }
  }

  @Test func randomBytesDiffer() throws {
    #expect(try secureRandomBytes(0) == [])
    #expect(try secureRandomBytes(32) != secureRandomBytes(32))
    #expect(try secureRandomBytes(33).count == 33)
    var secret: [UInt8] = [1, 2, 3]
    wipe(&secret)
    #expect(secret.isEmpty)
  }

  @Test func manyThreadsShareOneKey() async throws {
    let key = try PrivateKey.generate(.p256)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          for round in 0..<50 {
            let message = [UInt8(task), UInt8(round)]
            let signature = try key.sign(message, algorithm: .es256)
            guard try key.publicKey.verifies(signature, over: message, algorithm: .es256) else { return false }
          }
          return true
        }
      }
      for try await good in group { #expect(good) }
    }
  }
}
