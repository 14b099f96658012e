import Encodings
import Fixtures
import Foundation
import LogClients
import PKI
import Testing
import TransparencyLog

/// What changed since a reader last asked.
@Suite struct ChangeFeedTests {
  /// A marketplace that keeps 63 hashes and believes nothing else.
  private func follow(_ log: PublishedLog, policy: LogPolicy, limit: Int) throws -> [JSONObject] {
    var edge = CompactRange()
    var changes: [JSONObject] = []
    while true {
      let page = try #require(try ChangeFeed.page(log, after: edge.size, limit: limit).object)
      let head = try policy.open(try #require(page["checkpoint"]?.text).bytes)
      let proof = try #require(page["proof"]?.array).compactMap { $0.text.flatMap { Base64.decode($0.bytes) } }
      for change in try #require(page["changes"]?.array) {
        let change = try #require(change.object)
        #expect(change["index"]?.int == Int64(edge.size))
        try edge.append(leafHash: Merkle.leafHash(try #require(change["entry"]?.object).canonical()))
        changes.append(change)
      }
      #expect(page["next"]?.int == Int64(edge.size))
      if edge.size == head.size {
        #expect(edge.root == head.root)
        return changes
      }
      try Merkle.verifyConsistency(from: edge.size, to: head.size, proof: proof, oldRoot: edge.root, newRoot: head.root)
    }
  }

  @Test(arguments: [1, 7, 256, 500]) func gapFreeAndProved(limit: Int) throws {
    let authority = try TestPublisher()
    for number in 0..<(limit == 1 ? 20 : 300) { try authority.issue(.init(number)) }
    try authority.publish()
    authority.now = authority.now.adding(seconds: 9)
    try authority.act("suspend", authority.issued[3], reason: "fees_unpaid")
    try authority.act("revoke", authority.issued[4], reason: "fraud")
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let changes = try follow(log, policy: authority.trust.policy, limit: limit)
    #expect(changes.count == authority.entries.count)
    let issues = changes.filter { $0["kind"] == "issue" }
    #expect(issues.map { $0["credential"]?.string } == authority.issued.map(\.id.description))
    #expect(issues.allSatisfy { $0["state"] == "active" && $0["programme"] == "trusted-membership" })
    let suspended = try #require(changes.first { $0["kind"] == "suspend" })
    #expect(
      suspended["credential"]?.string == authority.issued[3].id.description && suspended["reason"] == "fees_unpaid"
        && suspended["state"] == "suspended"
    )
    #expect(suspended["at"]?.string == authority.now.description)
    // A reader who comes back after a change asks only for what is new.
    let page = try #require(try ChangeFeed.page(log, after: UInt64(changes.count)).object)
    #expect(page["changes"]?.array?.isEmpty == true && page["next"]?.int == Int64(changes.count))
  }

  @Test func oddQuestionsAreRefused() throws {
    let authority = try TestPublisher()
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let size = UInt64(authority.entries.count)
    #expect(throws: FollowFailure.self) { try ChangeFeed.page(log, after: size + 1) }
    #expect(throws: FollowFailure.self) { try ChangeFeed.page(log, after: .max) }
    for limit in [0, -1, 501, .max] {
      #expect(throws: FollowFailure.self) { try ChangeFeed.page(log, after: 0, limit: limit) }
    }
    #expect(try ChangeFeed.page(log, after: 0, limit: 500).object?["next"]?.int == Int64(size))
  }

  @Test func pagesAreReadStrictly() throws {
    let authority = try TestPublisher()
    try authority.issue()
    try authority.publish()
    let log = PublishedLog(folder: authority.path, anchor: authority.rootPEM)
    let page = try #require(try ChangeFeed.page(log, after: 0, records: true).object)
    let read = try ChangePage.parse(page.canonical())
    #expect(
      read.entries == authority.entries && read.records.map(\.id) == [authority.issued[0].id.description]
        && read.size == UInt64(authority.entries.count)
    )
    for (name, value) in [
      ("v", JSON.integer(2)), ("after", 1), ("next", 9), ("changes", []), ("proof", ["x"]), ("checkpoint", 1),
      ("size", -1), ("records", [1]),
    ] {
      var changed = page
      changed[Text(name)] = value
      #expect(throws: FollowFailure.self, "\(name)") { try ChangePage.parse(changed.canonical()) }
    }
    #expect(throws: FollowFailure.self) { try ChangePage.parse(Array("[]".utf8)) }
  }
}
