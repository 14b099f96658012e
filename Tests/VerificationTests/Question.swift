import Credentials
import Encodings
import Fixtures
import Messages
import PKI
import Storefronts
import Testing
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
  /// Without a statement: every page of the credential was proved an hour ago.
  var provesPages = true
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
      files: TrustFiles(trustList: trustList, certificates: certificates, crls: crls, platforms: platforms),
      newestSequence: newestSequence,
      contextDigests: contextDigests
    )
  }
  var snapshot: TrustSnapshot { TrustSnapshot(trust: trust, host: host, recognised: recognised) }
  /// That remembers what it is asked.
  var verifier: TestVerifier { TestVerifier(snapshot: snapshot) }

  /// As it is decided without any cache; a verifier that knows the token already must say the same.
  func decide() throws -> Decision {
    let plain = Verifier(snapshot)
    let remembering = TestVerifier(snapshot: plain.snapshot)
    let request = try request(plain.snapshot)
    let decision: Decision
    do throws(TokenRejection) {
      let credential =
        if let document {
          try plain.authenticate(document: document, at: at)
        } else {
          try plain.authenticate(token, at: at)
        }
      let evidence = evidence(for: credential, plain, remembering.caching.authentication)
      decision = plain.decide(credential, request, evidence: evidence, at: at)
    } catch {
      decision = plain.decide(error, request, at: at)
    }
    for _ in 0..<2 { #expect(try decide(remembering).canonical() == decision.canonical()) }
    return decision
  }

  func decide(_ verifier: TestVerifier) throws -> Decision {
    let (caching, snapshot) = (verifier.caching, verifier.snapshot)
    let request = try request(snapshot)
    func evidence(_ credential: AuthenticatedCredential) -> Evidence {
      self.evidence(for: credential, Verifier(snapshot), caching.authentication)
    }
    if let document {
      return caching.verify(document: document, request, under: snapshot, at: at, evidence: evidence)
    }
    return caching.verify(token, request, under: snapshot, at: at) { credential, _ in evidence(credential) }
  }

  func request(_ snapshot: TrustSnapshot) throws -> DecisionRequest {
    DecisionRequest(
      expected: expected,
      page: try page.map { asked in
        RequestedPage(
          asked: asked,
          address: try PageAddress.read(Array(asked.utf8), platforms: snapshot.trust.platforms ?? .empty)
        )
      }
    )
  }

  func evidence(for credential: AuthenticatedCredential, _ verifier: Verifier, _ caches: AuthenticationCaches)
    -> Evidence
  {
    var evidence = Evidence(under: verifier.snapshot)
    evidence.log = log
    evidence.statement = statement.flatMap {
      verifier.read(statement: $0, of: credential, at: at, using: caches)
    }
    if let bindings {
      evidence.bindings = verifier.read(bindings: bindings, of: credential, at: at, using: caches)
    } else if provesPages {
      let proof = BindingAge(
        state: .proved,
        since: at.adding(seconds: -3_600),
        provedAt: at.adding(seconds: -3_600),
        reproveBy: at.adding(days: 89),
        method: "well_known"
      )
      for key in credential.claims.bindingKeys { evidence.bindings[key] = proof }
    }
    for url in credential.statusLists {
      evidence.statusLists[url] = lists[url].map {
        verifier.read(statusList: $0, url: url, newest: newest[url], at: at, using: caches)
      }
    }
    return evidence
  }

  /// With one part changed.
  func with(_ change: (inout Question) throws -> Void) rethrows -> Question {
    var copy = self
    try change(&copy)
    return copy
  }
}

/// A snapshot, and a verifier that remembers what it was asked under it.
struct TestVerifier {
  let snapshot: TrustSnapshot
  var caching = CachingVerifier()

  var trust: Trust { snapshot.trust }
  var plain: Verifier { Verifier(snapshot) }
  /// How many tokens it knows.
  var knownTokens: Int { caching.tokens.count }
  func knows(_ token: [UInt8]) -> Bool { caching.tokens.find(token, generation: snapshot.generation) != nil }

  func read(statusList token: [UInt8], url: Text, at now: Instant) -> StatusReading {
    plain.read(statusList: token, url: url, at: now, using: caching.authentication)
  }

  /// One decision for each credential in an input, by given status lists alone.
  func verify(input bytes: [UInt8], lists: [Text: [UInt8]] = [:], at now: Instant) -> [Decision] {
    do throws(CredentialInputRejection) {
      return verify(try CredentialInput.read(bytes), lists: lists, at: now)
    } catch { return [plain.unreadable(error, at: now)] }
  }

  func verify(_ input: CredentialInput, lists: [Text: [UInt8]] = [:], at now: Instant) -> [Decision] {
    guard !input.items.isEmpty else { return [plain.unreadable(.empty, at: now)] }
    func evidence(_ credential: AuthenticatedCredential) -> Evidence {
      var evidence = Evidence(under: snapshot)
      for url in credential.statusLists {
        evidence.statusLists[url] = lists[url].map { read(statusList: $0, url: url, at: now) }
      }
      return evidence
    }
    return input.items.map { item in
      switch item {
      case .token(let token): caching.verify(token, under: snapshot, at: now) { credential, _ in evidence(credential) }
      case .document(let document): caching.verify(document: document, under: snapshot, at: now, evidence: evidence)
      }
    }
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
