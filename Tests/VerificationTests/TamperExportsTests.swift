import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Testing

@testable import Verification

/// The same two properties for what is made on export: documents with embedded proofs, Open Badges envelopes; and for
/// whole trust lists.
@Suite struct TamperExportsTests {
  /// Our list with the keys of the export formats in it.
  private static func exporting(_ authority: TestAuthority, rsa: PrivateKey?) throws -> [UInt8] {
    try authority.trustList { chamber, service in
      service.keys.append(
        TrustList.Key(
          chamber.proofKey.publicKey,
          keyID: chamber.proofKeyID,
          algorithm: .eddsa,
          purpose: .credential,
          notBefore: chamber.signer.notBefore,
          expires: chamber.signer.notAfter
        )
      )
      guard let rsa, chamber.slug == "dubai" else { return }
      service.keys.append(
        TrustList.Key(
          rsa.publicKey,
          keyID: Text("\(chamber.did)#rsa"),
          algorithm: .rs256,
          purpose: .credential,
          notBefore: chamber.signer.notBefore,
          expires: chamber.signer.notAfter
        )
      )
    }
  }

  private static func document(
    _ authority: TestAuthority,
    _ chamber: TestChamber,
    number: Int,
    page: String = "alnoor.example"
  )
    throws -> JSONObject
  {
    var payload = authority.credential(chamber, number: number, index: Int64(2_000 + number), page: page).payload
    for name: Text in ["iss", "sub", "iat", "exp"] { payload[name] = nil }
    return try DataIntegrity.sign(
      document: payload,
      key: chamber.proofKey,
      verificationMethod: chamber.proofKeyID,
      created: now.adding(days: -30)
    )
  }

  private static func envelope(_ authority: TestAuthority, _ chamber: TestChamber, number: Int, rsa: PrivateKey) throws
    -> [UInt8]
  {
    let credential = authority.credential(chamber, number: number, index: Int64(2_000 + number))
    let address = OpenBadge.keyURL(rsa.publicKey, host: Text(authority.host))
    return try #require(try OpenBadge.sign(credential, keyURL: address, key: rsa, algorithm: .rs256))
  }

  private func verdicts(_ question: Question, _ verifier: TestVerifier, _ bytes: [UInt8]) -> [Decision] {
    verifier.verify(input: bytes, lists: question.lists, at: now)
  }

  @Test func flippedBitsOfDocuments() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority).with { $0.trustList = try Self.exporting(authority, rsa: nil) }
    let verifier = question.verifier
    let bytes = try JSON.object(Self.document(authority, authority.dubai, number: 1)).canonical()
    #expect(verdicts(question, verifier, bytes).map(\.verdict) == [.genuine])
    let positions = TamperTests.positions(of: bytes, seed: 40, sample: 2_500)
    for (byte, bit) in positions {
      var changed = bytes
      changed[byte] ^= bit
      for decision in verdicts(question, verifier, changed)
      where decision.verdict != .notGenuine || decision.credential != nil {
        Issue.record("byte \(byte), bit \(bit): \(decision.summary)")
      }
    }
    #expect(verdicts(question, verifier, bytes).map(\.verdict) == [.genuine])
    print("flipped bits of documents: \(positions.count) cases")
  }

  @Test func flippedBitsOfRSAEnvelopes() throws {
    let rsa = try PrivateKey.generate(.rsa(bits: 2_048))
    let authority = try TestAuthority.get()
    let question = try Question(authority).with { $0.trustList = try Self.exporting(authority, rsa: rsa) }
    let verifier = question.verifier
    let token = try Self.envelope(authority, authority.dubai, number: 1, rsa: rsa)
    #expect(try question.with { $0.token = token }.decide(verifier).verdict == .genuine)
    let positions = TamperTests.positions(of: token, seed: 41, sample: 1_500)
    for (byte, bit) in positions {
      var changed = token
      changed[byte] ^= bit
      let decision = try question.with { $0.token = changed }.decide(verifier)
      if decision.verdict != .notGenuine || decision.credential != nil {
        Issue.record("byte \(byte), bit \(bit): \(decision.summary)")
      }
    }
    print("flipped bits of RS256 envelopes: \(positions.count) cases")
  }

  /// Proofs, payloads, signatures and headers of one form and one credential in the place of another's.
  @Test func swappedParts() throws {
    let rsa = try PrivateKey.generate(.rsa(bits: 2_048))
    let authority = try TestAuthority.get()
    let question = try Question(authority).with { $0.trustList = try Self.exporting(authority, rsa: rsa) }
    let verifier = question.verifier
    var documents: [JSONObject] = []
    var tokens: [[[UInt8]]] = []
    func parts(_ token: [UInt8]) -> [[UInt8]] { token.split(separator: 0x2E).map(Array.init) }
    for number in 1...8 {
      documents.append(try Self.document(authority, authority.chambers[number % 4], number: number))
    }
    for number in 1...4 {
      tokens.append(parts(try authority.token(authority.dubai, number: number, index: Int64(2_000 + number))))
      tokens.append(parts(try authority.openBadge(authority.dubai, number: number)))
      tokens.append(parts(try Self.envelope(authority, authority.dubai, number: number, rsa: rsa)))
    }
    var cases = 0
    for (left, document) in documents.enumerated() {
      for (right, other) in documents.enumerated() where left != right {
        var mixed = document
        mixed["proof"] = other["proof"]
        var both = document
        both["proof"] = [document["proof"] ?? .null, other["proof"] ?? .null]
        for changed in [mixed, both] {
          cases += 1
          for decision in verdicts(question, verifier, JSON.object(changed).canonical())
          where decision.verdict.isPositive { Issue.record("documents \(left) \(right): \(decision.summary)") }
        }
        // One signed member of the other's in this one.
        for name in document.names where name != "proof" && document[name] != other[name] {
          cases += 1
          var changed = document
          changed[name] = other[name]
          for decision in verdicts(question, verifier, JSON.object(changed).canonical())
          where decision.verdict.isPositive { Issue.record("\(name.string) \(left) \(right): \(decision.summary)") }
        }
      }
    }
    for (left, token) in tokens.enumerated() {
      for (right, other) in tokens.enumerated() where left != right {
        for place in 0..<3 where token[place] != other[place] {
          cases += 1
          var changed = token
          changed[place] = other[place]
          let decision = try question.with { $0.token = Array(changed.joined(separator: [0x2E])) }.decide(verifier)
          if decision.verdict.isPositive {
            Issue.record("token \(left) with part \(place) of \(right): \(decision.summary)")
          }
        }
      }
    }
    for number in tokens.indices {
      #expect(
        try question.with { $0.token = Array(tokens[number].joined(separator: [0x2E])) }.decide(verifier).verdict
          == .genuine,
        "\(number)"
      )
    }
    for document in documents {
      #expect(verdicts(question, verifier, JSON.object(document).canonical()).map(\.verdict) == [.genuine])
    }
    print("swapped parts of exports: \(cases) cases, none positive")
  }

  /// Header, payload and signature of one signed list in another; lists of another authority, of another time, and
  /// things that are no list.
  @Test func swappedPartsOfTrustLists() throws {
    let authority = try TestAuthority.get()
    let other = try TestAuthority.other.get()
    let base = try Question(authority)
    let token = try authority.token(authority.dubai)
    let lists = try [
      authority.trustList(), authority.trustList(sequence: 8), Self.exporting(authority, rsa: nil), other.trustList(),
      authority.statusList(authority.dubai, "revocation"), token,
    ].map { $0.split(separator: 0x2E).map(Array.init) }
    var cases = 0
    for (left, list) in lists.enumerated() {
      for (right, another) in lists.enumerated() where left != right {
        for place in 0..<3 where list[place] != another[place] {
          cases += 1
          var changed = list
          changed[place] = another[place]
          let decision = try base.with { $0.trustList = Array(changed.joined(separator: [0x2E])) }.decide()
          if decision.verdict.isPositive {
            Issue.record("list \(left) with part \(place) of \(right): \(decision.summary)")
          }
        }
      }
    }
    for (index, list) in lists.enumerated() {
      let decision = try base.with { $0.trustList = Array(list.joined(separator: [0x2E])) }.decide()
      #expect(decision.verdict.isPositive == (index < 3), "\(index): \(decision.summary)")
    }
    print("swapped parts of trust lists: \(cases) cases, none positive")
  }
}
