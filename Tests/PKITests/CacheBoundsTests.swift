import Fixtures
import Testing

@testable import PKI

/// A cache may only be faster: what it answers is what `validateChain` answers at that time.
@Suite struct CacheBoundsTests {
  let authority: TestAuthority

  init() throws { authority = try TestAuthority.shared.get() }

  private typealias Answer = Result<ValidatedChain, ChainRejection>

  private func direct(
    _ chain: [Certificate],
    _ anchors: [Certificate],
    crls: [RevocationList],
    time: Int64,
    rules: ChainRules
  ) -> Answer {
    do throws(ChainRejection) {
      return .success(try validateChain(chain, anchors: anchors, crls: crls, at: time, rules: rules))
    } catch { return .failure(error) }
  }

  private func cached(
    _ cache: ChainCache,
    _ chain: [Certificate],
    anchors: [Certificate],
    crls: [RevocationList],
    time: Int64,
    rules: ChainRules
  ) -> Answer {
    do throws(ChainRejection) {
      return .success(try cache.validate(chain.map(\.der), anchors: anchors, crls: crls, at: time, rules: rules))
    } catch { return .failure(error) }
  }

  /// One second to each side of every date in the chain and its lists, in an order that jumps to and fro.
  @Test func everyEdgeToTheSecond() throws {
    let a = authority.a
    let soon = try a.crl(number: 8, from: now + 2 * day, until: now + 9 * day)
    let hold = try a.crl(
      number: 9,
      from: now + 3 * day,
      until: now + 4 * day,
      [.init(serial: a.signer.serial, at: now, reason: .certificateHold)]
    )
    var edges: Set<Int64> = [.min, .max, 0]
    for certificate in [a.signer, a.ca, authority.root] {
      for date in [certificate.notBefore, certificate.notAfter] { edges.formUnion([date - 1, date, date + 1]) }
    }
    for list in [a.crl, authority.rootCRL, soon, hold] {
      for date in [list.thisUpdate, list.nextUpdate] { edges.formUnion([date - 1, date, date + 1]) }
    }
    let sorted = edges.sorted()
    let times = zip(sorted, sorted.reversed()).flatMap { [$0, $1] }
    var history = a.rules
    history.revocationTime = now
    for crls in [
      [authority.rootCRL, a.crl], [a.crl, soon, authority.rootCRL], [hold, authority.rootCRL, soon, a.crl],
    ] {
      let cache = ChainCache()
      var kinds: Set<Bool> = []
      for time in times {
        for rules in [a.rules, history] {
          let answer = cached(cache, a.chain, anchors: [authority.root], crls: crls, time: time, rules: rules)
          let wanted = direct(a.chain, [authority.root], crls: crls, time: time, rules: rules)
          // The interval of the lists may be another one that also holds the time; everything else is equal.
          switch (answer, wanted) {
          case (.failure(let found), .failure(let wanted)): #expect(found == wanted, "\(time)")
          case (.success(let found), .success(let wanted)):
            #expect(
              found.leaf == wanted.leaf && found.fingerprints == wanted.fingerprints
                && found.policies == wanted.policies
            )
            #expect(found.holds(at: time, revocationTime: rules.revocationTime), "\(time)")
          default: Issue.record("\(time - now): \(answer) instead of \(wanted)")
          }
          if case .success = answer { kinds.insert(true) } else { kinds.insert(false) }
        }
      }
      #expect(kinds.count == 2 && cache.count == 1)
    }
  }

  @Test func eachRuleHasItsOwnAnswer() throws {
    let a = authority.a
    let cache = ChainCache()
    var variants: [ChainRules] = [
      a.rules, .credentialSigner(host: a.host, policy: nil), .general(eku: nil, dnsName: nil, revocation: .ignored),
    ]
    func vary(_ change: (inout ChainRules) -> Void) {
      var rules = a.rules
      change(&rules)
      variants.append(rules)
    }
    vary { $0.maximumCertificates = 1 }
    vary { $0.requiredEKU = "1.3.6.1.5.5.7.3.1" }
    vary { $0.requiredPolicy = ChamberPlan.verified }
    vary { $0.requiredPolicy = ChamberPlan.caPolicy }
    vary { $0.requiredDNSName = nil }
    vary { $0.requiredDNSName = authority.b.host }
    vary { $0.leafKeys = [.p384] }
    vary { $0.issuerKeys = [.p256] }
    vary { $0.chamberProfile = false }
    vary { $0.revocation = .ignored }
    #expect(Set(variants).count == variants.count)
    var good = 0
    for _ in 0..<2 {
      for rules in variants {
        let answer = cached(
          cache,
          a.chain,
          anchors: [authority.root],
          crls: [authority.rootCRL, a.crl],
          time: now,
          rules: rules
        )
        #expect(
          answer == direct(a.chain, [authority.root], crls: [authority.rootCRL, a.crl], time: now, rules: rules),
          "\(rules)"
        )
        if case .success = answer { good += 1 }
      }
    }
    #expect(cache.count == good / 2 && good > 10)
    // The time at which lists are judged is no part of the question that is kept.
    var history = a.rules
    history.revocationTime = now + 1
    _ = cached(cache, a.chain, anchors: [authority.root], crls: [authority.rootCRL, a.crl], time: now, rules: history)
    #expect(cache.count == good / 2)
  }

  /// A cache of the length of two chains' names must not take one list of certificates for another.
  @Test func partsOfTheQuestionAreKeptApart() throws {
    let (a, b) = (authority.a, authority.b)
    let cache = ChainCache()
    let questions: [([Certificate], [Certificate], [RevocationList])] = [
      (a.chain, [authority.root], [authority.rootCRL, a.crl]), (a.chain, [authority.root], [a.crl]),
      (a.chain, [], [authority.rootCRL, a.crl]),
      ([a.signer], [a.ca, authority.root], [authority.rootCRL, a.crl]),
      (a.chain, [authority.root], [authority.rootCRL, a.crl, b.crl]),
      (a.chain, [authority.root, b.ca], [authority.rootCRL, a.crl]),
      (b.chain, [authority.root], [authority.rootCRL, a.crl]),
    ]
    for _ in 0..<2 {
      for (chain, anchors, crls) in questions {
        #expect(
          cached(cache, chain, anchors: anchors, crls: crls, time: now, rules: a.rules)
            == direct(chain, anchors, crls: crls, time: now, rules: a.rules)
        )
      }
    }
  }

  @Test func capacityIsAtLeastOne() throws {
    for capacity in [Int.min, 0, 1] {
      let cache = ChainCache(capacity: capacity)
      for chamber in [authority.a, authority.b, authority.a] {
        _ = try cache.validate(
          chamber.chain.map(\.der),
          anchors: [authority.root],
          crls: [authority.rootCRL, chamber.crl],
          at: now,
          rules: chamber.rules
        )
        #expect(cache.count == 1)
      }
    }
  }

  /// What is thrown out shows by what it costs: two P-384 signatures against one hash. The best of several rounds,
  /// since work beside it only adds time.
  @Test func theLeastRecentlyUsedGoes() throws {
    let a = authority.a
    let clock = ContinuousClock()
    let policies: [String?] = [nil, ChamberPlan.trusted, ChamberPlan.verified]
    var kept = Duration.seconds(10)
    var dropped = Duration.seconds(10)
    for _ in 0..<5 {
      let cache = ChainCache(capacity: 2)
      func use(_ index: Int) throws -> Duration {
        try clock.measure {
          _ = try cache.validate(
            a.chain.map(\.der),
            anchors: [authority.root],
            crls: [authority.rootCRL, a.crl],
            at: now,
            rules: .credentialSigner(host: a.host, policy: policies[index])
          )
        }
      }
      for index in [0, 1, 0, 2] { _ = try use(index) }  // 1 is the one that was not used again
      kept = min(kept, try use(0))
      dropped = min(dropped, try use(1))
      #expect(cache.count == 2)
    }
    #expect(kept * 3 < dropped, "\(kept) and \(dropped)")
  }

  /// Good, expired, revoked and untrusted chains from four threads at once, in a cache too small for them.
  @Test func fourThreadsAskForEverything() async throws {
    let (a, b) = (authority.a, authority.b)
    let cache = ChainCache(capacity: 2)
    let revoked = try b.crl([RevokedCertificate(serial: b.signer.serial, at: now - 1)])
    var history = a.rules
    history.revocationTime = now
    let questions: [([Certificate], [RevocationList], Int64, ChainRules, ChainRejection?)] = [
      (a.chain, [authority.rootCRL, a.crl], now, a.rules, nil),
      (a.chain, [authority.rootCRL, a.crl], now + 700 * day, history, .expired(step: 0)),
      (b.chain, [authority.rootCRL, revoked], now, b.rules, .revoked(step: 0, at: now - 1)),
      (b.chain, [authority.rootCRL, b.crl], now, b.rules, nil),
      (b.chain, [authority.rootCRL], now, b.rules, .crlMissing(step: 0)),
    ]
    let wrong = await withTaskGroup(of: Int.self) { group in
      for task in 0..<4 {
        group.addTask {
          var wrong = 0
          for round in 0..<25 {
            let (chain, crls, time, rules, wanted) = questions[(round * 3 + task) % questions.count]
            switch cached(cache, chain, anchors: [authority.root], crls: crls, time: time, rules: rules) {
            case .success(let answer): if wanted != nil || answer.leaf != chain[0] { wrong += 1 }
            case .failure(let reason): if reason != wanted { wrong += 1 }
            }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0 && cache.count == 2)
  }
}
