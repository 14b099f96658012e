import Encodings
import Fixtures
import Foundation
import LogClients
import Messages
import PKI
import Storefronts
import TestSupport
import Testing
import TransparencyLog
import Verification

/// One file that proves a certificate offline.
@Suite struct BundleTests {
  @Test func oneFileProvesEverything() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    try authority.publish()
    let bundle = try PublishedLog(folder: authority.path, anchor: authority.rootPEM).bundle(of: one.id)
    let read = try CredentialBundle.parse(bundle.bytes)
    #expect(read == bundle)
    let decision = try read.verify(anchors: [authority.anchor], page: "https://alnoor.example/", at: authority.now)
    #expect(decision.verdict == .genuine, "\(decision.reasons)")
    #expect(decision.log?.leaf == UInt64(one.leaf ?? -1))
    #expect(try read.verify(anchors: [authority.anchor], at: authority.now).verdict == .genuine)
    #expect(
      try read.verify(anchors: [authority.anchor], page: "https://alnoor-deals.example/", at: authority.now).verdict
        == .otherPage
    )
    // Nobody vouches for it: neither an empty configuration nor another authority's root.
    #expect(try !read.verify(anchors: [], at: authority.now).verdict.isPositive)
    #expect(try !read.verify(anchors: [TestPublisher().anchor], at: authority.now).verdict.isPositive)
    // The lists in it end after a day: a bundle cannot be kept for ever.
    let later = try read.verify(anchors: [authority.anchor], at: authority.now.adding(days: 2))
    #expect(later.verdict == .cannotTell)
    #expect(try read.verify(anchors: [authority.anchor], newestSequence: 99, at: authority.now).verdict == .cannotTell)
  }

  /// What was not logged is not told to be genuine, unless its programme asks for no log.
  @Test func withoutAProof() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    let secret = try authority.issue(.init(9), logged: false)
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    var bundle = try log.bundle(of: one.id)
    bundle.proof = nil
    let read = try CredentialBundle.parse(bundle.bytes).verify(anchors: [authority.anchor], at: authority.now)
    #expect(read.verdict == .cannotTell && read.reasons.map(\.code).contains(.logUnavailable))
    #expect(try log.bundle(of: secret.id).verify(anchors: [authority.anchor], at: authority.now).verdict == .cannotTell)
    authority.isLogRequired = false
    try authority.publish()
    let optional = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    for id in [one.id, secret.id] {
      let decision = try CredentialBundle.parse(try optional.bundle(of: id).bytes).verify(
        anchors: [authority.anchor],
        at: authority.now
      )
      #expect(decision.verdict == .genuine, "\(decision.reasons)")
    }
  }

  @Test func aRevokedOneSaysSo() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    try authority.publish()
    authority.now = authority.now.adding(seconds: 60)
    try authority.act("revoke", one)
    try authority.publish()
    let bundle = try PublishedLog(folder: authority.path, anchor: authority.rootPEM).bundle(of: one.id)
    let decision = try bundle.verify(anchors: [authority.anchor], at: authority.now)
    #expect(decision.verdict == .notInForce)
    #expect(decision.stateSince == authority.now)
  }

  /// Promise 37: every part of every bundle put into every other.
  @Test func partsOfDifferentBundlesNeverMakeAPositive() throws {
    let authority = try TestPublisher()
    let foreign = try TestPublisher(host: "other.example")
    let dead = TestAuthority.Member(77)
    for number in 0..<6 { try authority.issue(.init(number)) }
    let revoked = try authority.issue(dead)
    for number in 0..<3 { try foreign.issue(.init(number)) }
    try authority.act("revoke", revoked)
    try authority.publish()
    try foreign.publish()
    let logs = [
      (authority, PublishedLog(folder: authority.path, anchor: authority.rootPEM)),
      (foreign, PublishedLog(folder: foreign.path, anchor: foreign.rootPEM)),
    ]
    var bundles: [CredentialBundle] = []
    for (place, log) in logs { for one in place.issued { bundles.append(try log.bundle(of: one.id)) } }
    let anchors = [authority.anchor, foreign.anchor]
    #expect(try bundles.filter { try $0.verify(anchors: anchors, at: authority.now).verdict.isPositive }.count == 9)
    let parts: [(name: String, swap: (inout CredentialBundle, CredentialBundle) -> Void)] = [
      ("id", { $0.id = $1.id }), ("token", { $0.token = $1.token }), ("proof", { $0.proof = $1.proof }),
      ("statusLists", { $0.statusLists = $1.statusLists }),
      ("trustList", { $0.trustList = $1.trustList }), ("crls", { $0.crls = $1.crls }),
      ("platforms", { $0.platforms = $1.platforms }),
      ("certificates", { $0.certificates = $1.certificates }), ("statement", { $0.statement = $1.statement }),
      (
        "id and token",
        {
          $0.id = $1.id
          $0.token = $1.token
        }
      ),
      (
        "token and proof",
        {
          $0.token = $1.token
          $0.proof = $1.proof
        }
      ),
      (
        "id and proof",
        {
          $0.id = $1.id
          $0.proof = $1.proof
        }
      ),
      (
        "trust list and CRLs",
        {
          $0.trustList = $1.trustList
          $0.crls = $1.crls
        }
      ),
    ]
    var cases = 0
    var positive = 0
    for (a, first) in bundles.enumerated() {
      for (b, second) in bundles.enumerated() where a != b {
        for part in parts {
          var mixed = first
          part.swap(&mixed, second)
          if mixed == first { continue }  // the part was the same: nothing was swapped
          cases += 1
          let decision = try mixed.verify(anchors: anchors, at: authority.now)
          guard decision.verdict.isPositive else { continue }
          // Parts that are about no credential may be replaced by a second true copy, or by nothing: then the answer is
          // still about the token, its own number and its own proof.
          let isAbout =
            mixed.token == first.token && mixed.id == first.id && mixed.proof == first.proof
            && decision.credential?.id == first.id
          let isHarmless = isAbout && ["statement", "certificates", "platforms"].contains(part.name)
          #expect(isHarmless, "\(part.name) of \(second.id) in \(first.id): \(decision.verdict)")
          positive += 1
        }
      }
    }
    print("swapped parts: \(cases) cases, \(positive) with a part that proves nothing by itself")
    #expect(cases > 500)
  }

  @Test func damageIsNeverPositive() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    try authority.publish()
    let bundle = try PublishedLog(folder: authority.path, anchor: authority.rootPEM).bundle(of: one.id)
    let whole = bundle.bytes
    var generator = SeededGenerator(seed: 11)
    var cases = 0
    for _ in 0..<400 {
      var bytes = whole
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      bytes[place] ^= UInt8(1 << Int.random(in: 0..<7, using: &generator))
      guard let read = try? CredentialBundle.parse(bytes) else { continue }  // refused as a form
      cases += 1
      let decision = try read.verify(anchors: [authority.anchor], at: authority.now)
      if decision.verdict.isPositive {
        // What remains signed is what it was before.
        #expect(
          read.token == bundle.token && read.id == bundle.id && read.trustList == bundle.trustList
            && read.statusLists == bundle.statusLists,
          "byte \(place)"
        )
      }
    }
    print("damaged bundles that could still be read: \(cases)")
    for member in ["token", "trustList", "id", "statusLists", "root"] {
      var object = bundle.json
      object[Text(member)] = nil
      #expect(throws: FollowFailure.self) { try CredentialBundle.parse(object.canonical()) }
    }
    var extra = bundle.json
    extra["more"] = 1
    #expect(throws: FollowFailure.self) { try CredentialBundle.parse(extra.canonical()) }
  }

  /// Of every change to a line of a proof, only a signature that stands twice is believed: it says the same (C2SP
  /// signed note).
  @Test func aChangedLineOfAProof() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    for number in 2..<9 { try authority.issue(.init(number)) }
    try authority.publish()
    let bundle = try PublishedLog(folder: authority.path, anchor: authority.rootPEM).bundle(of: one.id)
    let lines = try #require(bundle.proof).split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    var changes: [(String, [[UInt8]])] = []
    for at in lines.indices {
      func changed(_ what: String, _ change: (inout [[UInt8]]) -> Void) {
        var copy = lines
        change(&copy)
        if copy != lines { changes.append(("\(what) \(at)", copy)) }
      }
      changed("drop") { $0.remove(at: at) }
      changed("double") { $0.insert(lines[at], at: at) }
      for space: UInt8 in [0x20, 0x0D, 0x09, 0x00] { changed("space") { $0[at].append(space) } }
      if let place = lines[at].lastIndex(where: { $0 != 0x3D }) { changed("last bits") { $0[at][place] ^= 1 } }
      for other in lines.indices where other > at { changed("exchange with \(other)") { $0.swapAt(at, other) } }
    }
    var believed: [String] = []
    for (what, lines) in changes {
      var copy = bundle
      copy.proof = Array(lines.joined(separator: [0x0A]))
      if try copy.verify(anchors: [authority.anchor], at: authority.now).verdict.isPositive { believed.append(what) }
    }
    let signature = lines.count - 2
    #expect(believed == ["double \(signature)"], "\(believed) of \(changes.count)")
    #expect(lines[signature].starts(with: Array("\u{2014} ".utf8)) && changes.count > 100)
  }

  /// A statement of the chamber can only make an answer worse: one that is damaged or about another certificate is
  /// none.
  @Test func aStatementThatIsNone() throws {
    let authority = try TestPublisher()
    let one = try authority.issue()
    let other = try authority.issue(.init(2))
    try authority.act("revoke", other)
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let bundle = try log.bundle(of: one.id)
    let foreign = try #require(log.bundle(of: other.id).statement)
    let without = try bundle.verify(anchors: [authority.anchor], at: authority.now)
    #expect(bundle.statement == nil && without.verdict == .genuine)
    for statement in [foreign, Array(foreign.dropLast(3)), Array("x".utf8), []] {
      var copy = bundle
      copy.statement = statement
      #expect(try copy.verify(anchors: [authority.anchor], at: authority.now).canonical() == without.canonical())
    }
  }
}
