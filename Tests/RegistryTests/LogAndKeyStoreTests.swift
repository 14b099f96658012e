import Foundation
import Testing
import Vocabulary

@testable import Registry

@Suite struct KeyRecordStoreTests {
  private let now = StoreFixture.now

  private func key(_ kid: String, _ purpose: KeyPurpose, of chamber: String? = "dubai") -> SigningKeyRecord {
    SigningKeyRecord(
      chamber: chamber,
      purpose: purpose,
      kid: kid,
      publicKey: Array("public \(kid)".utf8),
      certificate: purpose == .answer ? nil : Array("certificate \(kid)".utf8),
      notBefore: now,
      notAfter: now + 100,
      file: "\(kid).key.pem"
    )
  }

  @Test func anAuthorityIsFoundedOnce() throws {
    let registry = try Registry.inMemory()
    let fixture = try StoreFixture()
    let authority = Authority(name: "Chambers (sample)", host: "khatm.example", createdAt: now)
    #expect(try registry.keys.authority() == nil)
    let keys = [key("root", .root, of: nil), key("log", .log, of: nil)]
    try registry.keys.found(authority, keys: keys, audit: fixture.audit(.initialize))
    #expect(try registry.keys.authority() == authority)
    #expect(try registry.keys.all(chamber: nil) == keys.reversed(), "newest first")
    #expect(try registry.log.lastAudit()?.action == .initialize)
    #expect(throws: RegistryFailure.self) {
      try registry.keys.found(authority, keys: [], audit: fixture.audit(.initialize))
    }
  }

  @Test func aChamberComesWithItsKeysItsStatusAndItsLeaf() throws {
    let fixture = try StoreFixture()
    let keys = fixture.registry.keys
    let chamber = Chamber(
      slug: "sharjah",
      domain: "sharjah.example",
      nameEn: "Sharjah",
      nameAr: "الشارقة",
      jurisdiction: "AE-SH",
      status: .granted,
      statusSince: now
    )
    let made = [key("ca", .issuingCA, of: "sharjah"), key("signer", .signer, of: "sharjah")]
    try keys.add(chamber, keys: made, log: fixture.append(2), audit: fixture.audit(.chamberAdd))
    #expect(try keys.chambers().last == chamber && chamber.did == "did:web:sharjah.example")
    #expect(try keys.all(chamber: "sharjah") == made.reversed() && keys.all(chamber: nil).isEmpty)
    #expect(try keys.recognitionHistory(of: "sharjah").map(\.status) == [.granted])
    #expect(try fixture.registry.log.head()?.size == 2)
    #expect(throws: RegistryFailure.self, "the domain is taken") {
      try keys.add(
        Chamber(
          slug: "other",
          domain: "sharjah.example",
          nameEn: "O",
          nameAr: "ا",
          jurisdiction: "AE",
          status: .granted,
          statusSince: now
        ),
        keys: [],
        log: fixture.append(),
        audit: fixture.audit(.chamberAdd)
      )
    }
    #expect(try keys.chambers().count == 3 && fixture.registry.log.head()?.size == 2)
  }

  @Test func statusHasAHistory() throws {
    let fixture = try StoreFixture()
    let keys = fixture.registry.keys
    for (status, since) in [(RecognitionStatus.suspended, now + 5), (.granted, now + 9)] {
      try keys.setStatus(of: "ajman", to: status, since: since, log: fixture.append(), audit: fixture.audit(.run))
    }
    let history = try keys.recognitionHistory(of: "ajman")
    #expect(history.map(\.status) == [.suspended, .granted] && history.map(\.since) == [now + 5, now + 9])
    let ajman = try #require(try keys.chambers().first { $0.slug == "ajman" })
    #expect(ajman.status == .granted && ajman.statusSince == now + 9)
    #expect(throws: RegistryFailure.self, "one status at a moment") {
      try keys.setStatus(of: "ajman", to: .withdrawn, since: now + 9, log: fixture.append(), audit: fixture.audit(.run))
    }
    #expect(try keys.chambers().first { $0.slug == "ajman" }?.status == .granted)
  }

  @Test func ofAPurposeOneKeyIsCurrent() throws {
    let fixture = try StoreFixture()
    let keys = fixture.registry.keys
    let old = key("signer-1", .signer)
    let new = key("signer-2", .signer)
    try keys.add(old, log: fixture.append(), audit: fixture.audit(.keyAdd))
    #expect(throws: RegistryFailure.self) { try keys.add(new, log: fixture.append(), audit: fixture.audit(.keyAdd)) }
    try keys.replace(old, by: new, log: fixture.append(), audit: fixture.audit(.signerRenew))
    let all = try keys.all(chamber: "dubai")
    #expect(all.map(\.kid) == ["signer-2", "signer-1"] && all.map(\.state) == [.current, .retired])
    #expect(
      try fixture.refusal {
        try keys.replace(old, by: key("signer-3", .signer), log: fixture.append(), audit: fixture.audit(.signerRenew))
      } == .illegalTransition,
      "it is retired already"
    )
    // For another purpose, for another chamber and without a certificate there is room.
    try keys.add(key("badge", .openBadge), log: fixture.append(), audit: fixture.audit(.keyAdd))
    try keys.add(key("signer-a", .signer, of: "ajman"), log: fixture.append(), audit: fixture.audit(.keyAdd))
    try keys.add(key("answer", .answer, of: nil), log: fixture.append(), audit: fixture.audit(.answerKey))
    #expect(try keys.all(chamber: nil).map(\.certificate) == [nil])
    #expect(throws: RegistryFailure.self, "a key has one name") {
      try keys.add(key("badge", .dataIntegrity), log: fixture.append(), audit: fixture.audit(.keyAdd))
    }
  }

  /// Whatever changes keys, chambers or neighbours makes the published trust list old.
  @Test func theTrustListIsDueAgain() throws {
    let fixture = try StoreFixture()
    let path = ".well-known/chamber-trust-list.jwt"
    let other = Recognition(
      host: "kamar.example",
      name: "Kamar",
      location: "https://kamar.example/list",
      root: [1],
      rootSHA256: [UInt8](repeating: 1, count: 32),
      since: now
    )
    let acts: [(String, () throws -> Void)] = [
      (
        "a key",
        { try fixture.registry.keys.add(self.key("k", .signer), log: fixture.append(), audit: fixture.audit()) }
      ),
      (
        "a key that retires",
        {
          try fixture.registry.keys.replace(
            self.key("k", .signer),
            by: self.key("l", .signer),
            log: fixture.append(),
            audit: fixture.audit()
          )
        }
      ),
      (
        "a status",
        {
          try fixture.registry.keys.setStatus(
            of: "ajman",
            to: .suspended,
            since: 7,
            log: fixture.append(),
            audit: fixture.audit()
          )
        }
      ),
      ("a neighbour", { try fixture.registry.recognitions.add(other, audit: fixture.audit()) }),
      (
        "one less",
        { try fixture.registry.recognitions.withdraw(host: other.host, at: self.now, audit: fixture.audit()) }
      ),
    ]
    for (name, act) in acts {
      let files = [path, "platforms.json"].map { PublicationRecord(path: $0, at: now, due: now + 9) }
      try fixture.registry.publications.record(files, upTo: nil, at: now)
      try act()
      #expect(try fixture.registry.publications.find(path) == nil, "\(name)")
      #expect(try fixture.registry.publications.find("platforms.json") != nil, "\(name)")
    }
  }
}

@Suite struct LogStoreTests {
  private let now = StoreFixture.now

  @Test func leavesAndHeadComeBack() throws {
    let fixture = try StoreFixture()
    let log = fixture.registry.log
    #expect(try log.head() == nil && log.leafHashes(0..<9).isEmpty && log.entries(0..<9).isEmpty)
    try log.append(fixture.append(3, at: now))
    try log.append(fixture.append(2, at: now + 1), audit: fixture.audit(.publish))
    let head = try #require(try log.head())
    #expect(head.size == 5 && head.at == now + 1 && head.note == "checkpoint 5")
    #expect(head.frontier == Array("frontier 5".utf8))
    #expect(try log.leafHashes(0..<5) == (0..<5).map(fixture.hash))
    #expect(try log.leafHashes(1..<3) == [fixture.hash(1), fixture.hash(2)])
    #expect(try log.leafHashes(4..<9) == [fixture.hash(4)] && log.leafHashes(2..<2).isEmpty)
    #expect(try log.entries(3..<5) == ["entry 3", "entry 4"].map { Array($0.utf8) })
    #expect(try log.lastAudit()?.action == .publish)
  }

  /// An append of no leaf makes no checkpoint; one that knows another size is refused.
  @Test func compareAndSwap() throws {
    let fixture = try StoreFixture()
    let log = fixture.registry.log
    try log.append(fixture.append(0))
    #expect(try log.head() == nil)
    let mine = try fixture.append(2)
    let theirs = try fixture.append(1)
    try log.append(theirs)
    #expect(try fixture.refusal { try log.append(mine, audit: fixture.audit()) } == .logMoved)
    let ahead = LogAppend(previousSize: 9, leaves: mine.leaves, tileRoots: [], at: now, frontier: [], note: "")
    #expect(try fixture.refusal { try log.append(ahead) } == .logMoved)
    #expect(try log.head()?.size == 1)
  }

  @Test func rootsOfFullTiles() throws {
    let fixture = try StoreFixture()
    let log = fixture.registry.log
    let plain = try fixture.append(1)
    let append = LogAppend(
      previousSize: 0,
      leaves: plain.leaves,
      tileRoots: [
        .init(level: 1, position: 1, hash: fixture.hash(11)), .init(level: 1, position: 0, hash: fixture.hash(10)),
        .init(level: 2, position: 0, hash: fixture.hash(20)),
      ],
      at: now,
      frontier: [],
      note: ""
    )
    try log.append(append)
    #expect(try log.tileRoots(level: 1, 0..<2) == [fixture.hash(10), fixture.hash(11)])
    #expect(
      try log.tileRoots(level: 1, 1..<9) == [fixture.hash(11)] && log.tileRoots(level: 2, 0..<1) == [fixture.hash(20)]
    )
    #expect(try log.tileRoots(level: 3, 0..<9).isEmpty)
  }

  @Test func theTrailIsReadInPages() throws {
    let fixture = try StoreFixture()
    let log = fixture.registry.log
    #expect(try log.lastAudit() == nil && log.audit(after: 0, limit: 9).isEmpty)
    var written: [AuditRecord] = []
    for (number, action) in [AuditAction.initialize, .officerAdd, .issue, .revoke].enumerated() {
      let outcome: AuditOutcome = action == .revoke ? .refused : .done
      let row = try fixture.audit(
        action,
        by: number > 1 ? "amal" : "registrar",
        at: now + Int64(number),
        outcome: outcome
      )
      try log.record(row)
      written.append(row)
    }
    #expect(try log.audit(after: 0, limit: 9) == written && log.lastAudit() == written[3])
    #expect(try log.audit(after: 1, limit: 2).map(\.seq) == [2, 3] && log.audit(after: 4, limit: 2).isEmpty)
    #expect(written[3].signature == nil && written[3].action == .revoke)
    let counts = try log.actCounts(from: now + 1, to: now + 4)
    #expect(counts.map(\.officer) == ["amal", "amal", "registrar"])
    #expect(counts.map(\.act) == ["issue", "revoke", "officer-add"] && counts.map(\.count) == [1, 1, 1])
    #expect(counts.map(\.outcome) == [.done, .refused, .done])
    #expect(try log.actCounts(from: now + 4, to: now + 9).isEmpty)
  }

  /// An act that no version of the program knows is shown by its word.
  @Test func anUnknownActIsShownAndNotGuessed() throws {
    let fixture = try StoreFixture()
    let row = AuditRecord(
      seq: 1,
      at: now,
      officer: "amal",
      act: "conjure",
      subject: "",
      outcome: .done,
      detail: "{}",
      previous: [UInt8](repeating: 0, count: 32),
      digest: TestRegister.digest,
      signature: TestRegister.signature
    )
    try fixture.registry.log.record(row)
    #expect(try fixture.registry.log.lastAudit() == row && row.action == nil)
  }

  @Test func actsOutsideOfficeHours() throws {
    let fixture = try StoreFixture()
    let log = fixture.registry.log
    let day = now / 86_400 * 86_400
    // Hours of the day in UTC; the office is four hours ahead and open from 7 to 19.
    for hour in [2, 3, 12, 14, 15, 23] as [Int64] { try log.record(fixture.audit(.export, at: day + hour * 3_600)) }
    func found(limit: Int = 9, zone: Int64 = 4 * 3_600) throws -> [Int64] {
      try log.acts(from: day, to: day + 86_400, outside: 7..<19, zone: zone, limit: limit).map { ($0.at - day) / 3_600 }
    }
    #expect(try found() == [23, 15, 2], "newest first; 23 is 3 in the morning there")
    #expect(try found(limit: 1) == [23] && found(zone: 0) == [23, 3, 2])
    #expect(try log.acts(from: day, to: day + 3 * 3_600, outside: 7..<19, zone: 0, limit: 9).count == 1)
  }
}
