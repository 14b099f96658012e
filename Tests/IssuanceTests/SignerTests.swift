import Credentials
import Encodings
import Foundation
import Profiles
import Registry
import Repository
import Testing
import Verification
import Vocabulary

@testable import Issuance

/// Signers wear out and are replaced; what they signed is as good as it was.
@Suite struct SignerTests {
  private static let day: Int64 = 86_400

  private func decision(_ home: Home, _ id: String, at seconds: Int64) throws -> Decision {
    let anchor = try #require(FileManager.default.contents(atPath: home.anchorPath))
    return try PublishedRepository(path: home.publicPath, anchor: Array(anchor)).verify(
      VerificationRequest(.id(id), page: nil),
      at: Instant(seconds: seconds)
    ).get()
  }

  @Test func aWornOutSignerIsReplacedAndItsCertificatesStayGood() throws {
    let test = try TestHome()
    let old = try test.session().issuer.issue([1]).issued[0].id
    let worn = TestHome.start + 300 * Self.day
    do {
      let session = try test.session(at: worn)
      #expect(try session.issuer.issue([2]).refused.map(\.refusal.code.rawValue) == ["signer_worn_out"])
      // What was issued can still be paused, brought back and published.
      _ = try session.lifecycle.change(try CredentialID(reading: old), .suspend, reason: "investigation", note: "")
      _ = try session.lifecycle.change(try CredentialID(reading: old), .reinstate, reason: "cleared", note: "")
    }
    #expect(try refusal { _ = try test.session("amal", at: worn).setup.renewSigner(of: "dubai") } == "registrar_only")
    let before = try test.session(at: worn).registry.keys.all(chamber: "dubai").filter { $0.purpose == .signer }
    let signer = try test.session(at: worn).setup.renewSigner(of: "dubai")
    let after = try test.session(at: worn).registry.keys.all(chamber: "dubai").filter { $0.purpose == .signer }
    #expect(
      after.map(\.state) == [.current, .retired] && after[0].kid == signer.kid && after[1].kid == before[0].kid
    )
    #expect(signer.notAfter == worn + 760 * Self.day && signer.file == "dubai-signer-2.key.pem")
    let new = try test.session(at: worn + 1).issuer.issue([2]).issued[0].id
    // Both are genuine, each under its own signer; the old one's certificate ends when it says so.
    #expect(try decision(test.home, old, at: worn + 2).verdict == .genuine)
    #expect(try decision(test.home, new, at: worn + 2).verdict == .genuine)
    #expect(try decision(test.home, old, at: TestHome.start + 364 * Self.day).verdict != .notGenuine)
    // Withdrawn after its signer was retired: signed by the new one, and believed.
    _ = try test.session(at: worn + 3).lifecycle.change(
      try CredentialID(reading: old),
      .revoke,
      reason: "membership_ended",
      note: ""
    )
    #expect(try decision(test.home, old, at: worn + 4).verdict == .notInForce)
    #expect(try test.session(at: worn + 4).reader.verifyAudit().complaints.isEmpty)
  }

  /// A copy of the retired key that turned up later signs with a date of its own: the list says until when it was in
  /// use.
  @Test func aRetiredSignerSignsNothingNew() throws {
    let test = try TestHome()
    let moment = TestHome.start + 100 * Self.day
    let retired = try test.session(at: moment).setup.renewSigner(of: "dubai").notBefore
    let token = try #require(FileManager.default.contents(atPath: test.home.publicPath + "/" + Publisher.trustListPath))
    let list = try TrustList(
      payload: try CompactJWS.parse(Array(token), maxBytes: 1 << 22).payloadObject(limits: .document)
    )
    let keys = try #require(list.entities.first { $0.id == "did:web:dubai-chamber.example" }?.services.first?.keys)
    #expect(keys.map(\.expires).sorted() == [retired + 1, retired + 760 * Self.day])
    #expect(try refusal { _ = try test.session(at: moment).setup.renewSigner(of: "dubai") } == "signer_fresh")
  }

  /// `usableDays` of CA and root: what they vouch for must not outlive them.
  @Test func aWornOutCAVouchesForNoSigner() throws {
    let test = try TestHome()
    #expect(
      try test.session(at: TestHome.start + 1_060 * Self.day).setup.renewSigner(of: "dubai").notAfter <= TestHome.start
        + 1_826
        * Self.day
    )
    #expect(
      try refusal { _ = try test.session(at: TestHome.start + 1_066 * Self.day).setup.renewSigner(of: "dubai") }
        == "ca_worn_out"
    )
    #expect(
      try refusal {
        _ = try test.session(at: TestHome.start + 5_476 * Self.day).setup.addChamber(
          slug: "sharjah",
          nameEn: "Sharjah Chamber (sample)",
          nameAr: "غرفة الشارقة (نموذج)",
          jurisdiction: "AE-SH",
          domain: "sharjah-chamber.example"
        )
      } == "root_worn_out"
    )
  }
}
