import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import PKI
import Repository
import Testing
import TransparencyLog
import Verification

/// The programme asks for logging: what is signed and not in the log is forged, and what cannot be looked up there is
/// not called good.
@Suite struct LogTests {
  private let page = "https://alnoor.example/"

  @Test func everyAnswerNamesItsEntry() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let leaf = try #require(good.leaf)
    for subject in [VerificationRequest.Subject.id(good.id.description), .token(good.token)] {
      let decision = try folder.ask(subject, page: page)
      #expect(decision.verdict == .genuine)
      #expect(
        decision.log?.origin == "khatm.example/log" && decision.log?.size == UInt64(leaf) + 1
          && decision.log?.leaf == UInt64(leaf)
      )
    }
    try sample.issue()
    #expect(
      try folder.ask(.token(good.token)).log?.size == UInt64(leaf) + 2,
      "the newest checkpoint, without a new proof"
    )
    let answer = try folder.answer(VerificationRequest(.id(good.id.description), wantsProof: true), at: now).get()
    let proof = try LogProof.parse(try #require(answer.proof))
    let policy = try #require(folder.trust.logs.first)
    #expect(
      try proof.verify(token: good.token, id: Text(good.id.description), policy: policy).logged.index == UInt64(leaf)
    )
    #expect(try folder.answer(VerificationRequest(.id(good.id.description)), at: now).get().proof == nil)
  }

  @Test func signedAndNotLogged() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    // In the directory, nowhere, and with the place of another's entry taken away.
    let listed = try sample.issue(logged: false)
    let secret = try sample.issue(listed: false, logged: false)
    for subject in [VerificationRequest.Subject.id(listed.id.description), .token(listed.token), .token(secret.token)] {
      let decision = try folder.ask(subject, page: page)
      #expect(decision.verdict == .notGenuine && decision.problems == [.notInLog] && decision.credential == nil)
    }
    // A stolen key under the number of an honest certificate.
    var thief = TestAuthority.Member()
    thief.storefronts = [(.host, "site/thief.example", "https://thief.example/")]
    #expect(
      try folder.ask(.token(try sample.resign(good, thief)), page: "https://thief.example/").problems == [.notInLog]
    )
    #expect(try folder.ask(.id(good.id.description), page: page).verdict == .genuine)
  }

  /// The Open Badges envelope is another token: it is as good as the one that was logged, if it says the same.
  @Test func otherFormsSayTheSame() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let decision = try folder.ask(.token(try sample.openBadge(good)), page: page)
    #expect(decision.verdict == .genuine && decision.log != nil, "\(decision.codes)")
    let other = try sample.openBadge(good) { $0["name"] = "Another name" }
    #expect(try folder.ask(.token(other), page: page).problems == [.notInLog])
    let unlogged = try sample.issue(logged: false)
    #expect(try folder.ask(.token(try sample.openBadge(unlogged)), page: page).problems == [.notInLog])
  }

  @Test func aLogThatCannotBeRead() throws {
    let sample = try TestPublisher(now: now)
    let good = try sample.issue()
    let checkpoint = try sample.read("checkpoint")
    let other = try TestPublisher(now: now)
    try other.issue()
    for (name, bytes) in [
      ("missing", nil), ("empty", []), ("cut", Array(checkpoint.dropLast(9))),
      ("flipped", checkpoint.enumerated().map { $0 == checkpoint.count - 12 ? ($1 == 0x41 ? 0x42 : 0x41) : $1 }),
      ("another log's", try other.read("checkpoint")),
    ] as [(String, [UInt8]?)] {
      if let bytes { try sample.write("checkpoint", bytes) } else { try sample.remove("checkpoint") }
      let folder = try open(sample)
      let decision = try folder.ask(.token(good.token), page: page)
      #expect(decision.verdict == .cannotTell && decision.problems == [.logUnavailable], "\(name): \(decision.codes)")
      #expect(
        try folder.ask(.token(try sample.issue(logged: false).token)).verdict == .cannotTell,
        "\(name): a log that was not read condemns nobody"
      )
      #expect(
        try folder.ask(.token(good.token), page: "https://thief.example/").verdict == .otherPage,
        "\(name): what is bad stays bad"
      )
      try sample.write("checkpoint", checkpoint)
      #expect(try folder.ask(.token(good.token), page: page).verdict == .genuine, "\(name): back")
    }
    // Torn and flipped tiles: found before anything of them is used. Who was found before needs no tile.
    let known = try open(sample)
    #expect(try known.ask(.token(good.token)).verdict == .genuine)
    for path in ["tile/0/000.p/2", "tile/entries/000.p/2"] {
      let bytes = try sample.read(path)
      for damaged in [
        nil, [], Array(bytes.dropLast()),
        bytes.enumerated().map { $0.offset == bytes.count - 3 ? $0.element ^ 1 : $0.element },
      ] as [[UInt8]?] {
        if let damaged { try sample.write(path, damaged) } else { try sample.remove(path) }
        #expect(try open(sample).ask(.token(good.token)).problems == [.logUnavailable], "\(path)")
        #expect(try known.ask(.token(good.token)).verdict == .genuine)
        try sample.write(path, bytes)
      }
    }
  }

  /// The directory is not signed: a wrong place or salt in it is its own fault.
  @Test func aDirectoryThatNamesTheWrongEntry() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let other = try sample.issue()
    for (leaf, salt) in [
      (other.leaf, nil), (0, nil), (1 << 40, nil), (-1, nil), (good.leaf, other.salt), (good.leaf, [1]),
    ] as [(Int64?, [UInt8]?)] {
      try sample.put(good, leaf: leaf, salt: salt)
      #expect(try folder.ask(.id(good.id.description)).problems == [.logUnavailable], "\(leaf ?? 0)")
    }
    try sample.put(good, leaf: nil)
    #expect(try folder.ask(.id(good.id.description)).problems == [.notInLog])
    try sample.put(good, leaf: good.leaf)
    #expect(try folder.ask(.id(good.id.description)).verdict == .genuine)
    // Another certificate's row, entry and salt under this number.
    try sample.put(good, token: other.token, leaf: other.leaf, salt: other.salt)
    #expect(try open(sample).ask(.token(good.token)).verdict == .cannotTell)
  }

  /// Tiles and directory are published before the checkpoint: an honest certificate is never called forged in between.
  @Test func aMomentAgo() throws {
    let sample = try TestPublisher(now: now)
    let ticks = Ticks()
    let folder = try PublishedRepository(path: sample.path, anchor: sample.rootPEM, recheck: .atMostEvery { ticks.now })
    let first = try sample.issue()
    #expect(try folder.ask(.token(first.token)).verdict == .genuine)
    let checkpoint = try sample.read("checkpoint")
    let good = try sample.issue()
    let newer = try sample.read("checkpoint")
    try sample.write("checkpoint", checkpoint)
    #expect(try folder.ask(.token(good.token)).problems == [.logUnavailable])
    try sample.write("checkpoint", newer)
    #expect(try folder.ask(.token(good.token)).verdict == .genuine, "looked at again at once, not after 200 ms")
    #expect(try folder.ask(.token(first.token)).verdict == .genuine)
  }

  @Test func neverASmallerOrAnotherTree() throws {
    let sample = try TestPublisher(now: now)
    let folder = try open(sample)
    let good = try sample.issue()
    let old = try sample.read("checkpoint")
    let late = try sample.issue()
    #expect(try folder.ask(.token(late.token)).verdict == .genuine)
    let newest = try sample.read("checkpoint")
    try sample.write("checkpoint", old)
    #expect(try folder.ask(.token(good.token)).problems == [.logUnavailable], "put back")
    #expect(try open(sample).ask(.token(good.token)).verdict == .genuine, "who starts with it cannot know")
    try sample.write("checkpoint", newest)
    #expect(try folder.ask(.token(good.token)).verdict == .genuine)
    try sample.publishFork()
    #expect(try folder.ask(.token(good.token)).problems == [.logUnavailable], "another tree of the same size")
  }

  @Test func aCopyThatIsBehind() throws {
    let sample = try TestPublisher(now: now)
    try sample.issue()
    // Issued an hour ago at the origin; this folder is from before.
    var member = TestAuthority.Member()
    member.validFrom = 0
    let good = try sample.issue(member, listed: false, logged: false)
    #expect(try open(sample).ask(.token(good.token)).problems == [.logUnavailable], "its log stands still for days")
    try sample.log(
      .key(.withdraw, kid: "did:web:nobody.example#1", purpose: "credential", digest: SHA2.sha256([1])),
      at: now.adding(seconds: -7_200)
    )
    try sample.publish()
    #expect(
      try open(sample).ask(.token(good.token)).problems == [.notInLog],
      "the folder that is published is complete"
    )
    try sample.write(".mirror/state.json", [])
    let state = sample.path + "/.mirror/state.json"
    func copied(_ moment: Instant) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: Double(moment.seconds))],
        ofItemAtPath: state
      )
    }
    try copied(now.adding(seconds: -3_600))
    #expect(try open(sample).ask(.token(good.token)).problems == [.logUnavailable], "the copy was made before it")
    try copied(now.adding(seconds: 5))
    #expect(try open(sample).ask(.token(good.token)).problems == [.notInLog])
  }

  @Test func aProgrammeThatNeedsNoLog() throws {
    let sample = try TestPublisher(now: now)
    (sample.isLogRequired, sample.sequence) = (false, 2)
    try sample.publishTrustList()
    try sample.remove("checkpoint")
    let decision = try open(sample).ask(.token(try sample.issue(logged: false).token), page: page)
    #expect(decision.verdict == .genuine && decision.log == nil)
  }
}

extension Decision {
  fileprivate var problems: [ReasonCode] { codes.filter { $0 != .pageNotStated } }
}
