import Credentials
import Encodings
import PKI
import TestSupport
import Testing

/// No input may end the process: every reader of this module over documents with a few bytes or members broken.
@Suite struct MangledInputTests {
  static func mangle(_ seed: [UInt8], _ random: inout some RandomNumberGenerator) -> [UInt8] {
    var bytes = seed
    for _ in 0...Int.random(in: 0..<3, using: &random) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: at)
      case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &random)))
      default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
      }
    }
    return bytes
  }

  /// Replaces one member, chosen anywhere in the tree, by a value of another kind: what byte changes rarely reach.
  static func replaceOne(_ value: JSON, _ random: inout some RandomNumberGenerator) -> JSON {
    let strange: [JSON] = [
      .null, true, -1, .number(1e300), "", "\u{202E}", [], .object([:]), [.null], "https://", "did:web:",
      "2026-02-30T00:00:00Z", .integer(JSON.largestInteger),
    ]
    if let object = value.object, !object.members.isEmpty, Int.random(in: 0..<4, using: &random) > 0 {
      var object = object
      let member = object.members[Int.random(in: 0..<object.members.count, using: &random)]
      object[member.name] = replaceOne(member.value, &random)
      return .object(object)
    }
    if var items = value.array, !items.isEmpty, Int.random(in: 0..<4, using: &random) > 0 {
      let at = Int.random(in: 0..<items.count, using: &random)
      items[at] = replaceOne(items[at], &random)
      return .array(items)
    }
    return strange[Int.random(in: 0..<strange.count, using: &random)]
  }

  /// True when the reader took it. A reader that takes a document must be able to write it again.
  static func read(_ bytes: [UInt8]) -> Bool {
    do {
      let object = try JSONObject.parse(bytes)
      let credential = try MembershipCredential(payload: object)
      #expect(
        try MembershipCredential(payload: try JSONObject.parse(credential.payload.canonical())).id == credential.id
      )
      return true
    } catch { return false }
  }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func payloads() throws {
    var random = SystemRandomNumberGenerator()
    var taken = 0
    let credential = try Sample.credential().payload
    let list = try StatusListTests.credential().payload()
    let trust = try TrustListTests.make().payload
    let document = try DIDDocumentTests.make().json
    for _ in 0..<3_000 {
      if Self.read(Self.mangle(credential.canonical(), &random)) { taken += 1 }
      if Self.read(Self.replaceOne(.object(credential), &random).canonical()) { taken += 1 }
      for bytes in [Self.mangle(list.canonical(), &random), Self.replaceOne(.object(list), &random).canonical()] {
        do {
          _ = try StatusListCredential(payload: try JSONObject.parse(bytes))
          taken += 1
        } catch {
        }
      }
      for bytes in [Self.mangle(trust.canonical(), &random), Self.replaceOne(.object(trust), &random).canonical()] {
        do {
          let read = try TrustList(payload: try JSONObject.parse(bytes))
          #expect(try TrustList(payload: try JSONObject.parse(read.payload.canonical())) == read)
          taken += 1
        } catch {}
      }
      for bytes in [
        Self.mangle(document.canonical(), &random), Self.replaceOne(.object(document), &random).canonical(),
      ] {
        do {
          _ = try DIDDocument(bytes, of: DIDDocumentTests.did)
          taken += 1
        } catch {
        }
      }
    }
    #expect(taken > 100)  // a mangler that breaks everything would test nothing
  }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func inputs() throws {
    var random = SystemRandomNumberGenerator()
    var taken = 0
    let presentation = CredentialInputTests.presentation([CredentialInputTests.envelope(CredentialInputTests.token)])
      .canonical()
    for _ in 0..<10_000 {
      for seed in [presentation, CredentialInputTests.token] {
        do {
          _ = try CredentialInput.read(Self.mangle(seed, &random))
          taken += 1
        } catch {
        }
      }
      if let did = Text(validating: Self.mangle(Array("did:web:a.example%3A8443:b:c".utf8), &random)) {
        do {
          _ = try DIDWeb(did)
          taken += 1
        } catch {
        }
      }
      _ = BadgeLink.read(
        Self.mangle(Array("https://khatm.example/c/7Q2M4XW9K3PDT5HBPA?lang=ar".utf8), &random),
        host: "khatm.example",
        alsoRecord: true
      )
    }
    #expect(taken > 100)
  }
}
