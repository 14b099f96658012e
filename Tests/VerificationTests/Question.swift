import Fixtures
import Credentials
import Encodings
import Messages
import PKI
import Storefronts
import TransparencyLog
@testable import Verification

/// Everything one verdict is made from, as bytes. A test changes one part and asks again.
struct Question {
  var host: String
  var token: [UInt8]
  var document: JSONObject?
  var expected: CredentialID?
  var statement: [UInt8]?
  var bindings: [UInt8]?
  var page: String?
  var log: LogEvidence = .notAsked
  var lists: [Text: [UInt8]]
  var newest: [Text: Instant] = [:]
  var anchors: [Certificate]
  var trustList: [UInt8]?
  var certificates: [[UInt8]]
  var crls: [[UInt8]]
  var platforms: [UInt8]?
  var newestSequence: Int64?
  var recognised: [Trust] = []
  var contextDigests: [Text: Text] = [:]
  var at = now

  /// All is well: `genuine` without a page, `confirmed` for `https://alnoor.example/`.
  init(_ authority: TestAuthority, token: [UInt8]? = nil, page: String? = nil) throws {
    host = authority.host
    self.token = try token ?? authority.token(authority.dubai)
    self.page = page
    lists = try authority.statusLists()
    anchors = [authority.root]
    trustList = try authority.trustList()
    certificates = authority.certificates
    crls = try authority.crls()
    platforms = TestAuthority.platforms
  }

  var trust: Trust {
    Trust(
      anchors: anchors,
      trustList: trustList,
      certificates: certificates,
      crls: crls,
      platforms: platforms,
      newestSequence: newestSequence,
      contextDigests: contextDigests
    )
  }
  var verifier: Verifier { Verifier(trust: trust, host: host, recognised: recognised) }

  func decide() throws -> Decision { try decide(verifier) }

  func decide(_ verifier: Verifier) throws -> Decision {
    let question = try page.map { asked in
      PageQuestion(
        asked: asked,
        address: try PageAddress.read(Array(asked.utf8), platforms: verifier.trust.platforms ?? .empty)
      )
    }
    let readings = { (url: Text) -> StatusReading in
      guard let bytes = lists[url] else { return .unavailable }
      return verifier.verify(statusList: bytes, url: url, newest: newest[url], at: at)
    }
    if let document {
      return verifier.verify(
        document: document,
        expected: expected,
        statement: statement,
        page: question,
        log: log,
        at: at,
        statusList: readings
      )
    }
    return verifier.verify(
      token,
      expected: expected,
      statement: statement,
      bindings: bindings,
      page: question,
      log: log,
      at: at,
      statusList: readings
    )
  }

  /// With one part changed.
  func with(_ change: (inout Question) throws -> Void) rethrows -> Question {
    var copy = self
    try change(&copy)
    return copy
  }
}

extension Decision {
  var codes: [ReasonCode] { reasons.map(\.code) }
  /// `genuine`, `confirmed`, or the reason codes.
  var summary: String {
    verdict.isPositive ? verdict.rawValue : "\(verdict.rawValue) \(codes.map(\.rawValue).joined(separator: " "))"
  }
}

let shop = "https://alnoor.example/"

/// A log of some entries in memory, with the entry of one token among them.
struct TestLog {
  let authority: TestAuthority
  var tree = HashTree()
  var entries: [[UInt8]] = []
  static let salt = [UInt8](repeating: 0x5A, count: CredentialHandle.saltBytes)

  init(_ authority: TestAuthority, others: Int = 5) throws {
    self.authority = authority
    for number in 0..<others { try append(Array("entry \(number)".utf8)) }
  }

  mutating func append(_ entry: [UInt8]) throws {
    try tree.append(leafHash: Merkle.leafHash(entry))
    entries.append(entry)
  }

  static func entry(
    _ token: [UInt8],
    number: Int = 1,
    chamber: TestChamber,
    programme: Text = TestAuthority.trusted,
    at: Instant = now.adding(days: -30),
    salt: [UInt8] = TestLog.salt
  ) throws -> LogEntry {
    try LogEntry(
      at: at,
      chamber: chamber.did,
      event: .issue(
        CredentialHandle(salt: salt, token: token, id: Text(TestAuthority.id(number).description)),
        programme: programme
      )
    )
  }

  /// The entry is appended, and its proof made under a fresh checkpoint.
  mutating func prove(_ entry: LogEntry, salt: [UInt8] = TestLog.salt, signer: NoteSigner? = nil) throws -> LogProof {
    try append(entry.bytes)
    let index = tree.size - 1
    try append(Array("a later entry".utf8))
    let path = try Merkle.inclusionProof(index: index, size: tree.size, hashes: tree.reader)
    let signer = signer ?? authority.logSigner
    let checkpoint = try signer.sign(Checkpoint(origin: signer.verifierKey.name, size: tree.size, root: tree.root))
      .bytes
    return try LogProof(extra: ProofExtra(entry: entry, salt: salt), index: index, path: path, checkpoint: checkpoint)
  }
}
