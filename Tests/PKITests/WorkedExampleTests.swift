import Fixtures
import Foundation
import PKI
import TestSupport
import Testing

/// The chain of the worked example, made by other tools than ours.
@Suite struct WorkedExampleTests {
  static let host = "trust.dubaichamber.example", trusted = "1.3.6.1.4.1.32473.1.2"

  @Test func chainHolds() throws {
    guard let folder = VectorSet.folder("worked-example") else { return }
    func file(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appending(path: name))) }
    func certificate(_ name: String) throws -> Certificate { try Certificate(pem: file(name)) }
    let leaf = try certificate("leaf.pem")
    let ca = try certificate("ca.pem")
    let root = try certificate("root.pem")
    let crls = [try RevocationList(pem: file("root.crl.pem")), try RevocationList(pem: file("ca.crl.pem"))]
    #expect(leaf.dnsNames == [Self.host] && leaf.extendedKeyUsages == [CertificateTemplate.documentSigning])
    #expect(leaf.policies == [Self.trusted, "1.3.6.1.4.1.32473.1.3"])
    #expect(leaf.serialHex == "2ca17d03f502f01c12c63a615a33f230d3f96cea")
    #expect(leaf.notBefore == 1_793_491_200 && leaf.notAfter == 1_827_791_999)
    #expect(leaf.crlURLs == ["http://pki.dubaichamber.example/ca-g1.crl"])
    #expect(leaf.caIssuersURLs == ["http://pki.dubaichamber.example/ca-g1.cer"])
    #expect(leaf.subject.hasPrefix("CN=Dubai Chamber credential signer 2026-11,"))
    #expect(leaf.subject.hasSuffix("O=Dubai Chamber (example),C=AE"))
    #expect(crls[1].number == [1] && crls[1].nextUpdate == 1_795_910_400 && crls[1].revoked.isEmpty)

    func reason(
      _ chain: [Certificate],
      _ time: Int64,
      rules: ChainRules = .credentialSigner(host: Self.host, policy: Self.trusted)
    )
      -> ChainRejection?
    {
      do {
        _ = try validateChain(chain, anchors: [root], crls: crls, at: time, rules: rules)
        return nil
      } catch {
        return error
      }
    }
    let answer = try validateChain(
      [leaf, ca],
      anchors: [root],
      crls: crls,
      at: now,
      rules: .credentialSigner(host: Self.host, policy: Self.trusted)
    )
    #expect(answer.key == leaf.publicKey && answer.validUntil == crls[1].nextUpdate)
    #expect(reason([leaf, ca], crls[1].nextUpdate) == nil)
    #expect(reason([leaf, ca], crls[1].nextUpdate + 1) == .crlStale(step: 0))
    #expect(
      reason([leaf, ca], now, rules: .credentialSigner(host: Self.host, policy: "1.3.6.1.4.1.32473.1.9"))
        == .policyMissing
    )
    #expect(
      reason([leaf, ca], now, rules: .credentialSigner(host: "trust.other.example", policy: nil)) == .nameMismatch
    )
    #expect(reason([leaf], now) == .untrusted)
    #expect(reason([leaf, ca, root], now) == .selfIssued(step: 2))
    let authority = try TestAuthority.shared.get()
    #expect(throws: ChainRejection.untrusted) {
      try validateChain(
        [leaf, ca],
        anchors: [authority.root],
        crls: crls,
        at: now,
        rules: .credentialSigner(host: Self.host, policy: nil)
      )
    }
    VectorSet.ran("worked-example (chain)", cases: 8, passed: 8)
  }
}
