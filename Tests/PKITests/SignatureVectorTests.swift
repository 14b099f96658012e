import Foundation
import PKI
import TestSupport
import Testing

/// A Wycheproof file: groups of one key each.
struct Wycheproof {
  /// A case of Wycheproof.
  struct Case {
    let id: Int, message: [UInt8], signature: [UInt8], result: String, comment: String
  }

  /// Cases of one key.
  struct Group {
    let key: [UInt8]
    let cases: [Case]
  }

  let groups: [Group]

  init?(_ name: String) throws {
    guard let folder = VectorSet.folder("wycheproof") else { return nil }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: name)))
    let list = try #require((json as? [String: Any])?["testGroups"] as? [[String: Any]])
    groups = try list.map { group in
      let tests = try #require(group["tests"] as? [[String: Any]])
      return Group(
        key: bytes(hex: group["publicKeyDer"] as? String ?? ""),
        cases: try tests.map { test in
          Case(
            id: try #require(test["tcId"] as? Int),
            message: bytes(hex: try #require(test["msg"] as? String)),
            signature: bytes(hex: try #require(test["sig"] as? String)),
            result: try #require(test["result"] as? String),
            comment: test["comment"] as? String ?? ""
          )
        }
      )
    }
  }

  /// Runs every case: `valid` verifies, all else does not.
  static func run(_ name: String, verifies: (PublicKey, Case) throws -> Bool) throws {
    guard let file = try Wycheproof(name) else { return }
    var count = 0
    var passed = 0
    for group in file.groups {
      let key = try PublicKey(subjectPublicKeyInfo: group.key)
      #expect(key.subjectPublicKeyInfo() == group.key)
      for test in group.cases {
        let wanted = test.result == "valid"
        let found = try verifies(key, test)
        #expect(wanted == found, "\(name) \(test.id): \(test.comment)")
        count += 1
        if wanted == found { passed += 1 }
      }
    }
    #expect(count > 0)
    VectorSet.ran("wycheproof/\(name)", cases: count, passed: passed)
  }
}

/// Vectors of Wycheproof.
@Suite struct SignatureVectorTests {
  @Test(arguments: [
    ("ecdsa_secp256r1_sha256_p1363_test.json", SignatureAlgorithm.es256),
    ("ecdsa_secp384r1_sha384_p1363_test.json", .es384),
  ])
  func ecdsaInJOSEForm(file: String, algorithm: SignatureAlgorithm) throws {
    try Wycheproof.run(file) { key, test in
      let found = try key.verifies(test.signature, over: test.message, algorithm: algorithm)
      // The other entry must not take r ‖ s
      #expect(try !key.verifiesX509(test.signature, over: test.message, sha: algorithm == .es256 ? 256 : 384))
      return found
    }
  }

  @Test(arguments: [("ecdsa_secp256r1_sha256_test.json", 256), ("ecdsa_secp384r1_sha384_test.json", 384)])
  func ecdsaInCertificates(file: String, sha: Int) throws {
    try Wycheproof.run(file) { key, test in
      let found = try key.verifiesX509(test.signature, over: test.message, sha: sha)
      #expect(try !key.verifies(test.signature, over: test.message, algorithm: sha == 256 ? .es256 : .es384))
      return found
    }
  }

  @Test func ed25519() throws {
    try Wycheproof.run("ed25519_test.json") { key, test in
      try key.verifies(test.signature, over: test.message, algorithm: .eddsa)
    }
  }

  @Test(arguments: [
    "rsa_signature_2048_sha256_test.json", "rsa_signature_3072_sha256_test.json", "rsa_signature_4096_sha256_test.json",
  ])
  func rsaPKCS1(file: String) throws {
    // `acceptable` is a missing NULL in the digest info: refused, as OpenSSL does.
    try Wycheproof.run(file) { key, test in
      let found = try key.verifies(test.signature, over: test.message, algorithm: .rs256)
      #expect(try found == key.verifiesX509(test.signature, over: test.message, sha: 256))
      if found { #expect(try !key.verifies(test.signature, over: test.message, algorithm: .ps256)) }
      return found
    }
  }

  @Test func rsaPSS() throws {
    try Wycheproof.run("rsa_pss_2048_sha256_mgf1_32_test.json") { key, test in
      try key.verifies(test.signature, over: test.message, algorithm: .ps256)
    }
  }

  @Test func p521IsRefusedAsAKey() throws {
    guard let file = try Wycheproof("ecdsa_secp521r1_sha512_p1363_test.json") else { return }
    for group in file.groups {
      #expect(throws: KeyRejection.unsupportedKind) { try PublicKey(subjectPublicKeyInfo: group.key) }
    }
    VectorSet.ran("wycheproof/ecdsa_secp521r1 (keys refused)", cases: file.groups.count, passed: file.groups.count)
  }

  @Test func hmac() throws {
    guard let folder = VectorSet.folder("wycheproof") else { return }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "hmac_sha256_test.json")))
    var count = 0
    for group in try #require((json as? [String: Any])?["testGroups"] as? [[String: Any]]) {
      let length = try #require(group["tagSize"] as? Int) / 8
      for test in try #require(group["tests"] as? [[String: Any]]) {
        func field(_ name: String) throws -> [UInt8] { bytes(hex: try #require(test[name] as? String)) }
        let tag = Array(hmacSHA256(key: try field("key"), message: try field("msg")).prefix(length))
        #expect(
          (tag == (try field("tag"))) == (test["result"] as? String == "valid"),
          "\(test["tcId"] ?? "")"
        )
        count += 1
      }
    }
    VectorSet.ran("wycheproof/hmac_sha256_test.json", cases: count, passed: count)
  }

  /// Refused: what has a non-canonical A or R, or verifies only with the cofactor. Besides, by our rule, keys of low
  /// order.
  @Test func cctvEd25519() throws {
    guard let folder = VectorSet.folder("cctv-ed25519") else { return }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "ed25519vectors.json")))
    let cases = try #require(json as? [[String: Any]])
    var accepted = 0
    var lowOrderKeys = 0
    var passed = 0
    for test in cases {
      let key = bytes(hex: try #require(test["key"] as? String))
      let signature = bytes(hex: try #require(test["sig"] as? String))
      let message = Array(try #require(test["msg"] as? String).utf8)
      let flags = Set(test["flags"] as? [String] ?? [])
      let verifiesByRFC = flags.isDisjoint(with: ["non_canonical_A", "non_canonical_R", "low_order_residue"])
      let found: Bool
      do throws(KeyRejection) {
        found = try accepts(PublicKey(.ed25519(key)), signature, message: message)
        #expect(!flags.contains("non_canonical_A") && !flags.contains("low_order_A"))
      } catch {
        #expect(error == .nonCanonical || error == .lowOrder)
        #expect(error != .nonCanonical || flags.contains("non_canonical_A"))
        #expect(error != .lowOrder || flags.contains("low_order_A"))
        if error == .lowOrder, verifiesByRFC { lowOrderKeys += 1 }
        found = false
      }
      let wanted = verifiesByRFC && !flags.contains("low_order_A")
      #expect(found == wanted, "\(test["number"] ?? "") \(flags)")
      if found == wanted { passed += 1 }
      if found { accepted += 1 }
    }
    #expect(accepted + lowOrderKeys == 172)
    print("cctv-ed25519: \(accepted) verify, \(lowOrderKeys) more have a key of low order and are refused by rule")
    VectorSet.ran("cctv-ed25519", cases: cases.count, passed: passed - lowOrderKeys, exceptions: lowOrderKeys)
  }

  private func accepts(_ key: PublicKey, _ signature: [UInt8], message: [UInt8]) -> Bool {
    do {
      return try key.verifies(signature, over: message, algorithm: .eddsa)
    } catch {
      Issue.record(error)
      return false
    }
  }
}
