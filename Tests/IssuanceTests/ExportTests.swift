import Credentials
import Encodings
import Foundation
import Registry
import Repository
import Testing
import Verification
import Vocabulary

@testable import Issuance

/// What is exported long after the issue is accepted by the same verifier as the token itself, log and all.
@Suite struct ExportTests {
  @Test func everyFormAMonthLater() throws {
    let test = try TestHome()
    let issued = try test.session().issuer.issue([1, 2]).issued.map(\.id)
    let later = TestHome.start + 30 * 86_400
    let id = try CredentialID(reading: issued[0])
    let moment = Instant(seconds: later)
    let document = try test.session(at: later).exporter.document(id)
    let rsa = try test.session(at: later).exporter.openBadge(id, algorithm: .rs256)
    let badge = try test.session(at: later).exporter.openBadge(id)
    try test.session(at: later).publisher.finishAndPublish(everything: false)
    let token = try #require(try test.session(at: later).registry.credentials.find(id: issued[0])?.parts).compact
    let anchor = Array(try Data(contentsOf: URL(filePath: test.home.anchorPath)))
    func verdict(_ bytes: [UInt8]) throws -> Decision {
      try PublishedRepository(path: test.home.publicPath, anchor: anchor).verify(
        VerificationRequest(.token(bytes)),
        at: moment
      )
      .get()
    }
    for (name, form) in [("token", token), ("document", document), ("RS256", rsa), ("ES256", badge)] {
      let decision = try verdict(form)
      #expect(decision.verdict == .genuine, "\(name): \(decision.reasons)")
      #expect(decision.log != nil, "\(name) rests on the entry of the token")
    }
    // The key is made once, named everywhere, and encrypted.
    _ = try test.session(at: later).exporter.openBadge(try CredentialID(reading: issued[1]), algorithm: .rs256)
    let keys = try test.session(at: later).registry.keys.all(chamber: "dubai").filter { $0.certificate == nil }
    #expect(keys.map(\.purpose.rawValue).sorted() == ["data-integrity", "open-badge"])
    let did = try DIDDocument(
      Array(try Data(contentsOf: URL(filePath: test.home.publicPath + "/did/dubai-chamber.example/did.json"))),
      of: "did:web:dubai-chamber.example"
    )
    #expect(Set(did.assertionMethods.map(\.string)).isSuperset(of: keys.map(\.kid)) && did.assertionMethods.count == 3)
    // A revocation reaches every form.
    _ = try test.session(at: later).lifecycle.change(id, .revoke, reason: "fraud", note: "")
    for form in [token, document, rsa, badge] { #expect(try verdict(form).verdict == .notInForce) }
  }
}
