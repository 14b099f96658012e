import Credentials
import Encodings
import Fixtures
import Foundation
import Messages
import PKI
import TestSupport
import Testing

@testable import Verification

/// Flipped bits and swapped parts: nothing becomes better, and nothing wrong becomes good.
@Suite struct TamperTests {
  /// All bits when asked for, else a seeded part that touches every region.
  static let isFull = ProcessInfo.processInfo.environment["KHATM_FULL"] != nil

  static func positions(of bytes: [UInt8], seed: UInt64, sample: Int) -> [(byte: Int, bit: UInt8)] {
    let all = bytes.indices.flatMap { byte in (0..<8).map { (byte, UInt8(1) << $0) } }
    if isFull { return all }
    var generator = SeededGenerator(seed: seed)
    return (0..<sample).map { _ in all[Int.random(in: all.indices, using: &generator)] }
  }

  @Test func flippedBitsOfTokens() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    let verifier = question.verifier
    var cases = 0
    let tokens = try [
      question.token, authority.openBadge(authority.dubai),
      authority.sign(
        authority.credential(authority.dubai).payload,
        authority.dubai,
        header: ["typ": "vc+jwt", "kid": .string(authority.dubai.keyID)]
      ),
    ]
    for (index, token) in tokens.enumerated() {
      #expect(try question.with { $0.token = token }.decide(verifier).verdict == .confirmed)
      for (byte, bit) in Self.positions(of: token, seed: UInt64(index), sample: 1_200) {
        var changed = token
        changed[byte] ^= bit
        let decision = try question.with { $0.token = changed }.decide(verifier)
        cases += 1
        if decision.verdict != .notGenuine || decision.credential != nil {
          Issue.record("token \(index), byte \(byte), bit \(bit): \(decision.summary)")
        }
        // Without any cache, and with caches that know nothing yet.
        if cases % 20 == 0 {
          #expect(try question.with { $0.token = changed }.decide().canonical() == decision.canonical())
        }
      }
    }
    // The same answer before and after: nothing of the flipped ones was remembered.
    #expect(try question.decide(verifier).verdict == .confirmed)
    print("flipped bits of tokens: \(cases) cases")
  }

  /// Bit by bit after the good token is known: the fast path compares every byte.
  @Test func flippedBitsOfAKnownToken() throws {
    let authority = try TestAuthority.get()
    let question = try Question(authority, page: shop)
    let verifier = question.verifier
    #expect(try question.decide(verifier).verdict == .confirmed)
    #expect(verifier.knownTokens == 1)
    for (byte, bit) in Self.positions(of: question.token, seed: 5, sample: 3_000) {
      var changed = question.token
      changed[byte] ^= bit
      if verifier.knows(changed) { Issue.record("byte \(byte), bit \(bit)") }
    }
    for cut in [
      Array(question.token.dropLast()), question.token + [0x41], Array(question.token.suffix(64)),
      Array(question.token.suffix(200)), [],
    ] {
      #expect(!verifier.knows(cut))
    }
  }

  @Test func flippedBitsOfStatusListsAndStatements() throws {
    let authority = try TestAuthority.get()
    let dubai = authority.dubai
    let url = dubai.listURL("revocation", of: authority.host)
    let base = try Question(authority, page: shop)
    let verifier = base.verifier
    let set = try authority.statusList(dubai, "revocation", set: [94_567])
    for (index, list) in [base.lists[url] ?? [], set].enumerated() {
      for (byte, bit) in Self.positions(of: list, seed: UInt64(10 + index), sample: 700) {
        var changed = list
        changed[byte] ^= bit
        let decision = try base.with { $0.lists[url] = changed }.decide(verifier)
        if decision.verdict != .cannotTell { Issue.record("list \(index), byte \(byte): \(decision.summary)") }
      }
    }
    // A statement that does not verify is no statement; one that does can only make it worse.
    let statement = try authority.statement(dubai, "revoked")
    #expect(try base.with { $0.statement = statement }.decide(verifier).verdict == .cannotTell)
    let revoked = base.with { $0.lists[url] = set }
    for (byte, bit) in Self.positions(of: statement, seed: 20, sample: 500) {
      var changed = statement
      changed[byte] ^= bit
      #expect(try base.with { $0.statement = changed }.decide(verifier).verdict == .confirmed)
      let decision = try revoked.with { $0.statement = changed }.decide(verifier)
      #expect(decision.axes.status == .revoked && decision.stateSince == nil)
    }
  }

  @Test func flippedBitsOfTheTrustList() throws {
    let authority = try TestAuthority.get()
    let base = try Question(authority, page: shop)
    let list = try #require(base.trustList)
    for (byte, bit) in Self.positions(of: list, seed: 30, sample: 300) {
      var changed = list
      changed[byte] ^= bit
      let decision = try base.with { $0.trustList = changed }.decide()
      if decision.verdict != .cannotTell { Issue.record("byte \(byte): \(decision.summary)") }
    }
  }

  /// Twelve credentials of four chambers; each part of one put into the place of another's.
  @Test func swapMatrix() throws {
    let authority = try TestAuthority.get()
    /// A certificate and the parts of its token.
    struct Item {
      let chamber: TestChamber
      let number: Int
      let page: String
      let token: [UInt8]
      let parts: [[UInt8]]
      let statement: [UInt8]
    }
    var items: [Item] = []
    for number in 0..<12 {
      let chamber = authority.chambers[number % 4]
      let page = "shop\(number).example"
      let token = try authority.token(chamber, number: number + 1, index: Int64(1_000 + number), page: page)
      items.append(
        Item(
          chamber: chamber,
          number: number + 1,
          page: page,
          token: token,
          parts: token.split(separator: 0x2E).map(Array.init),
          statement: try authority.statement(chamber, "suspended", of: TestAuthority.id(number + 1))
        )
      )
    }
    let base = try Question(authority)
    let verifier = base.verifier
    func join(_ parts: [[UInt8]]) -> [UInt8] { Array(parts.joined(separator: [0x2E])) }
    func ask(_ token: [UInt8], page: String?, expected: Int? = nil, change: (inout Question) -> Void = { _ in }) throws
      -> Decision
    {
      try base.with {
        $0.token = token
        $0.page = page.map { "https://\($0)/" }
        $0.expected = expected.map(TestAuthority.id)
        change(&$0)
      }.decide(verifier)
    }
    var cases = 0
    var positives = 0
    for left in items {
      for right in items {
        let isSame = left.number == right.number
        func expect(_ name: String, _ decision: Decision, positive: Bool) {
          cases += 1
          if decision.verdict.isPositive { positives += 1 }
          if decision.verdict.isPositive != positive {
            Issue.record("\(name) \(left.number) \(right.number): \(decision.summary)")
          }
        }
        // Header, payload, signature of the other.
        let sameHeader = left.chamber.slug == right.chamber.slug
        expect(
          "header",
          try ask(join([right.parts[0], left.parts[1], left.parts[2]]), page: left.page),
          positive: sameHeader
        )
        expect(
          "payload",
          try ask(join([left.parts[0], right.parts[1], left.parts[2]]), page: left.page),
          positive: isSame
        )
        expect(
          "payload and its page",
          try ask(join([left.parts[0], right.parts[1], left.parts[2]]), page: right.page),
          positive: isSame
        )
        expect(
          "signature",
          try ask(join([left.parts[0], left.parts[1], right.parts[2]]), page: left.page),
          positive: isSame
        )
        // The other's certificates, signed by this one's key.
        var header = authority.header(left.chamber)
        header["x5c"] = authority.header(right.chamber)["x5c"]
        let mixed = try authority.sign(
          authority.credential(left.chamber, number: left.number, index: Int64(999 + left.number), page: left.page)
            .payload,
          left.chamber,
          header: header
        )
        expect("x5c", try ask(mixed, page: left.page), positive: sameHeader)
        header["kid"] = .string(right.chamber.keyID)
        expect(
          "kid",
          try ask(
            authority.sign(
              authority.credential(left.chamber, number: left.number, page: left.page).payload,
              left.chamber,
              header: header
            ),
            page: left.page
          ),
          positive: sameHeader
        )
        // The other's status lists under this one's addresses.
        let lists = ["revocation", "suspension"].map { ($0, base.lists[right.chamber.listURL($0, of: authority.host)]) }
        expect(
          "status list",
          try ask(left.token, page: left.page) { question in
            for (purpose, list) in lists { question.lists[left.chamber.listURL(purpose, of: authority.host)] = list }
          },
          positive: sameHeader
        )
        // The other's statement; the other's page; the other's number.
        let said = try ask(left.token, page: left.page) { $0.statement = right.statement }
        expect("statement", said, positive: true)
        #expect(said.stateSince == nil)
        let page = try ask(left.token, page: right.page)
        expect("page", page, positive: isSame)
        if !isSame {
          #expect(page.verdict == .otherPage && page.credential?.id == TestAuthority.id(left.number).description)
        }
        let number = try ask(left.token, page: left.page, expected: right.number)
        expect("number", number, positive: isSame)
        if !isSame { #expect(number.codes == [.issuerMismatch] && number.credential == nil) }
      }
    }
    // A trust list that names one chamber's key for another.
    for left in authority.chambers {
      for right in authority.chambers where right.slug != left.slug {
        let list = try authority.trustList { chamber, service in
          guard chamber.slug == left.slug else { return }
          service.keys = authority.service(right).keys
          service.issuingCAs = authority.service(right).issuingCAs
        }
        for chamber in [left, right] {
          cases += 1
          let own = try Question(authority, token: authority.token(chamber)).with { $0.trustList = list }.decide()
          #expect(
            own.verdict.isPositive == (chamber.slug == right.slug),
            "\(left.slug) \(right.slug) \(chamber.slug): \(own.summary)"
          )
          let asOther = try Question(authority, token: authority.sign(authority.credential(left).payload, right)).with {
            $0.trustList = list
          }.decide()
          #expect(asOther.verdict == .notGenuine)
        }
      }
    }
    #expect(positives > 100)
    print("swapped parts: \(cases) cases, \(positives) of them rightly positive")
  }

  /// Any bytes at all: an answer, and never a good one.
  @Test func rubbish() throws {
    let question = try Question(TestAuthority.get(), page: shop)
    let verifier = question.verifier
    var generator = SeededGenerator(seed: 99)
    let alphabet = Array("{}[]\":,.eyJhbGciOiJ_-=0123456789 \n".utf8)
    for turn in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
        turn % 2 == 0
          ? UInt8.random(in: 0...255, using: &generator) : alphabet[Int.random(in: alphabet.indices, using: &generator)]
      }
      let decision = try question.with {
        $0.token = bytes
        $0.statement = bytes
        $0.log = .proof(bytes)
      }.decide(verifier)
      #expect(decision.verdict == .notGenuine)
      for each in verifier.verify(input: bytes, at: now) {
        #expect(!each.verdict.isPositive)
      }
      if case .list = verifier.read(
        statusList: bytes,
        url: "https://khatm.example/status/dubai/revocation/1",
        at: now
      ) {
        Issue.record("\(bytes)")
      }
    }
  }
}
