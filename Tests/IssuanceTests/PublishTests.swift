import Credentials
import Directory
import Encodings
import Foundation
import GRDB
import Profiles
import Registry
import Testing
import Vocabulary

@testable import Issuance

/// What is written after what, what is due, and what a publication that was cut off leaves to the next.
@Suite struct PublishTests {
  private static let hour: Int64 = 3_600
  /// When `TestHome` made its lists.
  private static let founded = TestHome.start - hour
  private static let lists = ["revocation", "suspension"].map { "status/dubai/\($0)/1" }

  /// Every file of `public/` but the directory, which SQLite writes.
  private func files(_ home: Home) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    let all = FileManager.default.enumerator(atPath: home.publicPath) ?? FileManager.DirectoryEnumerator()
    for case let path as String in all where !path.hasPrefix("directory.sqlite") {
      if let data = FileManager.default.contents(atPath: "\(home.publicPath)/\(path)") { found[path] = Array(data) }
    }
    return found
  }

  private func records(_ home: Home) throws -> [String: PublicRecord] {
    var found: [String: PublicRecord] = [:]
    try DirectoryFile.readable(at: home.publicPath + "/directory.sqlite").forEachToken { found[$0.id] = $0 }
    return found
  }

  private func isSuspended(_ desk: Desk, _ id: CredentialID) throws -> Bool? {
    let record = try desk.record(id)
    guard let token = try desk.published(Self.lists[1]) else { return nil }
    let payload = try CompactJWS.parse(token).payloadObject(limits: .document)
    return try StatusListCredential(payload: payload).list[record.suspension.index]
  }

  @Test func aSecondPublicationWritesNothing() throws {
    let desk = try Desk()
    let ids = try desk.issue([1, 2])
    _ = try desk.session().lifecycle.change(ids[0], .suspend, reason: "other", note: "")
    let before = try files(desk.home)
    let (size, last) = (try desk.logSize(), try desk.lastAudit())
    let done = try desk.session().publisher.publish()
    #expect(done.files.isEmpty && done.certificates == 0)
    #expect(try files(desk.home) == before && desk.logSize() == size && desk.lastAudit() == last)
  }

  /// When each kind of file must be made again.
  @Test(arguments: [
    ("status/dubai/revocation/1", TestHome.start + 6 * 3_600),
    ("status/dubai/suspension/1", TestHome.start + 6 * 3_600),
    (Publisher.trustListPath, TestHome.start - 3_600 + 7 * 43_200),
    ("crl/root.crl", TestHome.start - 3_600 + 2_160 * 3_600),
    ("crl/dubai.crl", TestHome.start - 3_600 + 24 * 3_600), ("crl/ajman.crl", TestHome.start - 3_600 + 24 * 3_600),
  ])
  func dueToTheSecond(_ path: String, _ due: Int64) throws {
    let desk = try Desk()
    try desk.issue([1])
    #expect(try desk.session().registry.publications.find(path)?.due == due)
    #expect(try !desk.session(at: due - 1).publisher.needsRenewal(path))
    #expect(try desk.session(at: due).publisher.needsRenewal(path))
    // A file that got lost is due at once.
    try FileManager.default.removeItem(atPath: "\(desk.home.publicPath)/\(path)")
    #expect(try desk.session().publisher.needsRenewal(path))
    #expect(try desk.session().publisher.publish().files.contains(path))
    #expect(try !desk.session().publisher.needsRenewal(path))
  }

  @Test func whatNeverRunsOut() throws {
    let desk = try Desk()
    for path in ["certs/root.pem", "did/dubai-chamber.example/did.json", "platforms.json", "ns/membership/v1"] {
      #expect(try desk.session().registry.publications.find(path)?.due == Publisher.never)
      #expect(try !desk.session(at: TestHome.start + 20 * 365 * 86_400).publisher.needsRenewal(path))
    }
    #expect(try desk.session().publisher.needsRenewal("never/published"))
  }

  /// Only what is due is made anew.
  @Test func aDayLater() throws {
    let desk = try Desk()
    try desk.issue([1])
    let size = try desk.logSize()
    let later = TestHome.start + 24 * Self.hour
    let done = try desk.session(at: later).publisher.publish()
    #expect(Set(done.files) == Set(Self.lists + ["crl/dubai.crl", "crl/ajman.crl"]) && done.certificates == 0)
    // Lists are named in the log, CRLs are not.
    #expect(try desk.kinds(from: size) == ["status-list", "status-list"])
    let entries = try desk.entries(from: size)
    #expect(
      Set(entries.compactMap { $0["list"]?.string ?? $0["url"]?.string })
        == Set(Self.lists.map { "https://khatm.example/\($0)" })
    )
    let row = try desk.lastAudit()
    #expect(row.action == .publish && row.subject == "4 files")
    let token = try #require(try desk.published(Self.lists[0]))
    let list = try StatusListCredential(payload: try CompactJWS.parse(token).payloadObject(limits: .document))
    #expect(list.validFrom.seconds == later && list.validUntil.seconds == later + 24 * Self.hour)
    #expect(list.ttl == 300_000 && list.issuedAt == later && list.issuer == "did:web:dubai-chamber.example")
    #expect(list.id == Text("https://khatm.example/\(Self.lists[0])") && list.purposes == ["revocation"])
    #expect(list.list.count == 131_072)
  }

  /// A new certificate changes no list: its bits are as they were.
  @Test func aNewCertificateIsARecordAndNoList() throws {
    let desk = try Desk()
    try desk.issue([1])
    let before = try files(desk.home)
    let id = try desk.issue([2])[0]
    let after = try files(desk.home)
    #expect(after[Self.lists[0]] == before[Self.lists[0]] && after["checkpoint"] != before["checkpoint"])
    let record = try #require(try records(desk.home)[id.description])
    let stored = try desk.record(id)
    #expect(record.header == stored.parts?.header && record.payload == stored.parts?.payload)
    #expect(record.signature == stored.parts?.signature && record.leaf == stored.leaf && record.salt == stored.salt)
    #expect(record.chamber == "dubai" && record.programme == "verified-membership")
    #expect(
      record.registerID == "NTRAE+DU-92" && record.names == ["Palm Trading 2 LLC", "شركة النخلة 2 للتجارة ذ.م.م"]
    )
    #expect(record.validUntil == stored.validUntil && record.statement == nil && record.replacedBy == nil)
    #expect(record.pageKeys == ["site/palm-2.example"] && record.bindings == nil)
  }

  @Test func everythingIsMadeAnew() throws {
    let desk = try Desk()
    try desk.issue([1, 2, 3])
    let done = try desk.session(at: TestHome.start + 1).publisher.publish(everything: true)
    #expect(Set(done.files).count == done.files.count && done.certificates == 3)
    #expect(Set(done.files).isSuperset(of: Self.lists + [Publisher.trustListPath, "crl/root.crl", "crl/dubai.crl"]))
    #expect(Set(done.files).isSuperset(of: ["certs/root.cer", "platforms.json", "authority.json"]))
    // All but what is made from the log.
    let derived = try files(desk.home).keys.filter { !$0.hasPrefix("tile/") && $0 != "checkpoint" }
    #expect(Set(derived) == Set(done.files))
  }

  @Test func aPublicFolderThatWasLostIsMadeAgainWhole() throws {
    let desk = try Desk()
    let ids = try desk.issue([1, 2])
    _ = try desk.session().lifecycle.change(ids[0], .suspend, reason: "other", note: "")
    let names = Set(try files(desk.home).keys)
    let kept = try records(desk.home)
    try FileManager.default.removeItem(atPath: desk.home.publicPath)
    let done = try desk.session(at: TestHome.start + 5).publisher.publish()
    #expect(done.certificates == 2)
    // Partial tiles of sizes that were published once are not missed.
    let again = Set(try files(desk.home).keys)
    #expect(again.filter { !$0.contains(".p/") } == names.filter { !$0.contains(".p/") })
    #expect(try records(desk.home) == kept)
    #expect(try isSuspended(desk, ids[0]) == true && isSuspended(desk, ids[1]) == false)
  }

  @Test func oneKeyFileThatWasLost() throws {
    let desk = try Desk()
    let path = "did/dubai-chamber.example/did.json"
    let before = try desk.published(path)
    try FileManager.default.removeItem(atPath: "\(desk.home.publicPath)/\(path)")
    let size = try desk.logSize()
    #expect(try desk.session().publisher.publish().files == [path])
    #expect(try desk.published(path) == before && desk.logSize() == size)
  }

  /// A tile is written once: other bytes under its name are another log.
  @Test func aTileWithOtherBytesStopsEverything() throws {
    let desk = try Desk()
    try desk.issue([1])
    // Before the next publication somebody puts a tile there which it is going to write.
    let size = try desk.logSize() + 1
    let path = "\(desk.home.publicPath)/tile/0/000.p/\(size)"
    try FileManager.default.createDirectory(
      atPath: "\(desk.home.publicPath)/tile/0/000.p",
      withIntermediateDirectories: true
    )
    try Data("garbage".utf8).write(to: URL(filePath: path))
    let before = try desk.published("checkpoint")
    #expect(try failure { try desk.issue([2]) } == .publishedDiffers(path: path))
    #expect(try desk.published("checkpoint") == before)
  }

  /// In the order of the steps: what stops one has stopped all that come after it, and the next command completes it.
  @Test(arguments: [
    "tile/entries/000.p/.blocked", "status/dubai/suspension/.1.new", "directory.sqlite-journal", ".checkpoint.new",
    "../.newest-checkpoint.new",
  ])
  func cutOffBetweenTwoSteps(_ blocked: String) throws {
    let desk = try Desk()
    let id = try desk.issue([1])[0]
    let (shown, remembered) = (
      try desk.published("checkpoint"), try Files.read(desk.home.rollbackGuardPath, limit: 1 << 20)
    )
    var path = "\(desk.home.publicPath)/\(blocked)"
    let size = try desk.logSize() + 3
    if blocked.hasPrefix("tile/") { path = "\(desk.home.publicPath)/tile/entries/000.p/\(size)" }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(throws: (any Error).self) {
      try desk.session().lifecycle.change(id, .suspend, reason: "other", note: "")
    }
    // The register is ahead, and says so.
    #expect(try desk.record(id).state == .suspended && desk.logSize() == size)
    #expect(try desk.session().registry.publications.unpublished().credentials.map(\.id) == [id.description])
    let isLast = blocked.contains("newest")
    #expect(try (desk.published("checkpoint") == shown) == !isLast)
    #expect(try Files.read(desk.home.rollbackGuardPath, limit: 1 << 20) == remembered)
    let isListWritten = blocked.contains("directory") || blocked.contains("checkpoint")
    #expect(try isSuspended(desk, id) == isListWritten)
    try FileManager.default.removeItem(atPath: path)
    let done = try desk.session(at: TestHome.start + 1).publisher.publish()
    #expect(done.certificates == 1 && Set(done.files) == Set(Self.lists))
    #expect(try isSuspended(desk, id) == true)
    #expect(try records(desk.home)[id.description]?.statement == desk.record(id).statement)
    #expect(try desk.session().registry.publications.unpublished().newest == nil)
    let head = try #require(try desk.session().registry.log.head())
    #expect(try desk.published("checkpoint") == Array(head.note.utf8))
    #expect(try Files.read(desk.home.rollbackGuardPath, limit: 1 << 20) == Array(head.note.utf8))
  }

  /// When something was to be seen is noted by the clock of that moment, never before the act itself.
  @Test(arguments: [(100, 100), (-100, 0)] as [(Int64, Int64)])
  func theMomentOfPublication(_ later: Int64, _ noted: Int64) throws {
    let test = try TestHome()
    var options = SessionOptions()
    options.clock = { Instant(seconds: TestHome.start + later) }
    let session = try AuthoritySession.open(
      test.home,
      officer: "registrar",
      at: Instant(seconds: TestHome.start),
      options: options
    ) { TestHome.passphrase }
    let id = try session.issuer.issue([1]).issued[0].id
    let record = try #require(try session.registry.credentials.find(id: id))
    #expect(try session.registry.publications.publishedAt(credential: record.seq) == TestHome.start + noted)
  }
}
