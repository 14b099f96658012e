import Foundation
import PKI
import TestSupport
import Testing

/// x509-limbo: path validation with anchors, time, name and purpose as parameters. A case whose outcome differs stands
/// in `exceptions`, with the reason; one that no longer differs fails the test.
@Suite struct LimboTests {
  static let exceptions: [String: String] = {
    var list = [
      "crl::issuer-no-keyusage-extension": "a CA without keyUsage (4.2.1.3: MUST be there) issues nothing, so no CRL",
      "pathlen::validation-ignores-pathlen-in-leaf": caAsLeaf,
      "rfc5280::ca-as-leaf": caAsLeaf,
      "pathlen::max-chain-depth-1-self-issued":
        "no self-issued certificate in a chain: only configured anchors are roots",
      "rfc5280::root-and-intermediate-swapped": "no intermediate as anchor",
      "webpki::nc::permitted-dns-match-noncritical":
        "RFC 5280 4.2.1.10 wants it critical (conflicts with rfc5280::nc of that name)",
      "webpki::nc::nc-permits-dns-san-pattern": wildcard,
      "webpki::san::leftmost-wildcard-san": wildcard,
    ]
    for name in [
      "ipv4-hex-mismatch", "ipv4-leading-zeros-mismatch", "ipv6-uncompressed-mismatch", "ipv6-non-rfc5952-mismatch",
      "punycode-not-in-san",
      "case-mismatch",
    ] { list["webpki::cn::\(name)"] = "the common name is never read, so it need not stand among the SANs" }
    return list
  }()
  private static let caAsLeaf = "a CA is no end entity", wildcard = "every wildcard is refused"

  /// A case of x509-limbo.
  struct Case {
    let id: String, anchors: [String], intermediates: [String], leaf: String, crls: [String]
    let time: Int64, name: String?, isIP: Bool, purpose: String, succeeds: Bool, depth: Int?

    init(_ json: [String: Any]) throws {
      id = try #require(json["id"] as? String)
      anchors = json["trusted_certs"] as? [String] ?? []
      intermediates = json["untrusted_intermediates"] as? [String] ?? []
      leaf = try #require(json["peer_certificate"] as? String)
      crls = json["crls"] as? [String] ?? []
      depth = json["max_chain_depth"] as? Int
      succeeds = json["expected_result"] as? String == "SUCCESS"
      let peer = json["expected_peer_name"] as? [String: String]
      name = peer?["value"]
      isIP = peer?["kind"] == "IP"
      purpose = json["validation_kind"] as? String == "CLIENT" ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1"
      if let text = json["validation_time"] as? String {
        // Whole seconds: a fraction is cut off.
        let seconds = text.replacing(/\.[0-9]+/, with: "")
        time = Int64(try Date(seconds, strategy: .iso8601).timeIntervalSince1970)
      } else {
        time = Int64(Date().timeIntervalSince1970)
      }
    }

    /// Nil: accepted, with some of the intermediates in some order; else the last reason. The set gives them as a heap,
    /// from which a path is to be built, and our order is fixed: so a case must hold in one order, or fail in all.
    func outcome(withName: Bool = true) -> String? {
      var last: String?
      for order in intermediates.count <= 3 ? orders(of: intermediates) : [intermediates] {
        last = outcome(order, withName)
        if last == nil { return nil }
      }
      return last
    }

    private func orders(of items: [String]) -> [[String]] {
      [[]]
        + items.indices.flatMap { index in
          var rest = items
          let first = rest.remove(at: index)
          return orders(of: rest).map { [first] + $0 }
        }
    }

    private func outcome(_ intermediates: [String], _ withName: Bool) -> String? {
      do {
        var rules = ChainRules.general(
          eku: purpose,
          dnsName: withName ? name : nil,
          revocation: crls.isEmpty ? .ignored : .required
        )
        if let depth { rules.maximumCertificates = min(depth + 1, ChainRules.certificateLimit) }
        // As tokens come: the chain by its DERs, nothing read before its length is known to be right.
        let ders = try ([leaf] + intermediates).map(der)
        _ = try ChainCache().validate(
          ders,
          anchors: anchors.map { try Certificate(pem: Array($0.utf8)) },
          crls: crls.map { try RevocationList(pem: Array($0.utf8)) },
          at: time,
          rules: rules
        )
        return nil
      } catch { return "\(error)" }
    }

    private func der(_ pem: String) throws -> [UInt8] {
      let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
      return Array(try #require(Data(base64Encoded: lines.joined())))
    }
  }

  static func cases() throws -> [Case] {
    guard let folder = VectorSet.folder("x509-limbo") else { return [] }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: "limbo.json")))
    return try #require((json as? [String: Any])?["testcases"] as? [[String: Any]]).map(Case.init)
  }

  @Test(.timeLimit(.minutes(allowedMinutes(1)))) func everyCase() throws {
    let cases = try Self.cases()
    if cases.isEmpty { return }
    var passed = 0
    var unused = Set(Self.exceptions.keys)
    for test in cases {
      let start = ContinuousClock.now
      var outcome = test.outcome()
      // We have no rule for an IP address as peer, so asking for one proves nothing: it must fail without.
      // A constrained name must likewise be refused for what it is, not for its leaf having no dNSName.
      if test.isIP || test.id.hasPrefix("rfc5280::nc::") { outcome = test.outcome(withName: false) }
      #expect(ContinuousClock.now - start < .seconds(1), "\(test.id)")
      let asWanted = (outcome == nil) == test.succeeds
      if Self.exceptions[test.id] != nil {
        unused.remove(test.id)
        #expect(!asWanted, "\(test.id) no longer differs: drop the exception")
      } else {
        #expect(asWanted, "\(test.id) should \(test.succeeds ? "hold" : "fail"): \(outcome ?? "accepted")")
        if asWanted { passed += 1 }
      }
    }
    #expect(unused.isEmpty, "exceptions without a case: \(unused)")
    VectorSet.ran("x509-limbo", cases: cases.count, passed: passed, exceptions: Self.exceptions.count)
  }
}
