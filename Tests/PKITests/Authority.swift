import Encodings
import Fixtures
import PKI

/// 2026-11-22T09:00:00Z, the moment at which most tests look.
let now: Int64 = 1_795_338_000
let day: Int64 = 86_400

extension TestAuthority {
  /// Two chambers. Made once: P-384 keys and six signatures.
  static let shared = Result { try make() }

  static func make() throws -> TestAuthority {
    var lives = Lives()
    (lives.root, lives.ca, lives.signer) = (-30...7_300, -20...1_800, -10...655)
    return try TestAuthority(
      host: "root.example",
      now: Instant(seconds: now),
      lives: lives,
      rootName: DistinguishedName(
        country: "AE",
        organization: "Example Trust Authority",
        commonName: "Example Root G1"
      ),
      chambers: ["a", "b"].map { ChamberPlan("chamber-\($0)", organization: "Chamber \($0), غرفة") }
    )
  }

  var a: TestChamber { chambers[0] }
  var b: TestChamber { chambers[1] }

  /// Chamber A's chain, which is good.
  func validate(
    _ chain: [Certificate]? = nil,
    anchors: [Certificate]? = nil,
    crls: [RevocationList]? = nil,
    at time: Int64 = now,
    rules: ChainRules? = nil
  ) throws -> ValidatedChain {
    try validateChain(
      chain ?? a.chain,
      anchors: anchors ?? [root],
      crls: crls ?? [rootCRL, a.crl],
      at: time,
      rules: rules ?? a.rules
    )
  }

  /// The reason for which the chain is refused, nil when it is not.
  func rejection(
    _ chain: [Certificate]? = nil,
    anchors: [Certificate]? = nil,
    crls: [RevocationList]? = nil,
    at time: Int64 = now,
    rules: ChainRules? = nil
  ) -> ChainRejection? {
    do {
      _ = try validate(chain, anchors: anchors, crls: crls, at: time, rules: rules)
      return nil
    } catch { return error as? ChainRejection }
  }
}

extension TestChamber {
  var rules: ChainRules { .credentialSigner(host: plan.host, policy: ChamberPlan.trusted) }
}

extension ChainRules {
  /// RFC 5280 with our strictness, for other people's certificates.
  static func general(eku: String?, dnsName: String?, revocation: Revocation) -> ChainRules {
    var rules = ChainRules()
    rules.requiredEKU = eku
    rules.requiredDNSName = dnsName
    rules.revocation = revocation
    return rules
  }
}
