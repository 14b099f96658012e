import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import Repository
import Synchronization
import Testing
import Verification

/// A clock that a test turns.
final class Ticks: Sendable {
  private let value = Mutex<UInt64>(1_000_000_000)
  var now: UInt64 { value.withLock { $0 } }
  func pass(_ nanoseconds: UInt64) { value.withLock { $0 += nanoseconds } }
}

/// What the folder shows changes under a running reader; a change is never missed, and what is missing is never good.
@Suite struct ChangeTests {
  @Test func aRevocationIsSeenAtOnce() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    try sample.revoke(good)
    #expect(try folder.ask(.id(good.id.description)).axes.status == .revoked)
  }

  @Test func looksAtMostEvery200Milliseconds() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let ticks = Ticks()
    let folder = try PublishedRepository(path: sample.path, anchor: sample.rootPEM, recheck: .atMostEvery { ticks.now })
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    try sample.revoke(good)
    // The list is not looked at again yet; the newer statement beside it may already cast doubt, and never says "in
    // force".
    #expect(try folder.ask(.id(good.id.description)).axes.status != .revoked, "not yet looked at again")
    ticks.pass(201_000_000)
    #expect(try folder.ask(.id(good.id.description)).axes.status == .revoked)
  }

  @Test func missingAndOldDataIsCannotTell() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    func verdict(_ at: Instant = now) throws -> (Verdict, [ReasonCode]) {
      let decision = try folder.ask(.id(good.id.description), page: "https://alnoor.example/", at: at)
      return (decision.verdict, decision.codes)
    }
    #expect(try verdict().0 == .genuine)
    for (path, code) in [
      ("status/chamber/revocation/1", ReasonCode.statusUnavailable),
      ("status/chamber/suspension/1", .statusUnavailable),
      (".well-known/chamber-trust-list.jwt", .trustDataUnavailable), ("crl/chamber.crl", .trustDataUnavailable),
      ("platforms.json", .trustDataUnavailable), ("directory.sqlite", .trustDataUnavailable),
    ] {
      let bytes = try sample.read(path)
      try sample.remove(path)
      let (verdict, codes) = try verdict()
      #expect(verdict == .cannotTell, "\(path)")
      #expect(codes.contains(code), "\(path): \(codes)")
      try sample.write(path, bytes)
      #expect(
        try folder.ask(.id(good.id.description), page: "https://alnoor.example/").verdict == .genuine,
        "\(path) back"
      )
    }
    // Damaged, cut, and a list of somebody else.
    let list = try sample.read("status/chamber/revocation/1")
    for bytes in [Array(list.dropLast(3)), [], Array("<html>".utf8), try sample.read("status/chamber/suspension/1")] {
      try sample.write("status/chamber/revocation/1", bytes)
      #expect(try verdict().1.contains(.statusUnusable))
      #expect(try verdict().0 == .cannotTell)
    }
    try sample.write("status/chamber/revocation/1", list)
    #expect(try verdict(now.adding(days: 2)).1.contains(.statusStale))
    #expect(try verdict(now.adding(days: 2)).0 == .cannotTell)
    try FileManager.default.removeItem(atPath: sample.path + "/status/chamber/revocation/1")
    try FileManager.default.createSymbolicLink(
      atPath: sample.path + "/status/chamber/revocation/1",
      withDestinationPath: sample.path + "/other"
    )
    try sample.write("other", list)
    #expect(try verdict().1.contains(.statusUnavailable), "links are not followed")
  }

  @Test func anOlderStatusListIsCalledOne() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let lists = ["status/chamber/revocation/1", "status/chamber/suspension/1"]
    let old = try lists.map { try sample.read($0) }
    try sample.revoke(good)
    #expect(try folder.ask(.id(good.id.description)).axes.status == .revoked)
    for (path, bytes) in zip(lists, old) { try sample.write(path, bytes) }
    let decision = try folder.ask(.id(good.id.description))
    #expect(decision.verdict == .cannotTell && decision.codes.contains(.statusRollback))
  }

  /// A copy of `public/` in which only the lists were put back, read by a process that never saw the newer ones: the
  /// chamber's statement is in it, whatever form of the credential is shown.
  @Test func anOlderListBesideANewerStatementPraisesNoForm() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let other = try sample.issue()
    let badge = try sample.openBadge(good)
    let lists = try ["revocation", "suspension"].map { ($0, try sample.read("status/chamber/\($0)/1")) }
    #expect(try open(sample).ask(.token(good.token)).verdict == .genuine)
    try sample.revoke(good)
    for (purpose, list) in lists { try sample.write("status/chamber/\(purpose)/1", list) }
    for token in [good.token, badge] {
      let decision = try open(sample).ask(.token(token))
      #expect(decision.verdict == .cannotTell && decision.codes.contains(.statusRollback), "\(decision.codes)")
    }
    #expect(try open(sample).ask(.id(good.id.description)).verdict == .cannotTell)
    #expect(try open(sample).ask(.token(other.token)).verdict == .genuine)
  }

  @Test func anOlderTrustListPraisesNobody() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let old = try sample.read(".well-known/chamber-trust-list.jwt")
    sample.sequence = 2
    try sample.publishTrustList()
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    try sample.write(".well-known/chamber-trust-list.jwt", old)
    let decision = try folder.ask(.id(good.id.description))
    #expect(decision.verdict == .cannotTell && decision.codes == [.trustListRollback])
    #expect(
      try folder.ask(.id(good.id.description), page: "https://thief.example/").verdict == .otherPage,
      "what is bad stays bad"
    )
    sample.sequence = 3
    try sample.publishTrustList()
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
  }

  @Test func chambersAndSignersComeAndGo() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    sample.chamberStatus = .suspended
    sample.sequence = 2
    try sample.publishTrustList()
    #expect(try folder.ask(.id(good.id.description)).codes.contains(.issuerSuspended))
    #expect(try folder.ask(.id(good.id.description)).verdict == .notInForce)
    sample.chamberStatus = .granted
    sample.sequence = 3
    try sample.publishTrustList()
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    try sample.publishCRLs(revokeSigner: true)
    #expect(try folder.ask(.id(good.id.description)).codes == [.signerRevoked])
  }

  @Test func aReplacedDirectoryIsOpenedAnew() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let other = try TestPublisher(now: now)
    let good = try sample.issue()
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    try sample.write("directory.sqlite", try other.read("directory.sqlite"))
    #expect(try folder.ask(.id(good.id.description)).codes == [.credentialUnknown])
  }

  @Test("A92 only regular files") func openingRefuses() throws {
    let sample = try TestPublisher(now: now)
    let stranger = try TestPublisher(now: now)
    func failure(_ body: () throws -> PublishedRepository) -> OpenFailure? {
      do {
        _ = try body()
        return nil
      } catch {
        return error as? OpenFailure
      }
    }
    #expect(failure { try PublishedRepository(path: "/nonexistent") } == .folderMissing(path: "/nonexistent"))
    #expect(failure { try PublishedRepository(path: sample.path, anchor: Array("no".utf8)) } != nil)
    #expect(
      failure { try PublishedRepository(path: sample.path, host: "evil.example") }
        == .hostDiffers(stated: "evil.example", signed: "khatm.example")
    )
    try sample.write("authority.json", Array(#"{"host":"evil.example"}"#.utf8))
    #expect(failure { try open(sample) } == .hostDiffers(stated: "evil.example", signed: "khatm.example"))
    #expect(failure { try PublishedRepository(path: sample.path, host: "khatm.example") } == nil)
    try sample.write("authority.json", Array(#"{"host":"EVIL.example/"}"#.utf8))
    #expect(failure { try open(sample) } == .hostNotPlain("EVIL.example/"))
    // One rule for hosts everywhere: as long as a name can be, and never a number.
    let long = String(repeating: "abcdefghi.", count: 20) + "example"
    #expect(
      failure { try PublishedRepository(path: sample.path, host: long) }
        == .hostDiffers(stated: long, signed: "khatm.example")
    )
    #expect(failure { try PublishedRepository(path: sample.path, host: "10.0.0.1") } == .hostNotPlain("10.0.0.1"))
    try sample.remove("authority.json")
    #expect(failure { try open(sample) } == .hostUnknown(path: sample.path))
    for failure in [OpenFailure.folderMissing(path: "x"), .anchorMissing(path: "x"), .hostUnknown(path: "x")] {
      #expect(!failure.hint.isEmpty && !failure.description.isEmpty)
    }
    // The anchor in the folder: accepted, and said not to be pinned. Another root: nothing is known.
    #expect(try PublishedRepository(path: stranger.path).anchorIsPinned == false)
    let good = try stranger.issue()
    let wrong = try PublishedRepository(path: stranger.path, anchor: sample.rootPEM)
    let answer = try wrong.ask(.id(good.id.description))
    #expect(!answer.verdict.isPositive && answer.credential == nil)
    // A list of another authority put there while we run.
    let folder = try open(stranger)
    try stranger.publishTrustList(host: "evil.example")
    #expect(try folder.ask(.id(good.id.description)).verdict == .cannotTell)
  }

  /// Many threads, one folder that changes: no answer is ever better than the lists say.
  @Test func manyThreads() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let gone = try sample.issue()
    try sample.revoke(gone)
    let list = URL(filePath: sample.path + "/status/chamber/revocation/1")
    let bytes = try Data(contentsOf: list)
    nonisolated(unsafe) var wrong = 0
    let lock = NSLock()
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for turn in 0..<150 {
        let id = turn % 2 == 0 ? good.id : gone.id
        if worker == 0, turn % 50 == 0 {
          do {
            try bytes.write(to: list, options: .atomic)
          } catch {
            lock.withLock { wrong += 1 }
          }
        }
        guard case .success(let decision) = folder.verify(VerificationRequest(.id(id.description)), at: now) else {
          lock.withLock { wrong += 1 }
          continue
        }
        if decision.verdict != (turn % 2 == 0 ? .genuine : .notInForce) { lock.withLock { wrong += 1 } }
      }
    }
    #expect(wrong == 0)
  }
}
