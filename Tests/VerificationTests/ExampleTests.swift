import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import PKI
import Storefronts
import TestSupport
import Testing

@testable import Verification

/// The worked example: another authority, made by other programs than this one. Its list names no platform table, no
/// programmes and no logs, and its vocabulary is its own: the caller states which version of it is the known one.
@Suite struct ExampleTests {
  static let moment = Instant(seconds: 1_795_338_000)  // 2026-11-22T09:00:00Z
  static let noPlatforms = Array(#"{"format":"khatm-platforms/1","version":"2026-11-20","platforms":[]}"#.utf8)

  private func question(
    _ folder: URL,
    token: String = "credential.vc+jwt",
    page: String? = nil,
    suspension: String = "status-suspension-3.vc+jwt"
  ) throws -> Question {
    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }
    var question = try Question(TestAuthority.get(), token: bytes(token).filter { $0 != 0x0A }, page: page)
    question.host = "trust.chambers.example"
    question.anchors = [try Certificate(pem: bytes("root.pem"))]
    question.trustList = try bytes("trust-list.jwt").filter { $0 != 0x0A }
    question.certificates = [try Certificate(pem: bytes("ca.pem")).der, try Certificate(pem: bytes("leaf.pem")).der]
    question.crls = [
      try RevocationList(pem: bytes("root.crl.pem")).der, try RevocationList(pem: bytes("ca.crl.pem")).der,
    ]
    question.platforms = Self.noPlatforms
    question.contextDigests = [
      "https://trust.chambers.example/ns/membership/v1": Text(
        "sha384-" + Base64.encode(SHA2.sha384(try bytes("context-membership-v1.json")))
      )
    ]
    question.lists = [
      "https://trust.dubaichamber.example/status/revocation/3": try bytes("status-revocation-3.vc+jwt").filter {
        $0 != 0x0A
      },
      "https://trust.dubaichamber.example/status/suspension/3": try bytes(suspension).filter { $0 != 0x0A },
    ]
    question.at = Self.moment
    return question
  }

  @Test func everyStatedVerdict() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    var cases = 0
    func expect(_ name: String, _ verdict: Verdict, _ question: Question) throws {
      let decision = try question.decide()
      cases += 1
      #expect(decision.verdict == verdict, "\(name): \(decision.summary)")
    }
    try expect("no page", .genuine, question(folder))
    for page in [
      "https://www.alnoortrading.example", "https://www.alnoortrading.example/any/page",
      "https://shop.alnoortrading.example/",
    ] {
      try expect(page, .confirmed, question(folder, page: page))
    }
    for page in [
      "https://alnoortrading.example/", "https://www.alnoortrading.example.evil.example/",
      "https://www.alnoortrading.example:8443/",
    ] {
      try expect(page, .otherPage, question(folder, page: page))
    }
    try expect(
      "suspended",
      .notInForce,
      question(
        folder,
        page: "https://www.alnoortrading.example",
        suspension: "status-suspension-3-after-suspending.vc+jwt"
      )
    )
    try expect("no lists", .cannotTell, question(folder).with { $0.lists = [:] })
    let end = Instant(seconds: 1_795_420_800)  // 2026-11-23T08:00:00Z
    try expect("at the end of the lists", .genuine, question(folder).with { $0.at = end })
    try expect("after the lists", .cannotTell, question(folder).with { $0.at = end.adding(seconds: 1) })
    // Another root: whatever the list says, the token's own chain leads elsewhere.
    let other = try question(folder).with { $0.anchors = [try TestAuthority.get().root] }
    try expect("another root", .notGenuine, other)
    #expect(try other.decide().codes == [.chainInvalid])
    try expect(
      "another root and its own list",
      .notGenuine,
      other.with { $0.trustList = try TestAuthority.get().trustList() }
    )
    // After the credential, the certificates, the lists.
    try expect("after the credential", .notInForce, question(folder).with { $0.at = Instant(seconds: 1_826_841_600) })
    // Signed in the future of whoever asks: a beginning that has not come, which is about the time and not about the
    // signature.
    try expect(
      "before it",
      .notInForce,
      question(folder).with {
        $0.at = Instant(seconds: 1_793_491_000)
        $0.crls = []
      }
    )
    let decision = try question(folder).decide()
    #expect(
      decision.credential?.issuerName == "Dubai Chamber (example)"
        && decision.credential?.id == "8f2d6c1e-3b0a-4e57-9c41-6a7d90b1f2e4"
    )
    #expect(
      decision.credential?.storefronts.map(\.key) == [
        "site/www.alnoortrading.example", "site/shop.alnoortrading.example",
      ]
    )
    #expect(decision.axes.freshness == .cached && decision.platformsVersion == "2026-11-20")
    VectorSet.ran("worked-example (verdicts)", cases: cases, passed: cases)
  }

  /// Keys of the other forms stand in key documents of the chamber, not in the list: a list of chambers that does not
  /// name them vouches for nothing.
  @Test func otherFormsWithoutAListedKey() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    #expect(try question(folder, token: "credential-ob.jwt").decide().codes == [.keyUnknown])
    let document = try JSONObject.parse(
      [UInt8](try Data(contentsOf: folder.appending(path: "credential-eddsa-jcs-2022.json")))
    )
    #expect(try question(folder).with { $0.document = document }.decide().codes == [.keyUnknown])
    // The vocabulary is another version than the one this program writes: without the caller's word for it, nothing of
    // it is believed.
    #expect(try question(folder).with { $0.contextDigests = [:] }.decide().codes == [.malformed])
    #expect(
      try question(folder).with {
        $0.contextDigests = [:]
        $0.host = "khatm.example"
      }.decide().verdict == .cannotTell
    )
    #expect(
      try question(folder, page: "https://www.alnoortrading.example").with { $0.platforms = nil }.decide().verdict
        == .cannotTell
    )
    VectorSet.ran("worked-example (other forms)", cases: 5, passed: 5)
  }
}
